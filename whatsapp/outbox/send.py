"""Sends what waits in the outbox: one dispatcher at a time, over as many connections as there are senders.

1. It claims no more rows than connections are free (claim.py): urgent ones, then the oldest.
2. Senders, threads that ask the database nothing, make the calls, each at its own moment of the number's pace.
3. When the first answers are in it gives the others a moment more, and records them as one set (record.py).
4. It claims for the connections that have become free, when answers are in and when the pace opens,
   until nothing may leave or its time is over. Every few seconds what else waits for the process has its turn.

Whoever comes while a dispatcher is at work leaves at once; the lease of a dead one is over within seconds. What it had
claimed may have been sent, and is settled as if its answers were lost; everything else is sent by the next.
"""

import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from departments.common.http_deadline import deadline
from tickets.files.object_storage import StorageDownError
from tickets.files.storage import private_storage
from whatsapp import log_fields
from whatsapp.graph import client
from whatsapp.graph.errors import CloudApiError, ErrorAction
from whatsapp.number import pace
from whatsapp.outbox import record, retry, statuses
from whatsapp.outbox.claim import ClaimedMessage, DispatchBatch, claim
from whatsapp.outbox.record import SendOutcome
from whatsapp.texts import template_parameters

log = logging.getLogger(__name__)

WORK_SECONDS = 5  # then whatever else waits for the process has its turn
RUN_SECONDS = 20  # of one run: at its end the last answers are waited for, and the pace is not kept meanwhile
STRAGGLER_SECONDS = 1  # a call that has lasted so long keeps the process anyway: the other connections go on
TOGETHER_SECONDS = 0.05  # for the answers that come right after the first, to be recorded with it
LOOK_SECONDS = 0.5  # at what was queued meanwhile, while answers are waited for


_turnstile = pace.Turnstile()
_monotonic = time.monotonic


def send_due(
    clock: Callable[[], datetime], gather: float = 0.0, meanwhile: Callable[[], bool] = lambda: False
) -> datetime | None:
    """Sends what may leave now. A queue that was just emptied is looked at again after `gather` seconds: what is queued
    and answered meanwhile is one set.

    Every few seconds `meanwhile` does what else the process is there for, and says whether to go on sending.
    Returns when there will be more to do; None when nothing waits, or somebody else is sending.
    """
    with ThreadPoolExecutor(settings.WHATSAPP_SEND_CONNECTIONS, "sender") as senders:
        return _Dispatcher(clock, senders, gather, meanwhile).run()


class _Dispatcher:
    def __init__(
        self,
        clock: Callable[[], datetime],
        senders: ThreadPoolExecutor,
        gather: float,
        meanwhile: Callable[[], bool],
    ) -> None:
        self._clock, self._senders, self._gather, self._meanwhile = clock, senders, gather, meanwhile
        self._look_at = 0.0  # no sooner
        self._pace_opens = math.inf  # when there is a look again, though no answer is in
        self._calls: dict[Future[SendOutcome], float] = {}  # when each began
        self._last_at = time.monotonic() + RUN_SECONDS
        self._until = time.monotonic() + WORK_SECONDS
        self._lease: datetime | None = None
        self._is_over = False
        self._works = True

    def run(self) -> datetime | None:
        look = self._look()
        now = self._clock()
        if look.oldest_sending and look.oldest_sending <= now - retry.DEAD_SENDER:
            retry.requeue_unconfirmed(now, alone=self._lease is not None or not pace.is_dispatched(now))
            look = self._look()
        while self._calls:
            if answers := self._answers():
                record.record(answers, works=self._works)
            self._give_turn()
            look = self._look()
        return look.due

    def _give_turn(self) -> None:
        """What fails there ends the run, which records what is on its way: that concerns the next task."""
        if not self._until < time.monotonic() < self._last_at:
            return
        try:
            goes_on = self._meanwhile()
        except Exception:
            log.exception("what had its turn failed")
            goes_on = False
            self._last_at = 0.0
        if goes_on:
            self._until = min(time.monotonic() + WORK_SECONDS, self._last_at)

    def _look(self) -> DispatchBatch:
        """Claims for the connections that are free, and has what was claimed sent."""
        busy = bool(self._calls)
        free = self._free()
        now = self._clock()
        look = claim(now, lease=self._lease, free=free, busy=busy)
        opens = _seconds(now, look.opens)
        self._pace_opens = time.monotonic() + opens
        self._look_at = time.monotonic() + (min(self._gather, opens) if len(look.rows) < free else 0.0)
        self._lease = look.lease
        self._is_over |= busy and look.lease is None  # it came too late, and another dispatcher is at work
        if look.rows:
            self._works = look.works
        for place, message in enumerate(look.rows):
            wait_for = _seconds(now, look.begins) + place * look.apart.total_seconds()
            begun = _monotonic()
            call = self._senders.submit(_call, message, begun, wait_for, look.apart, self._clock)
            self._calls[call] = begun
        return look

    def _free(self) -> int:
        now = time.monotonic()
        until = self._until
        if self._calls and now - min(self._calls.values()) > STRAGGLER_SECONDS:
            until += client.CALL_SECONDS
        if self._is_over or now > until:
            return 0
        return int(settings.WHATSAPP_SEND_CONNECTIONS) - len(self._calls)

    def _answers(self) -> list[SendOutcome]:
        """Those that are in, and those that come right after the first; none where none comes for a while, or before
        the number's pace opens for more.
        """
        done, _ = wait(self._calls, min(LOOK_SECONDS, self._until_pace_opens()), FIRST_COMPLETED)
        if done:
            wait(self._calls, min(TOGETHER_SECONDS, self._until_pace_opens()))
            time.sleep(max(self._look_at - time.monotonic(), 0.0))
            done = {call for call in self._calls if call.done()}
        for call in done:
            del self._calls[call]
        return [call.result() for call in done]

    def _until_pace_opens(self) -> float:
        """Seconds; infinite where no connection is free for more, or no more is known of."""
        return max(self._pace_opens - time.monotonic(), 0.0) if self._free() else math.inf


def _seconds(now: datetime, until: datetime | None) -> float:
    return max((until - now).total_seconds(), 0.0) if until else math.inf


def _call(
    message: ClaimedMessage, begun: float, seconds: float, apart: timedelta, clock: Callable[[], datetime]
) -> SendOutcome:
    """Sends one message after a moment. Never raises: what nobody foresaw concerns this message alone.

    The deadline counts from `begun`, the claim: what a process that stood still has not sent by then, another may have.
    """
    time.sleep(seconds)
    _turnstile.pass_after(apart)
    left = begun + client.CALL_SECONDS - _monotonic()
    if left <= 0:
        return SendOutcome(
            message, clock(), error=CloudApiError(ErrorAction.RETRY, "Gönderilmeye başlanmadı")
        )
    with log_fields.bind(outbox=message.pk, conversation=message.conversation):
        try:
            with deadline(left):
                body = _body(message)
                wamid = _sent(message, body)
        except CloudApiError as error:
            return SendOutcome(message, clock(), error=error)
        except Exception as error:
            log.exception("not sent")
            refused = CloudApiError(ErrorAction.RETRY, f"Gönderilemedi: {type(error).__name__}")
            return SendOutcome(message, clock(), error=refused)
    return SendOutcome(message, clock(), wamid)


def _sent(message: ClaimedMessage, body: dict[str, Any]) -> str:
    try:
        return client.send(message.recipient, body, callback=statuses.callback_of(message))
    except CloudApiError:
        raise
    except Exception as error:
        log.exception("not known whether it was sent")
        raise CloudApiError(ErrorAction.OUTCOME_UNKNOWN, type(error).__name__) from error


def _body(message: ClaimedMessage) -> dict[str, Any]:
    """The message as it leaves, its photo handed to Meta first. Raises `CloudApiError`."""
    if message.as_template and message.template:
        template = message.template
        if message.photo is not None and _is_photo(message):  # a document has no place in a template
            template = template_parameters.with_photo(
                template, _uploaded(message.photo, message.photo_type or "")
            )
        return {"type": "template", "template": template}
    body = dict(message.payload)
    if message.photo is not None:
        kind = "document" if "document" in body else "image"
        body[kind] = {"id": _uploaded(message.photo, message.photo_type or "")} | body[kind]
    return body


def _is_photo(message: ClaimedMessage) -> bool:
    return (message.photo_type or "").startswith("image/")


def _uploaded(name: str, mime_type: str) -> str:
    try:
        with private_storage.open(name) as content:
            return client.upload(content, mime_type)
    except StorageDownError as error:
        raise CloudApiError(ErrorAction.RETRY, "Fotoğrafın durduğu yere ulaşılamıyor") from error
    except OSError as error:
        raise CloudApiError(ErrorAction.FAIL, "Fotoğraf artık yerinde değil") from error
