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
SOON = 0.01  # seconds: wake-ups of one moment become one
APART = 0.2  # seconds between two of the same queue: under load the workers are looking already
OVERDUE = 0.2  # seconds before what is due but held up elsewhere is looked at again


class Debouncer:
    """Gathers the wake-ups of a moment, by queue, and sends each when its time comes."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._said: dict[str, float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def schedule(self, queue: str, delay: float) -> None:
        at = max(time.monotonic() + delay, self._said.get(queue, 0) + APART)
        with self._changed:
            if self._due.get(queue, float("inf")) <= at:
                return
            self._due[queue] = at
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="wake-up", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._due:
                    self._changed.wait()
                queue, at = min(self._due.items(), key=lambda due: due[1])
                wait = at - time.monotonic()
                if wait > 0:
                    self._changed.wait(wait)
                    continue
                del self._due[queue]
                self._said[queue] = at
            _send(queue)


def _send(queue: str) -> None:
    try:
        current_app.send_task(queue, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever ails the broker, the beat will look
        log.warning("wake-up of %s not sent: %s", queue, type(error).__name__)


debouncer = Debouncer()


def wake(*queues: str) -> None:
    """Wakes the workers once the running transaction is committed; at once where there is none."""
    transaction.on_commit(lambda: _wake_all(queues))


def wake_at(queue: str, at: datetime | None) -> None:
    """Wakes the workers at a later moment; None for not at all. The beat looks anyway, should this process end."""
    if at is not None:
        debouncer.schedule(queue, max((at - timezone.now()).total_seconds(), OVERDUE))


def _wake_all(queues: tuple[str, ...]) -> None:
    for queue in queues:
        debouncer.schedule(queue, SOON)
