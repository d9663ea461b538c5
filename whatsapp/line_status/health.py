"""How our number is doing, in the few facts that a supervisor acts on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Min, Model, QuerySet

from tickets.record.channel import NumberHealth
from whatsapp.conversations.models.deliveries import InboundDelivery
from whatsapp.conversations.models.messages import Message
from whatsapp.number import pace
from whatsapp.number.models import ChannelState
from whatsapp.outbox.models.outbox import AnnouncementFailure, Outbox

RECENT = timedelta(hours=24)
SILENCE = timedelta(hours=1)
# Others who try the address are refused, too. Two of them, this far apart and with no correctly signed one since the
# first, mean that the secret is ours to mend; so does one, where none was ever correctly signed.
UNSIGNED_FOR = timedelta(minutes=2)
UNSIGNED = "gelen isteklerin imzası tutmuyor, hat onları almıyor"
UNSIGNED_REMEDY = (
    "Meta’daki uygulama gizli anahtarını WHATSAPP_APP_SECRET’e yazın, systemctl restart melikgazi.target deyin; Meta "
    "geri çevrilenleri yeniden gönderir. Anahtar doğruysa istekler Meta’nın değildir."
)
USUAL_DAYS = 7
USUAL_AT_MOST = 1000  # deliveries counted of the hour of one day
USUAL_AT_LEAST = 10  # deliveries of an hour whose absence means anything
WINDOW_SHUT = 131047  # Meta's code: free text after the 24 hours


def health(now: datetime) -> NumberHealth:
    """As it is now; what failed is counted over the last 24 hours."""
    number, webhook = pace.current(), webhook_traffic(now)
    failed = Outbox.objects.filter(state=Outbox.State.FAILED, created_at__gt=now - RECENT)
    return NumberHealth(
        works=number.state == ChannelState.State.WORKING,
        state=number.get_state_display(),
        reason=number.reason,
        since=number.since,
        heard_at=webhook.heard_at,
        silent=webhook.is_silent,
        unsigned_at=unsigned_at(number, now),
        waiting_since=_oldest(),
        parked=_parked(),
        failed=failed.count(),
        refused_by_window=failed.filter(error_code=WINDOW_SHUT).count(),
    )


@dataclass(frozen=True)
class WebhookTraffic:
    """When Meta last brought anything, and how many deliveries it brings in this hour on most days.

    `usual` is the median of the last USUAL_DAYS, at most USUAL_AT_MOST.
    """

    now: datetime
    heard_at: datetime | None
    usual: int

    @property
    def is_silent(self) -> bool:
        """Whether nothing came for an hour in which something comes on most days."""
        is_late = self.heard_at is None or self.now - self.heard_at > SILENCE
        return is_late and self.usual >= USUAL_AT_LEAST


def webhook_traffic(now: datetime) -> WebhookTraffic:
    """What the webhook brought until now."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TRAFFIC, {"now": now, "hour": str(SILENCE), "days": USUAL_DAYS, "most": USUAL_AT_MOST}
        )
        heard_at, usual = cursor.fetchone()
    return WebhookTraffic(now, heard_at, usual)


def unsigned_at(number: ChannelState, now: datetime) -> datetime | None:
    """When a request that another app secret signed came last; None if our secret is right (UNSIGNED_FOR)."""
    at, since = number.unsigned_at, number.unsigned_since
    if at is None or since is None or now - at > RECENT or at > now + pace.CLOCK_SET_BACK:
        return None
    heard_at = InboundDelivery.objects.last_received_at()
    if heard_at is None:
        return at
    return at if at - max(heard_at, since) > UNSIGNED_FOR else None


_TRAFFIC = """
SELECT (SELECT received_at FROM whatsapp_inbounddelivery ORDER BY received_at DESC LIMIT 1),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY (
        SELECT count(*) FROM (
            SELECT FROM whatsapp_inbounddelivery
            WHERE received_at > %(now)s - day * interval '1 day' - %(hour)s::interval
            AND received_at <= %(now)s - day * interval '1 day'
            LIMIT %(most)s
        ) AS came
    ))
FROM generate_series(1, %(days)s) AS day
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
