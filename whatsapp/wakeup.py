"""The debounced wake-up: tells the workers to look at the rows again, soon after a commit.

It costs the caller nothing and cannot fail: a thread of the process gathers the wake-ups of a moment into one Celery
message, sent by the task's name. Rows are the truth, so a wake-up that is lost with its process or its broker costs
the second or two until the beat looks anyway.
"""

import logging
import threading
import time
from datetime import datetime

from celery import current_app
from django.db import transaction
from django.utils import timezone

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
