"""The debounced wake-up: tells the workers to look at the rows again, soon after a commit.

It costs the caller nothing and cannot fail: a thread of the process gathers the wake-ups of a moment into one Celery
message, sent by the task's name. Rows are the truth, so a wake-up that is lost with its process or its broker costs
the second or two until the beat looks anyway.

However many processes there are, a queue is woken 25 times a second by all of them together, where the broker is
Valkey: a look takes all that is there, and each more would find less.
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
APART = 0.08  # seconds between two of the same queue: under load the workers are looking already
BETWEEN = 0.04  # seconds between two of the same queue from any two processes
EXACT_TO = 0.002  # seconds: how exactly the broker knows when that was
OVERDUE = 0.2  # seconds before what is due but held up elsewhere is looked at again


class Debouncer:
    """Gathers the wake-ups of a moment, by queue, and sends each when its time comes."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._since: dict[str, float] = {}  # a look that began before that would have missed something
        self._said: dict[str, float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def schedule(self, queue: str, delay: float) -> None:
        now = time.monotonic()
        at = max(now + delay, self._said.get(queue, 0) + APART)
        since = now + delay - SOON
        with self._changed:
            if self._due.get(queue, float("inf")) <= at:
                if since <= max(self._due[queue], now):
                    self._since[queue] = max(self._since[queue], since)
                return
            self._due[queue], self._since[queue] = at, since
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
                since = self._since[queue]
                self._said[queue] = at
            if again := _send(queue, since):
                with self._changed:
                    at = time.monotonic() + again
                    self._due[queue] = min(self._due.get(queue, at), at)
                    self._since[queue] = max(self._since[queue], since)


def _send(queue: str, since: float) -> float:
    """Wakes the queue, unless another process did so after `since`. Returns in how many seconds to try again, since
    another did right before; 0 for not at all.
    """
    asked = time.monotonic()
    if (ago := _woken_elsewhere(queue)) is not None:
        return 0.0 if asked - ago - EXACT_TO > since else max(BETWEEN - ago, SOON)
    try:
        current_app.send_task(queue, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever ails the broker, the beat will look
        log.warning("wake-up of %s not sent: %s", queue, type(error).__name__)
    return 0.0


def _woken_elsewhere(queue: str) -> float | None:
    """How many seconds ago another process has woken the queue, where that is less than BETWEEN; else None, and this
    one is taken to do so now. None, too, of a broker that keeps no such notes, or is ill.
    """
    key = f"woken:{queue}"
    try:
        with current_app.producer_or_acquire() as producer:
            server_of = getattr(producer.channel, "conn_or_acquire", None)
            if server_of is None:  # RabbitMQ
                return None
            with server_of() as server:
                asks = server.pipeline(transaction=False)
                is_ours, left = asks.set(key, 1, nx=True, px=round(BETWEEN * 1000)).pttl(key).execute()
    except Exception as error:  # noqa: BLE001 - then sending says what ails the broker
        log.debug("not asked who has woken %s: %s", queue, type(error).__name__)
        return None
    return None if is_ours else BETWEEN - max(left, 0) / 1000


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
