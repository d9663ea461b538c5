from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from typing_extensions import override

from departments.spreadsheets import import_work


class Command(BaseCommand):
    help = "Yüklenen dosyaları denetler, onaylananları alır (işçi kendisi çalıştırır)."
    requires_system_checks = ()

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        import_work.work(timezone.now)
