from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.models import F
from typing_extensions import override

from melikgazi.backup.archive import others_connected
from melikgazi.database.direct_database import directly
from tickets.models import TicketNumber
from whatsapp.models import Outbox

NUMBERS = 1000
MOST = 1_000_000
ERROR = "Yedekten dönüldü: o zaman sıradaydı, sonra gönderilip gönderilmediği bilinmiyor."
# What Meta says of a message it names by our row's number: those that were given since must mean nothing.
SKIP = "SELECT setval(pg_get_serial_sequence('whatsapp_outbox', 'id'), coalesce(max(id), 0) + %s) FROM whatsapp_outbox"


class Command(BaseCommand):
    help = (
        "Geri yüklemeden sonra, hat başlamadan bir kez: yedekten sonra verilmiş olabilecek başvuru numaralarını atlar,"
        " o anda sırada olan mesajları ikinci kez göndermez. Can güvenliği uyarıları yine de gider."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--numbers", type=int, default=NUMBERS, help=f"atlanacak numara sayısı ({NUMBERS})"
        )

    @override
    @directly()
    def handle(self, *args: Any, numbers: int, **options: Any) -> None:
        if not 1 <= numbers <= MOST:
            raise CommandError(f"--numbers 1 ile {MOST:,} arasında olmalı.")
        if others_connected():
            raise CommandError("Veritabanına bağlı başka programlar var; önce hattı durdurun.")
        with transaction.atomic(), connection.cursor() as cursor:
            newest = TicketNumber.objects.order_by("-year")[:1].values("year")
            TicketNumber.objects.filter(year__in=newest).update(last=F("last") + numbers)
            waiting = Outbox.objects.filter(state__in=Outbox.PENDING, urgent=False)
            kept_back = waiting.update(state=Outbox.State.FAILED, error=ERROR)
            cursor.execute(SKIP, [numbers])
        self.stdout.write(f"{numbers} başvuru numarası atlandı, {kept_back} mesaj gönderilmeyecek.")
