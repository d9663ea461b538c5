from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from melikgazi import backup


class Command(BaseCommand):
    help = "Veritabanını ve dosyaları tek bir arşive yedekler; hat çalışırken de alınabilir."
    requires_system_checks = ()  # what is weak in the settings is no reason to go without a backup; it only reads

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="yazılacak arşiv (.tar.gz)")

    @override
    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            backup.save(file)
        except (backup.BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        except pyrage.RecipientError as error:
            raise CommandError(
                "BACKUP_RECIPIENTS içinde bir alıcı olmayan bir değer var; yedek alınmadı."
            ) from error
        except pyrage.EncryptError as error:
            raise CommandError(f"Yedek şifrelenirken yazılamadı (disk dolu olabilir): {error}") from error
        if not settings.BACKUP_RECIPIENTS:
            self.stderr.write("Yedek şifrelenmedi: BACKUP_RECIPIENTS verilmemiş (docs/kurulum.md).")
        self.stdout.write(f"Yedek alındı: {file} ({file.stat().st_size:,} bayt)")
