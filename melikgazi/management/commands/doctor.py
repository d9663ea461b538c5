from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from melikgazi import doctor
from melikgazi.version import VERSION


class Command(BaseCommand):
    help = "Kurulumda şu anda neyin bozuk olduğunu ve ne yapılacağını söyler; WhatsApp bağlantısını whatsapp_doctor."
    requires_system_checks = ()  # they are among what is told

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 when anything has to be mended."""
        self.stdout.write(f"Çözüm Hattı {VERSION}")
        wrong = 0
        for finding in doctor.examine(timezone.now()):
            wrong += bool(finding.fix)
            self.stdout.write(f"{'✗' if finding.fix else '✓'} {finding.subject}: {finding.text}")
            if finding.fix:
                self.stdout.write(f"    → {finding.fix}")
        if wrong:
            raise CommandError(f"{wrong} sorun bulundu.")
        self.stdout.write("Bir sorun görünmüyor. WhatsApp bağlantısı için: manage.py whatsapp_doctor")
