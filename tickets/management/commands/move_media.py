from typing import Any

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from tickets.files.object_storage import StorageDownError
from tickets.files.storage import private_storage

SHOWN_EVERY = 1000


class Command(BaseCommand):
    help = "Diskteki dosyaları MEDIA_STORAGE’ın kovasına taşır. Hat çalışırken çalışır; kesilirse yeniden başlatın."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        if private_storage.bucket is None:
            raise CommandError("MEDIA_STORAGE verilmemiş: dosyalar diskte durur (.env.example).")
        if trouble := private_storage.bucket.trouble():
            raise CommandError(" ".join(trouble))
        moved = 0
        try:
            for is_there in private_storage.move_to_bucket():
                moved += is_there
                if is_there and moved % SHOWN_EVERY == 0:
                    self.stdout.write(f"{moved} dosya taşındı …")
        except BlockingIOError:
            raise CommandError("Taşıma zaten sürüyor.") from None
        except StorageDownError as error:
            raise CommandError(
                f"{moved} dosya taşındıktan sonra kova yanıt vermedi ({error}). Komutu yeniden çalıştırın."
            ) from error
        self.stdout.write(f"{moved} dosya taşındı; diskte taşınacak dosya kalmadı.")
