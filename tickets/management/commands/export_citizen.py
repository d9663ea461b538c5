import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from tickets.privacy import subject_access
from tickets.privacy.data_subjects import subject_of
from tickets.record.permissions import Actor
from tickets.record.workflow import TransitionError


class Command(BaseCommand):
    help = "Bir kişi hakkında tutulan her şeyi tek ZIP dosyasına yazar; erişim kaydına düşer (KVKK m. 11)."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", metavar="TELEFON_VEYA_BAŞVURU_NO")
        parser.add_argument("--out", type=Path, metavar="F.zip", default=Path("kisi-verisi.zip"))
        parser.add_argument("--reason", default="komut satırı", help="örneğin dilekçenin tarihi ve sayısı")

    @override
    def handle(self, *_args: Any, **options: Any) -> None:
        out: Path = options["out"]
        try:
            found = subject_of(options["who"], Actor.scheduler())
            # Readable by its owner alone, and never overwrites a file.
            with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                export = subject_access.data_export_of(
                    found, actor=Actor.scheduler(), now=timezone.now(), reason=options["reason"]
                )
                subject_access.write(export, file)
        except TransitionError as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as error:
            raise CommandError(f"{out} yazılamadı: {error.strerror}.") from None
        self.stdout.write(f"{out}: {len(found.tickets)} başvuru, {len(export.files)} dosya")
