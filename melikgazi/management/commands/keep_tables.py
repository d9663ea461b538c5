from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from melikgazi.backup import kept_tables
from melikgazi.backup.archive import BackupError
from melikgazi.database.direct_database import directly


class Command(BaseCommand):
    help = (
        "Bir güncellemeden önce veritabanını bir dosyada tutar; --put-back ile o hâline getirir. Hat dururken"
        " çalıştırılır. Yedek yerine geçmez."
    )
    requires_system_checks = ()  # on whatever tables there are

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="dosya; yalnızca hattın hesabı okuyabilir")
        parser.add_argument("--put-back", action="store_true", help="dosyadaki tabloları geri getir")

    @override
    @directly()
    def handle(self, *args: Any, file: Path, put_back: bool, **options: Any) -> None:
        try:
            if not put_back:
                kept_tables.keep(file)
                return
            arrived = kept_tables.put_back(file)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Tablolar eski hâlinde. Arada gelip yeniden sıraya konan teslimat: {arrived}.")
