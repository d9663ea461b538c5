"""How our number is doing: working, slowed down or stopped, and the pace that all senders share.

One row; whoever locks it decides alone. Staff see it, and may set it to work again.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from whatsapp.models import ChannelState, Message

log = logging.getLogger(__name__)

State = ChannelState.State
# In and out together, for one number (contract section 4).
PER_SECOND = 80
LEAST_PER_SECOND = 10  # for answers, however much comes in
PROBE_EVERY = timedelta(minutes=5)


def lock() -> ChannelState:
    """The row of our number, locked until the end of the transaction."""
    locked = _row().select_for_update(no_key=True)
    if row := locked.first():
        return row
    ChannelState.objects.bulk_create([_new()], ignore_conflicts=True)  # somebody else may be as early
    return locked.get()


def current() -> ChannelState:
    """How our number is doing now, without a lock."""
    return _row().first() or _new()


def may_send(channel: ChannelState, now: datetime) -> datetime | None:
    """None when a message may leave at once, else the moment to ask again. Call it with the row locked.

    A stopped channel lets one message pass every few minutes, to see whether it works again.
    """
    if channel.resume_at is not None and now < channel.resume_at:
        return channel.resume_at
    if channel.paced_until is not None and now < channel.paced_until:
        return channel.paced_until
    if channel.state == State.STOPPED:
        channel.resume_at = now + PROBE_EVERY
    incoming = Message.objects.filter(received_at__gt=now - timedelta(seconds=1)).count()
    channel.paced_until = now + timedelta(seconds=1 / max(PER_SECOND - incoming, LEAST_PER_SECOND))
    channel.save(update_fields=["resume_at", "paced_until"])
    return None


def stop(now: datetime, reason: str) -> None:
    """Nothing more goes out: the token is dead or the account blocked. The outbox is kept."""
    log.error("channel stopped")  # why stands in the row: the words are Meta's and may name a number
    change = {"state": State.STOPPED, "reason": reason, "resume_at": now + PROBE_EVERY}
    if not _row().filter(state=State.STOPPED).update(**change):
        _row().update(**change, since=now)


def throttle(now: datetime, until: datetime, reason: str) -> None:
    """Our number sent too fast: all of it pauses until then."""
    _row().update(state=State.THROTTLED, reason=reason, since=now, resume_at=until)


def works(now: datetime) -> None:
    """A message was taken: whatever was wrong is over."""
    _row().exclude(state=State.WORKING).update(state=State.WORKING, reason="", since=now, resume_at=None)


def _row() -> QuerySet[ChannelState]:
    return ChannelState.objects.filter(phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID)


def _new() -> ChannelState:
    return ChannelState(phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID)
