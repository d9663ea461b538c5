"""How much went through the line, and how quickly, counted from the rows."""

from datetime import datetime
from typing import Any

from django.db.models import Count, F, FloatField, Func, Q

from tickets.record.channel import NumberStatistics
from tickets.reports.percentiles import Percentiles
from whatsapp.conversations.models.messages import Message
from whatsapp.outbox.models.outbox import Outbox

_UNDECIDED = (Outbox.State.HELD, Outbox.State.WITHDRAWN)  # somebody may yet take it back, or did
_ARRIVED = (Outbox.State.DELIVERED, Outbox.State.READ)


class _Seconds(Func):
    template = "EXTRACT(EPOCH FROM %(expressions)s)::float8"
    output_field = FloatField()


def between(start: datetime, end: datetime) -> NumberStatistics:
    """Of the messages that came in, and of ours that were written, from `start` until just before `end`."""
    heard = Message.objects.filter(received_at__gte=start, received_at__lt=end).aggregate(
        received=Count("pk"), citizens=Count("conversation", distinct=True)
    )
    ours = Outbox.objects.filter(created_at__gte=start, created_at__lt=end).exclude(state__in=_UNDECIDED)
    said: dict[str, Any] = ours.aggregate(
        written=Count("pk"),
        sent=Count("pk", filter=Q(sent_at__isnull=False)),
        delivered=Count("pk", filter=Q(state__in=_ARRIVED)),
        read=Count("pk", filter=Q(state=Outbox.State.READ)),
        failed=Count("pk", filter=Q(state=Outbox.State.FAILED)),
        as_template=Count("pk", filter=Q(as_template=True)),
        waits=Percentiles(_Seconds(F("sent_at") - F("created_at"))),
    )
    median, p90 = said.pop("waits") or (None, None)
    return NumberStatistics(**heard, **said, median_seconds=median, p90_seconds=p90)
