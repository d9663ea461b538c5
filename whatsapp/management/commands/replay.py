import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from whatsapp import wakeup
from whatsapp.conversations.models.deliveries import InboundDelivery
from whatsapp.webhook import ingest


class Command(BaseCommand):
    help = "Saklanmış webhook gövdelerini gelen kutusundan geçirir; her dosya için bir JSON satırı yazar."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="F.json")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bodies = [(path, path.read_bytes()) for path in options["files"]]
        except OSError as error:
            raise CommandError(
                f"{error.filename}: okunamadı ({error.strerror}). Hiçbir gövde işlenmedi."
            ) from error
        for path, body in bodies:
            delivery = InboundDelivery.objects.keep(body, timezone.now())
            while ingest.ingest_batch(timezone.now()):
                pass
            delivery.refresh_from_db()
            self.stdout.write(json.dumps({"file": str(path)} | _account(delivery), ensure_ascii=False))
        wakeup.wake(wakeup.INBOX)


def _account(delivery: InboundDelivery) -> dict[str, object]:
    counts = {name: getattr(delivery, name) for name in ("updates", "created", "duplicates")}
    return {"state": str(delivery.state)} | counts | {"error": delivery.error}
