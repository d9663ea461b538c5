from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from whatsapp.graph import client
from whatsapp.graph.errors import CloudApiError
from whatsapp.line_status import diagnostics


class Command(BaseCommand):
    help = "Hattın WhatsApp’a bağlantısını uçtan uca denetler; neyin bozuk olduğunu ve nasıl düzeleceğini söyler."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--subscribe",
            action="store_true",
            help="önce hesabın webhook’larını erişim anahtarının uygulamasına bağla",
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 when anything has to be fixed."""
        if options["subscribe"]:
            try:
                client.subscribe()
            except CloudApiError as error:
                raise CommandError(f"Abone olunamadı: {error}") from error
        diagnostics.write_down(diagnostics.examine(timezone.now()), self.stdout.write)
