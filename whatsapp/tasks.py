"""Celery tasks: each looks at the rows that wait and does what is due."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from celery import shared_task
from celery.worker import state
from django.utils import timezone

from tickets.casework import closing
from whatsapp.media import fetch
from whatsapp.number import pace
from whatsapp.outbox import announce, read_receipts, send, staff_notifications, warnings
from whatsapp.turns import runner
from whatsapp.wakeup import INBOX, MEDIA, OUTBOX, OVERDUE, wake, wake_at
from whatsapp.webhook import ingest

SLICE_SECONDS = (
    0.5  # of reading deliveries, then of turns, and so on: a danger that came waits for one of each
)
WORK_SECONDS = 5  # of one task: then whatever else waits for the process has its turn
# Hard limits of one task: a worker that is longer at it hangs and is killed; what it had was counted. Time without a
# core does not count (melikgazi/processes/forks.py). The inbox reads texts of strangers: twice the lease.
# A database on an overloaded machine answers late, so tasks that wait for it get more time.
INBOX_PROCESSOR_SECONDS = 2 * int(runner.LEASE.total_seconds())
INBOX_SECONDS = 3 * INBOX_PROCESSOR_SECONDS
OUTBOX_SECONDS = 90  # more than the last call of a run that began late
NOTICES_SECONDS = 30
# After a look a process waits as many seconds as that look computed, at most this many. What comes meanwhile is worked
# on as one set: under load that saves statements, and a single message hardly waits.
GATHER_SECONDS = 0.1

_looked: dict[
    str, tuple[float, float]
] = {}  # by queue: when the last look ended (monotonic), its processor seconds


# `processor_limit` is an option of ours, which the parent of the workers reads.
@shared_task(  # type: ignore[call-overload, untyped-decorator]
    name=INBOX, time_limit=INBOX_SECONDS, processor_limit=INBOX_PROCESSOR_SECONDS
)
def work_inbox() -> None:
    """Deliveries first, so that a citizen is answered to all that arrived; then the turns that are due. The two take
    turns, however many wait of either: a danger may be among the deliveries that nobody has read.
    """
    busy_before = _gather(INBOX)
    over = time.monotonic() + WORK_SECONDS
    due, is_more = None, True
    while is_more and time.monotonic() < over:
        is_over = _after_a_slice()
        while unread := ingest.ingest_batch(timezone.now()) > 0:
            if is_over():
                break
        is_over = _after_a_slice()
        due = runner.run_due(timezone.now, is_over)
        is_more = unread or is_over()
    wake_at(INBOX, timezone.now() if is_more else due)
    _looked[INBOX] = time.monotonic(), time.process_time() - busy_before


def _after_a_slice() -> Callable[[], bool]:
    over = time.monotonic() + SLICE_SECONDS
    return lambda: time.monotonic() > over


@shared_task(name=OUTBOX, time_limit=OUTBOX_SECONDS)
def work_outbox() -> None:
    """News first, a set of it, then what may leave, with more of the news between, then what is only shown."""
    busy_before = _gather(OUTBOX)
    began = time.monotonic()
    more = _Announcements()
    more.look()
    due = send_at_pace(more.look)
    wake_at(OUTBOX, min((at for at in (more.due, due) if at), default=None))
    if more.is_due or (due and time.monotonic() - began > WORK_SECONDS):
        wake(OUTBOX)  # nobody held that up but this process
    _looked[OUTBOX] = time.monotonic(), time.process_time() - busy_before
    read_receipts.show(timezone.now())


@shared_task(name="whatsapp.notifications", time_limit=NOTICES_SECONDS)
def work_notifications() -> None:
    """Queues the notifications of staff who want them on their telephone. Apart from the outbox: neither waits for the
    other, and the outbox does not look for them each time it is woken.
    """
    over = time.monotonic() + WORK_SECONDS
    while staff_notifications.enqueue_notifications(timezone.now()) and time.monotonic() < over:
        pass


@shared_task(name="whatsapp.warnings", time_limit=NOTICES_SECONDS)
def watch_warnings() -> None:
    """Looks whether the warnings of danger reached their citizens."""
    warnings.watch(timezone.now())


def _gather(queue: str) -> float:
    """Waits before a look; returns the processor seconds of this process so far."""
    ended, busy = _looked.get(queue, (0.0, 0.0))
    time.sleep(max(ended + min(busy, GATHER_SECONDS) - time.monotonic(), 0))
    return time.process_time()


class _Announcements:
    """`due` is when there are more of them, by the last look."""

    due: datetime | None = None
    is_due = False

    def look(self) -> bool:
        """Queues a set of them; whether to go on sending, which a process that is to end does not."""
        now = timezone.now()
        self.due = announce.announce_events(now)
        self.is_due = self.due is not None and self.due <= now
        return state.should_stop is None


def send_at_pace(meanwhile: Callable[[], bool] = lambda: False) -> datetime | None:
    """Sends what may leave, for some seconds at most, and does `meanwhile` every few of them, which says whether to go
    on. The milliseconds that the number's pace takes are waited out: a wake-up would be late.

    Returns when there will be more to do, None when nothing waits. What was due already when it was asked for and
    yet did not leave is held up by somebody else: that is for a wake-up, not for a loop.
    """
    over = time.monotonic() + WORK_SECONDS
    clock = pace.shared_clock()
    asked = clock()
    while (due := send.send_due(clock, GATHER_SECONDS, meanwhile)) and asked < due <= clock() + timedelta(
        seconds=OVERDUE
    ):
        if time.monotonic() > over:
            break
        time.sleep(max((due - clock()).total_seconds(), 0))
        asked = clock()
    return due


@shared_task(name=MEDIA, time_limit=fetch.TASK_SECONDS)
def work_media() -> None:
    """Fetches the files whose time has come."""
    wake_at(MEDIA, fetch.work(timezone.now))


@shared_task(name="tickets.close_settled")
def close_settled() -> None:
    """Closes what nobody objected to for seven days."""
    closing.close_settled(now=timezone.now())
