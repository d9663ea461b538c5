from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from departments.base_data.loading import load_base_data


class Command(BaseCommand):
    help = "Eksik müdürlük, kategori, kurum, mahalle ve yetki gruplarını oluşturur; var olanlara dokunmaz."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        load_base_data()
