from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from melikgazi.backup import media_copy
from melikgazi.backup.archive import BackupError
from melikgazi.backup.encryption import IdentityFileError
from melikgazi.management.commands.restore import read_identity


class Command(BaseCommand):
    help = "Vatandaşların yeni dosyalarını tek tek şifreleyip bir dizine kopyalar; --restore ile oradan geri getirir."
    requires_system_checks = ()  # as for `backup`

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="kopyanın durduğu dizin; başka bir makinenin diski")
        parser.add_argument("--restore", action="store_true", help="burada olmayan dosyaları geri getir")
        parser.add_argument("--identity", help="onları açan kimlik dosyası; “-” ise standart girdiden okunur")

    @override
    def handle(
        self, *args: Any, folder: Path, restore: bool = False, identity: str | None = None, **options: Any
    ) -> None:
        try:
            if restore:
                if identity is None:
                    raise CommandError("Dosyalar şifreli: onları açan kimlik dosyasını --identity ile verin.")
                self.stdout.write(f"{media_copy.restore(folder, read_identity(identity))} dosya geri geldi.")
            else:
                copied, removed = media_copy.copy(folder)
                self.stdout.write(f"{copied} dosya kopyalandı, {removed} dosya silindi.")
        except IdentityFileError as error:
            raise CommandError("Kimlik dosyası okunamadı: içinde AGE-SECRET-KEY-1… satırı olmalı.") from error
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
