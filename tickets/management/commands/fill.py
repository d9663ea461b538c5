from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from typing_extensions import override

from tickets.demo_data import fill
from tickets.record.models.ticket import Ticket


class Command(BaseCommand):
    help = "Denemeler için uydurma ama inandırıcı başvurular ekler; olayları, kişileri, yerleri ve fotoğraflarıyla."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tickets", type=int, required=True, help="kaç başvuru")
        parser.add_argument("--days", type=int, default=365, help="kaç güne yayılsın (365)")
        parser.add_argument("--seed", type=int, default=1, help="aynı sayı aynı ilçeyi çizer (1)")
        several = parser.add_mutually_exclusive_group()
        several.add_argument("--force", action="store_true", help="başvuru bulunan bir hatta da ekle")
        several.add_argument("--if-empty", action="store_true", help="başvuru varsa hiçbir şey yapmadan bit")

    @override
    def handle(self, *args: Any, tickets: int, days: int, seed: int, **options: Any) -> None:
        if tickets < 1 or days < 1:
            raise CommandError("--tickets ve --days en az 1 olmalıdır.")
        if not options["force"] and Ticket.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError("Bu hatta başvurular var; uydurma başvurular onlara karışır. Yine de: --force")
        began = monotonic()
        entries = fill(tickets=tickets, seed=seed, days=days, now=timezone.now())
        seconds = monotonic() - began
        self.stdout.write(f"{tickets:,} başvuru, {entries:,} olay eklendi ({seconds:.1f} sn).")
