"""How our number is doing, in the few facts that a supervisor acts on."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Min, Model, QuerySet

from tickets.ports import NumberHealth
from whatsapp.models import AnnouncementFailure, ChannelState, InboundDelivery, Message, Outbox
from whatsapp.number import pace

RECENT = timedelta(hours=24)
SILENCE = timedelta(hours=1)
USUAL_DAYS, USUAL_AT_MOST, USUAL_AT_LEAST = (
    7,
    1000,
    10,
)  # days looked at; deliveries counted of each; enough of them
WINDOW_SHUT = 131047  # Meta's code: free text after the 24 hours


def health(now: datetime) -> NumberHealth:
    """As it is now; what failed is counted over the last 24 hours."""
    number = pace.current()
    failed = Outbox.objects.filter(state=Outbox.State.FAILED, created_at__gt=now - RECENT)
    return NumberHealth(
        works=number.state == ChannelState.State.WORKING,
        state=number.get_state_display(),
        reason=number.reason,
        since=number.since,
        heard_at=heard_at(),
        silent=is_silent(now),
        waiting_since=_oldest(),
        parked=_parked(),
        failed=failed.count(),
        refused_by_window=failed.filter(error_code=WINDOW_SHUT).count(),
    )


def heard_at() -> datetime | None:
    """When Meta last brought anything."""
    newest = InboundDelivery.objects.order_by("-received_at").values_list("received_at", flat=True)
    return newest.first()


def usual_deliveries(now: datetime) -> int:
    """How many Meta brought in this hour of the last seven days, as their median; at most a thousand."""
    with connection.cursor() as cursor:
        cursor.execute(_USUAL, {"now": now, "hour": str(SILENCE), "days": USUAL_DAYS, "most": USUAL_AT_MOST})
        return int(cursor.fetchone()[0])


def is_silent(now: datetime) -> bool:
    """Whether nothing came for an hour in which something comes on most days."""
    newest = heard_at()
    return (newest is None or now - newest > SILENCE) and usual_deliveries(now) >= USUAL_AT_LEAST


_USUAL = """
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY (
    SELECT count(*) FROM (
        SELECT FROM whatsapp_inbounddelivery
        WHERE received_at > %(now)s - day * interval '1 day' - %(hour)s::interval
        AND received_at <= %(now)s - day * interval '1 day'
        LIMIT %(most)s
    ) AS came
)) FROM generate_series(1, %(days)s) AS day
"""


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
