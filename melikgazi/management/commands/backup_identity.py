import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from melikgazi.backup.encryption import new_identity


class Command(BaseCommand):
    help = "Yedekleri açacak kimliği bir dosyaya yazar, BACKUP_RECIPIENTS’a verilecek alıcısını söyler."
    requires_system_checks = ()  # may run anywhere; better not on the server

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="yazılacak kimlik dosyası (age-keygen’in biçiminde)")

    @override
    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        identity, recipient = new_identity()
        try:
            written = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{file} yazılamadı: {error.strerror}") from error
        with os.fdopen(written, "w") as lines:
            lines.write(
                f"# created: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n# public key: {recipient}\n{identity}\n"
            )
        self.stdout.write(f"BACKUP_RECIPIENTS={recipient}")
        self.stderr.write(f"{file} sunucuda durmasın: onu kaybeden yedekleri açamaz, onu bulan hepsini okur.")
