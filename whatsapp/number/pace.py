"""How our number is doing: working, slowed down or stopped, and the pace that it keeps.

One row, which the dispatcher of the outbox locks for each set that it claims (whatsapp/outbox/claim.py). Staff see it,
and may set it to work again.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from whatsapp.number.models import ChannelState

log = logging.getLogger(__name__)

State = ChannelState.State
LEAST_PER_SECOND = 10  # for answers, however much comes in
# Of what Meta grants. Calls that left evenly arrive less evenly: at the whole pace some second would see more.
SHARE = 0.98
# A set holds what may leave in this time, each message at its own moment of it: eight at 80 a second.
AHEAD = timedelta(seconds=0.104)
# A set is claimed so long before its first moment, when the one before ends: what claiming takes slows nothing.
EARLY = timedelta(seconds=0.04)
# One person: a message every 6 s, with bursts of 45.
PERSON_EVERY = timedelta(seconds=6)
PERSON_BURST = PERSON_EVERY * 44
# Leases, moments of the pace and times at which something happened lie at most so far ahead of now. What lies further
# ahead was written before the clock was set back, and is ignored.
CLOCK_SET_BACK = timedelta(seconds=10)
PROBE_EVERY = timedelta(minutes=5)  # a stopped number lets one message pass, to see whether it works again


def shared_clock() -> Callable[[], datetime]:
    """The line's clock, set right by as much as this machine's differs from the database's: senders on several machines
    keep one pace by it, whatever their own clocks say, and a trial's, which was moved, stays as far ahead.

    Asks the database once, and is late by what the question took, at most.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    asked = time.monotonic()
    begin = timezone.now() + (at - machine_time())
    return lambda: begin + timedelta(seconds=time.monotonic() - asked)


def machine_time() -> datetime:
    """What this machine's own clock says, also where the line's was moved."""
    return datetime.now(UTC)


class Turnstile:
    """What this process sends passes it one by one, never closer than the pace: threads that were all late do not
    make up for it at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0.0  # on the monotonic clock

    def pass_after(self, apart: timedelta) -> None:
        """Returns when it is so long since the last one passed."""
        with self._lock:
            time.sleep(max(self._last + apart.total_seconds() - time.monotonic(), 0.0))
            self._last = time.monotonic()


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
    if not _row().filter(state=State.STOPPED, since__lte=now).update(**change):
        _row().update(**change, since=now)


def throttle(now: datetime, until: datetime, reason: str) -> None:
    """Our number sent too fast: all of it pauses until then. One that is stopped stays so."""
    _row().exclude(state=State.STOPPED).update(
        state=State.THROTTLED, reason=reason, since=now, resume_at=until
    )


def works(now: datetime) -> None:
    """A message was taken: whatever was wrong is over."""
    _row().exclude(state=State.WORKING).update(state=State.WORKING, reason="", since=now, resume_at=None)


def note_unsigned(now: datetime, *, heard_at: datetime | None) -> None:
    """The webhook refused a request that another app secret signed; skipped while the row is locked.

    `heard_at` is when a correctly signed one came last: refused ones count from the first after it.
    """
    with transaction.atomic():
        row = _row().select_for_update(skip_locked=True, no_key=True).first()
        if row is None:
            return
        since = row.unsigned_since
        if since is None or since > now + CLOCK_SET_BACK or (heard_at is not None and heard_at > since):
            row.unsigned_since = now
        row.unsigned_at = now
        row.save(update_fields=["unsigned_at", "unsigned_since"])


def is_dispatched(now: datetime) -> bool:
    """Whether a dispatcher is at work, or one that died is still believed to be."""
    return _row().filter(dispatcher_until__gt=now, dispatcher_until__lte=now + CLOCK_SET_BACK).exists()


def _row() -> QuerySet[ChannelState]:
    return ChannelState.objects.filter(phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID)


def _new() -> ChannelState:
    return ChannelState(phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID)
