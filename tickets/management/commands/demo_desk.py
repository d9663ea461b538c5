from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone
from typing_extensions import override

from tickets.demo_data.staff_at_work import enliven
from tickets.public import figures
from tickets.public.precision import refresh_cells


class Command(BaseCommand):
    help = "Denemenin masasını canlandırır: hesapların adları, nöbet çizelgesi, biten işlerin fotoğrafları."

    @override
    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        enliven(timezone.now())
        refresh_cells()
        if settings.PUBLIC_PAGE:
            figures.refresh(timezone.now())
