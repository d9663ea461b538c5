import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from typing_extensions import override

from tickets.attachments.file_deletion import orphaned_files
from tickets.privacy import destruction


class Command(BaseCommand):
    help = "Saklama süresi dolan kişisel veriyi imha eder; imha kaydına yazar (KVKK)."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="yalnızca sayar, hiçbir şeyi değiştirmez")

    @override
    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["dry_run"]:
            counts = destruction.due(now)
            orphans = len(orphaned_files(now))
        else:
            counts = destruction.destroy(timezone.now)
            orphans = destruction.delete_orphaned_files(now)
        self.stdout.write(json.dumps(dict(counts) | {"sahipsiz dosya": orphans}, ensure_ascii=False))
