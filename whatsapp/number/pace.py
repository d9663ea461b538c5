"""How our number is doing: working, slowed down or stopped, and the pace that it keeps.

One row, which the dispatcher of the outbox locks for each set that it claims (whatsapp/outbox/claim.py). Staff see it,
and may set it to work again.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from whatsapp.models import ChannelState

log = logging.getLogger(__name__)

State = ChannelState.State
LEAST_PER_SECOND = 10  # for answers, however much comes in
AHEAD = timedelta(
    seconds=0.1
)  # a set holds what may leave in this time, each message at its own moment of it
PROBE_EVERY = timedelta(minutes=5)  # a stopped number lets one message pass, to see whether it works again


def create() -> None:
    """The row of our number, where there is none yet."""
    ChannelState.objects.bulk_create([_new()], ignore_conflicts=True)  # somebody else may be as early


def current() -> ChannelState:
    """How our number is doing now, without a lock."""
    return _row().first() or _new()


def stop(now: datetime, reason: str) -> None:
    """Nothing more goes out: the token is dead or the account blocked. The outbox is kept."""
    log.error("channel stopped")  # why stands in the row: the words are Meta's and may name a number
    change = {"state": State.STOPPED, "reason": reason, "resume_at": now + PROBE_EVERY}
    if not _row().filter(state=State.STOPPED).update(**change):
        _row().update(**change, since=now)


def throttle(now: datetime, until: datetime, reason: str) -> None:
    """Our number sent too fast: all of it pauses until then. One that is stopped stays so."""
    _row().exclude(state=State.STOPPED).update(
        state=State.THROTTLED, reason=reason, since=now, resume_at=until
    )


def works(now: datetime) -> None:
    """A message was taken: whatever was wrong is over."""
    _row().exclude(state=State.WORKING).update(state=State.WORKING, reason="", since=now, resume_at=None)


def is_dispatched(now: datetime) -> bool:
    """Whether a dispatcher is at work, or one that died is still believed to be."""
    return _row().filter(dispatcher_until__gt=now).exists()


def _row() -> QuerySet[ChannelState]:
    return ChannelState.objects.filter(phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID)


def _new() -> ChannelState:
    return ChannelState(phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID)
