import sys
from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from melikgazi.database import schema

NOT_NEEDED = 3  # no status that a failure has


class Command(BaseCommand):
    help = (
        "Tabloları bu sürüme getirmeden önce hattın durdurulması gerekiyorsa 0 ile, çalışan sürüm yeni tablolarla da"
        f" yaşıyorsa {NOT_NEEDED} ile biter."
    )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        if not schema.needs_a_stop():
            sys.exit(NOT_NEEDED)
