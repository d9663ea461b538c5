import sys
from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from melikgazi import schema


class Command(BaseCommand):
    help = (
        "Tabloları bu sürüme getirmeden önce hattın durdurulması gerekiyorsa 0 ile, çalışan sürüm yeni tablolarla da"
        " yaşıyorsa 1 ile biter."
    )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        if not schema.needs_a_stop():
            sys.exit(1)
