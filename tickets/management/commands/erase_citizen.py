import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from departments.text.folding import fold
from tickets.privacy.data_subjects import Subject, subject_of
from tickets.privacy.erasure import erase
from tickets.record.permissions import Actor
from tickets.record.workflow import TransitionError


class Command(BaseCommand):
    help = "Bir kişinin kimliğini ve söylediklerini her yerden siler; imha kaydına düşer (KVKK m. 7, 11)."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", metavar="TELEFON_VEYA_BAŞVURU_NO")
        parser.add_argument("--reason", required=True, help="örneğin dilekçenin tarihi ve sayısı")
        parser.add_argument("--confirm", action="store_true", help="sormadan siler")

    @override
    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            found = subject_of(options["who"], Actor.scheduler())
            if not (options["confirm"] or self._confirmed(found)):
                raise CommandError("Silinmedi.")
            entry = erase(
                people=found.keys,
                tickets=[ticket.pk for ticket in found.tickets],
                actor=Actor.scheduler(),
                now=timezone.now(),
                reason=options["reason"],
            )
        except TransitionError as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Silindi. İmha kaydı no {entry.pk}: {entry.counts}")

    def _confirmed(self, found: Subject) -> bool:
        if not sys.stdin.isatty():
            raise CommandError("Onay sorulamıyor: --confirm ile çalıştırın.")
        self.stdout.write(f"{len(found.people)} kişi, başvurular: {', '.join(found.numbers) or 'yok'}")
        return fold(input("Geri alınamaz. Silmek için SİL yazın: ").strip()) == "sil"
