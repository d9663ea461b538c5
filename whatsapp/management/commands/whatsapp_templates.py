from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from whatsapp.graph.errors import CloudApiError
from whatsapp.texts import templates_at_meta
from whatsapp.texts.template_parameters import TEMPLATES


class Command(BaseCommand):
    help = "Hattın mesaj şablonlarını Meta’daki hâlleriyle karşılaştırır; --submit eksik olanları onaya gönderir."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--submit", action="store_true", help="eksik şablonları onaya gönder")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 unless every template of the line is approved as it stands in `templates.TEMPLATES`."""
        try:
            if options["submit"]:
                for name, cause in templates_at_meta.submit_missing()[1]:
                    self.stderr.write(f"{name} kabul edilmedi: {cause}")
            known = templates_at_meta.known_templates()
        except CloudApiError as error:
            raise CommandError(
                f"Meta’ya sorulamadı: {error}. WHATSAPP_WABA_ID ile erişim anahtarını denetleyin."
            ) from error
        wrong = 0
        for wanted in TEMPLATES:
            problem = templates_at_meta.template_problem(
                wanted, known.get((wanted["name"], wanted["language"]))
            )
            wrong += bool(problem)
            self.stdout.write(f"{wanted['name']} ({wanted['language']}): {problem or 'onaylı'}")
        if wrong:
            raise CommandError(f"{wrong} şablon hazır değil.")
