from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from melikgazi import backup


class Command(BaseCommand):
    help = "Bir yedeği boş bir kuruluma geri yükler. Dolu bir kurulumda hiçbir şeyi değiştirmez."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="backup komutunun yazdığı arşiv")

    @override
    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            backup.restore(file)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Yedek geri yüklendi.")
