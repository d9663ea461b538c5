from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from departments.base_data.loading import DataError, import_taxonomy, read_json


class Command(BaseCommand):
    help = "Müdürlükleri ve kategorileri bir JSON dosyasındaki duruma getirir. Hatalı dosya hiçbir şeyi değiştirmez."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    @override
    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            import_taxonomy(read_json(file))
        except DataError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Müdürlükler ve kategoriler güncellendi.")
