from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localdate
from typing_extensions import override

from melikgazi.backup import archive, verification
from melikgazi.database.direct_database import directly
from melikgazi.database.models import BackupRun


class Command(BaseCommand):
    help = "Veritabanını ve dosyaları tek bir arşive yedekler; hat çalışırken de alınabilir."
    requires_system_checks = ()  # what is weak in the settings is no reason to go without a backup; it only reads

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="yazılacak arşiv (.tar.gz)")
        parser.add_argument(
            "--verify",
            action="store_true",
            help="sonra ayrı bir veritabanına geri yükleyip dene (haftada bir)",
        )

        parser.add_argument(
            "--keep-days",
            type=_days,
            nargs="?",
            const=archive.KEPT_DAYS,
            metavar="GÜN",
            help=(
                f"sonra aynı dizindeki bundan (yazılmazsa {archive.KEPT_DAYS} günden) eski gece yedeklerini "
                "(2026-11-24-003000.tar.gz) sil; son yedisi kalır"
            ),
        )

    @override
    @directly()
    def handle(
        self, *args: Any, file: Path, verify: bool = False, keep_days: int | None = None, **options: Any
    ) -> None:
        kind = BackupRun.Kind.VERIFICATION if verify else BackupRun.Kind.BACKUP
        try:
            with BackupRun.recorded(kind) as run:
                if verify:
                    found = verification.save_verified(file)
                    run.detail = f"{found.tickets} başvuru ve {len(found.files)} dosya geri yüklendi."
                else:
                    archive.save(file)
                    run.detail = f"{file.stat().st_size:,} bayt."
        except (archive.BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        except pyrage.RecipientError as error:
            raise CommandError(
                "BACKUP_RECIPIENTS içinde bir alıcı olmayan bir değer var; yedek alınmadı."
            ) from error
        except pyrage.EncryptError as error:
            raise CommandError(f"Yedek şifrelenirken yazılamadı (disk dolu olabilir): {error}") from error
        if not settings.BACKUP_RECIPIENTS:
            self.stderr.write("Yedek şifrelenmedi: BACKUP_RECIPIENTS verilmemiş (docs/kurulum.md).")
        self.stdout.write(f"Yedek alındı{' ve denendi' if verify else ''}: {file}. {run.detail}")
        self._remove_old(file.absolute().parent, keep_days)

    def _remove_old(self, folder: Path, keep_days: int | None) -> None:
        for path in archive.remove_old(folder, keep_days, localdate()) if keep_days else ():
            self.stdout.write(f"Süresi dolan yedek silindi: {path.name}")


def _days(text: str) -> int:
    if (days := int(text)) < 1:
        raise ValueError
    return days
