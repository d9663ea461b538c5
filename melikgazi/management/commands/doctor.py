from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from typing_extensions import override

from melikgazi.observability import doctor
from melikgazi.version import VERSION
from whatsapp.line_status import diagnostics


class Command(BaseCommand):
    help = "Kurulumda şu anda neyin bozuk olduğunu ve ne yapılacağını söyler; WhatsApp bağlantısını whatsapp_doctor."
    requires_system_checks = ()  # they are among what is told

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 when anything has to be mended."""
        self.stdout.write(f"Çözüm Hattı {VERSION}")
        diagnostics.write_down(doctor.examine(timezone.now()), self.stdout.write)
        self.stdout.write("Bir sorun görünmüyor. WhatsApp bağlantısı için: manage.py whatsapp_doctor")
