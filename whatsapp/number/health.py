"""How our number is doing, in the few facts that a supervisor acts on."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, Model, QuerySet

from tickets.ports import NumberHealth
from whatsapp.models import AnnouncementFailure, ChannelState, InboundDelivery, Message, Outbox
from whatsapp.number import pace

RECENT = timedelta(hours=24)
WINDOW_SHUT = 131047  # Meta's code: free text after the 24 hours


def health(now: datetime) -> NumberHealth:
    """As it is now; what failed is counted over the last 24 hours."""
    number = pace.current()
    failed = Outbox.objects.filter(state=Outbox.State.FAILED, created_at__gt=now - RECENT)
    newest = InboundDelivery.objects.order_by("-received_at").values_list("received_at", flat=True).first()
    return NumberHealth(
        works=number.state == ChannelState.State.WORKING,
        state=number.get_state_display(),
        reason=number.reason,
        since=number.since,
        heard_at=newest,
        waiting_since=_oldest(),
        parked=_parked(),
        failed=failed.count(),
        refused_by_window=failed.filter(error_code=WINDOW_SHUT).count(),
    )


def _oldest() -> datetime | None:
    waiting: tuple[tuple[QuerySet[Model], str], ...] = (
        (InboundDelivery.objects.filter(state=InboundDelivery.State.NEW), "received_at"),
        (Message.objects.filter(state=Message.State.NEW), "received_at"),
        (Outbox.objects.filter(state__in=Outbox.PENDING), "created_at"),
    )
    moments = [rows.aggregate(first=Min(column))["first"] for rows, column in waiting]
    return min((at for at in moments if at is not None), default=None)


def _parked() -> int:
    """Deliveries, messages and announcements, counted in one statement."""
    parked: tuple[QuerySet[Any, int], ...] = (
        InboundDelivery.objects.filter(state=InboundDelivery.State.PARKED).values_list("pk", flat=True),
        Message.objects.filter(state=Message.State.PARKED).values_list("pk", flat=True),
        AnnouncementFailure.objects.filter(next_attempt_at=None).values_list("pk", flat=True),
    )
    return parked[0].union(*parked[1:], all=True).count()
