from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from whatsapp import cloud_api, doctor
from whatsapp.cloud_api import CloudApiError
from whatsapp.templates import TEMPLATES


class Command(BaseCommand):
    help = "Hattın mesaj şablonlarını Meta’daki hâlleriyle karşılaştırır; --submit eksik olanları onaya gönderir."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--submit", action="store_true", help="eksik şablonları onaya gönder")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 unless every template of the line is approved as it stands in `templates.TEMPLATES`."""
        try:
            known = {(found.get("name"), found.get("language")): found for found in cloud_api.templates()}
            if options["submit"] and self._submit(known):
                known = {(found.get("name"), found.get("language")): found for found in cloud_api.templates()}
        except CloudApiError as error:
            raise CommandError(
                f"Meta’ya sorulamadı: {error}. WHATSAPP_WABA_ID ve belirteci denetleyin."
            ) from error
        wrong = 0
        for wanted in TEMPLATES:
            problem = doctor.template_problem(wanted, known.get((wanted["name"], wanted["language"])))
            wrong += bool(problem)
            self.stdout.write(f"{wanted['name']} ({wanted['language']}): {problem or 'onaylı'}")
        if wrong:
            raise CommandError(f"{wrong} şablon hazır değil.")

    def _submit(self, known: dict[Any, Any]) -> int:
        """Hands in what is missing; one that Meta refuses holds up none of the others."""
        missing = [wanted for wanted in TEMPLATES if (wanted["name"], wanted["language"]) not in known]
        for wanted in missing:
            try:
                cloud_api.submit_template(wanted)
            except CloudApiError as error:
                self.stderr.write(f"{wanted['name']} ({wanted['language']}) kabul edilmedi: {error}")
        return len(missing)
