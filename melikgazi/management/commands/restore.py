import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from melikgazi.backup import archive
from melikgazi.database.direct_database import directly


class Command(BaseCommand):
    help = "Bir yedeği boş bir kuruluma geri yükler. Dolu bir kurulumda hiçbir şeyi değiştirmez."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="backup komutunun yazdığı arşiv")
        parser.add_argument(
            "--identity",
            help="şifreli arşivi açan kimlik dosyası (backup_identity); “-” ise standart girdiden okunur",
        )

    @override
    @directly()
    def handle(self, *args: Any, file: Path, identity: str | None, **options: Any) -> None:
        try:
            archive.restore(file, read_identity(identity) if identity else None)
        except archive.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Yedek geri yüklendi.")


def read_identity(identity: str) -> str:
    try:
        return sys.stdin.read() if identity == "-" else Path(identity).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"Kimlik dosyası okunamadı: {identity}") from error
