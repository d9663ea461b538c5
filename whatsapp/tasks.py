"""The doorbell, and what it sets going.

A ring says "look again" to the workers soon after a commit. It costs the caller nothing and cannot fail: a thread of
the process gathers the rings of a moment into one Celery message. Rows are the truth, so a ring that is lost with its
process or its broker costs the second or two until the beat looks anyway.
"""

import logging
import threading
import time
from datetime import datetime, timedelta

from celery import current_app, shared_task
from django.db import close_old_connections, transaction
from django.utils import timezone

from tickets import services
from whatsapp import colleagues, dialogue, inbox, media, outbox

log = logging.getLogger(__name__)

INBOX, OUTBOX, MEDIA = "whatsapp.inbox", "whatsapp.outbox", "whatsapp.media"
SOON = 0.01  # seconds: rings of one moment become one
APART = 0.1  # seconds between two of the same bell: under load the workers are looking already
OVERDUE = 0.2  # seconds before what is due but held up elsewhere is looked at again


class _Ringer:
    """The rings that wait, by bell, and the thread that says them when their time comes."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._said: dict[str, float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def ring(self, bell: str, delay: float) -> None:
        at = max(time.monotonic() + delay, self._said.get(bell, 0) + APART)
        with self._changed:
            if self._due.get(bell, float("inf")) <= at:
                return
            self._due[bell] = at
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._due:
                    self._changed.wait()
                bell, at = min(self._due.items(), key=lambda due: due[1])
                wait = at - time.monotonic()
                if wait > 0:
                    self._changed.wait(wait)
                    continue
                del self._due[bell]
                self._said[bell] = at
            _say(bell)


def _say(bell: str) -> None:
    try:
        current_app.send_task(bell, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever ails the broker, the beat will look
        log.warning("doorbell %s not heard: %s", bell, type(error).__name__)


_ringer = _Ringer()


def ring(*bells: str) -> None:
    """Rings once the running transaction is committed; at once where there is none."""
    transaction.on_commit(lambda: _ring_all(bells))


def ring_at(bell: str, at: datetime | None) -> None:
    """Rings at a later moment, None for not at all. Only this process remembers; the beat stands behind it."""
    if at is not None:
        _ringer.ring(bell, max((at - timezone.now()).total_seconds(), OVERDUE))


def _ring_all(bells: tuple[str, ...]) -> None:
    for bell in bells:
        _ringer.ring(bell, SOON)


@shared_task(name=INBOX)
def work_inbox() -> None:
    """Deliveries first, so that a citizen is answered to all that arrived; then the turns that are due."""
    close_old_connections()  # here and below: one that died with its server is not used again
    while inbox.take_in(timezone.now()):
        pass
    ring_at(INBOX, dialogue.work(timezone.now))
    ring(OUTBOX, MEDIA)


def send_at_pace() -> datetime | None:
    """Sends all that may leave. The milliseconds that the number's pace takes are waited out: a ring would be late.

    Returns when there will be more to do, None when nothing waits. What was due already when it was asked for and
    yet did not leave is held up by somebody else: that is for a ring, not for a loop.
    """
    asked = timezone.now()
    while (due := outbox.work(timezone.now)) and asked < due <= timezone.now() + timedelta(seconds=OVERDUE):
        time.sleep(max((due - timezone.now()).total_seconds(), 0))
        asked = timezone.now()
    return due


@shared_task(name=OUTBOX)
def work_outbox() -> None:
    """News first, then everything that may leave."""
    close_old_connections()
    outbox.relay(timezone.now())
    colleagues.relay(timezone.now())
    ring_at(OUTBOX, send_at_pace())


@shared_task(name=MEDIA, time_limit=media.TASK_SECONDS)
def work_media() -> None:
    """Fetches the files whose time has come, for at most one task's time."""
    close_old_connections()
    ring_at(MEDIA, media.work(timezone.now))


@shared_task(name="tickets.close_settled")
def close_settled() -> None:
    """Closes what nobody objected to for seven days."""
    close_old_connections()
    services.close_settled(now=timezone.now())
