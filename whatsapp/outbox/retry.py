"""When what was refused or lost is sent again, and for how long.

Where the answer of a send was lost, or its sender was killed, the row stays claimed: a status that brings back its
callback data settles it (statuses.py); after a minute without one it is sent again and marked as possibly double. What
a dispatcher had in hand that was killed or stands still is waited for less long, but longer than a call can last.

What cannot leave is tried for as long as it is worth saying: an answer for the 24 hours of the window it belongs to,
news for the seven days that Meta, too, tries to reach us.
"""

import logging
import random
from datetime import datetime, timedelta

from django.db.models import Q

from departments.common.leases import beyond
from departments.common.row_by_row import each_row
from departments.models import RowWork
from whatsapp import log_fields
from whatsapp.conversations.models.deliveries import InboundDelivery
from whatsapp.graph import client
from whatsapp.outbox import enqueue, statuses
from whatsapp.outbox.models.outbox import Outbox

log = logging.getLogger(__name__)

State = Outbox.State
# Longer than any status takes that is still to come for a send whose answer was lost (Meta's contract, section 4).
LOST_ANSWER = timedelta(seconds=60)
# Of a dispatcher that was killed or stands still: no call of it is still open, nor begun later (send.py).
DEAD_SENDER = beyond(client.CALL_SECONDS)
NEWS_LASTS = timedelta(days=7)
# News that could not be put into words: after a minute, 4, 16 and 64; then it is parked.
NEWS_PAUSE = timedelta(minutes=1)
NEWS_ATTEMPTS = 5
PAUSE_AT_MOST = timedelta(minutes=5)
SLOW_AT_MOST = timedelta(minutes=30)
UNHEARD_AT_MOST = timedelta(hours=1)


def retry_period(*, is_news: bool) -> timedelta:
    """For how long after it was said a message is tried."""
    return NEWS_LASTS if is_news else enqueue.WINDOW


def pause_after(attempts: int) -> timedelta:
    """Doubling from a second, with up to half of it on top so that what was refused together does not come together."""
    base = min(2.0 ** min(max(attempts - 1, 0), 9), PAUSE_AT_MOST.total_seconds())
    return timedelta(seconds=base * random.uniform(1, 1.5))  # noqa: S311 - jitter, not a secret


def recipient_backoff(attempts: int) -> timedelta:
    """Where one person was sent too much: four times as long each time, from four seconds on."""
    return min(timedelta(seconds=4 ** min(attempts, 9)), SLOW_AT_MOST)


def pause_of_news(attempts: int) -> timedelta:
    """Where the words of an event could not be made (announce.py): four times as long each time."""
    return NEWS_PAUSE * (1 << 2 * (attempts - 1))


def requeue_unconfirmed(now: datetime, *, alone: bool) -> None:
    """Sends again what no status came for in time; one that came and is still unread is waited for. `alone` says that
    no other dispatcher is at work, so that whatever has no outcome was in the hand of one that died.

    From the second time on after growing pauses: each may be one more copy of it on the citizen's telephone.
    """
    lost = Q(claimed_at__lte=now - LOST_ANSWER)
    if alone:
        lost |= Q(claimed_at__lte=now - DEAD_SENDER, error="")
    rows = {row.pk: row for row in Outbox.objects.filter(lost, state=State.SENDING).order_by("id")}
    each_row(RowWork.LOST_ANSWERS, rows, lambda key: _release(rows[key], now), now=now, are_all=False)


def _release(row: Outbox, now: datetime) -> None:
    if InboundDelivery.objects.unread_with([statuses.callback_of(row)]):
        return
    ours = Outbox.objects.filter(pk=row.pk, state=State.SENDING, claimed_at=row.claimed_at)
    with log_fields.bind(outbox=row.pk):
        if now >= row.created_at + retry_period(is_news=row.event_id is not None):
            log.warning("given up: no answer and no status")
            ours.update(state=State.FAILED, possibly_double=True)
            return
        log.warning("sent again: no answer and no status in time")
        pause = min(timedelta(minutes=4 ** min(row.attempts - 1, 9)), UNHEARD_AT_MOST)
        due = now + pause if row.possibly_double else now
        ours.update(state=State.QUEUED, possibly_double=True, not_before=due)
