from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from melikgazi.backup import archive, verification
from melikgazi.database.direct_database import directly
from melikgazi.database.models import BackupRun
from melikgazi.management.commands.restore import read_identity


class Command(BaseCommand):
    help = (
        "Bir yedeği ayrı bir veritabanına geri yükleyip dener; hattın verisine dokunmaz. Şifreli arşiv onu açan kimliği"
        " ister: bu yüzden sunucuda değil, kimliğin bulunduğu makinede çalıştırılır."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="backup komutunun yazdığı arşiv")
        parser.add_argument("--identity", help="arşivi açan kimlik dosyası; “-” ise standart girdiden okunur")

    @override
    @directly()
    def handle(self, *args: Any, file: Path, identity: str | None, **options: Any) -> None:
        try:
            with BackupRun.recorded(BackupRun.Kind.FILE) as run:
                found = verification.verify(file, read_identity(identity) if identity else None)
                run.detail = (
                    f"{file.name}: {found.tickets} başvuru ve {len(found.files)} dosya geri yüklendi."
                )
        except archive.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Yedek sağlam: {found.tickets} başvuru ve {len(found.files)} dosya geri yüklendi.")
