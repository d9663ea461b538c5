"""Health checks: liveness (/healthz) and readiness (/readyz). Nothing here calls Meta."""

import logging
import math
import time
from datetime import timedelta
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from departments.common import machine_load
from melikgazi.database import schema
from melikgazi.web import request_counters
from melikgazi.workers import broker as broker_address
from tickets.files import virus_scan
from whatsapp.line_status import health
from whatsapp.models import ChannelState, InboundDelivery, Message, Outbox
from whatsapp.number import pace

log = logging.getLogger(__name__)

_PENDING = Q(state__in=Outbox.PENDING)
BACKLOG_AGE = timedelta(minutes=2)
KEPT_SECONDS = 1.0  # an answer: whoever asks without end learns nothing more, and asks nobody behind us
# A look that takes longer hangs: a database that neither answers nor breaks off. The broker alone may take two.
LOOK_SECONDS = 5.0
UNSTORED_SECONDS = 60.0  # a request of the webhook that failed is told for so long
DOWN: dict[str, Any] = {"status": "down", "checks": {}}


def healthz(_request: HttpRequest) -> HttpResponse:
    """Liveness: 200 as long as the process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(_request: HttpRequest) -> JsonResponse:
    """Readiness: 200 as long as the webhook can store a row in tables that are this code's, else 503; other problems
    only make it `degraded`. At most
    one thread of a process looks, once a second; the others say what was found last, and 503 once it hangs.
    """
    status, found = _readiness.found()
    return JsonResponse(found, status=status)


class UnstoredRequests:
    """Whether requests of the webhook fail: a database without room, say, answers every question and takes no row."""

    def __init__(self) -> None:
        self._count: int | None = None
        self._until = -math.inf  # on the clock of `now`

    def came_lately(self, *, now: float) -> bool:
        """Whether any process answered one with an error in the last minute; `now` in seconds."""
        count = request_counters.current().count(request_counters.WEBHOOK, 500, 503)
        if self._count is not None and count > self._count:
            self._until = now + UNSTORED_SECONDS
        self._count = count
        return now < self._until


_unstored = UnstoredRequests()


class _Readiness:
    """What was found last."""

    def __init__(self) -> None:
        self._looking = Lock()
        self._last: tuple[int, dict[str, Any]] = 503, DOWN
        self._until = 0.0  # on the monotonic clock
        self._began = math.inf  # the look in hand, on the same clock

    def found(self) -> tuple[int, dict[str, Any]]:
        is_first = not self._until
        if time.monotonic() >= self._until and self._looking.acquire(blocking=is_first):
            try:
                self._began = time.monotonic()
                self._last = _look()
                self._until = time.monotonic() + KEPT_SECONDS
            finally:
                self._began = math.inf
                self._looking.release()
        elif time.monotonic() > self._began + LOOK_SECONDS:
            return 503, DOWN | {"checks": {"database": "no answer"}}
        return self._last


_readiness = _Readiness()


def _look() -> tuple[int, dict[str, Any]]:
    try:
        if reason := schema.trouble():
            return 503, {"status": "down", "checks": {"schema": reason}}
        if is_read_only():
            return 503, {"status": "down", "checks": {"database": "read-only"}}
        checks = _checks()
    except Error as error:
        connection.close()
        return 503, {"status": "down", "checks": {"database": type(error).__name__}}
    wrong = {name: text for name, text in checks.items() if text != "ok"}
    return 200, {
        "status": "degraded" if wrong else "ok",
        "checks": {"database": "ok", "schema": "ok"} | checks,
    }


def is_read_only() -> bool:
    """Whether the database takes no writes: a standby, or one that was set so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only') = 'on'")
        return bool(cursor.fetchone()[0])


def _checks() -> dict[str, Any]:
    channel = pace.current()
    return {
        "broker": broker(),
        "machine": "overloaded" if machine_load.read().is_too_much else "ok",
        **waiting(),
        "virus_scanner": virus_scan.trouble() or "ok",
        "webhook": _webhook(channel),
        "channel": "ok" if channel.state == ChannelState.State.WORKING else str(channel.state),
    }


def _webhook(number: ChannelState) -> str:
    if _unstored.came_lately(now=time.monotonic()):
        return "not stored"
    return "unsigned" if health.unsigned_at(number, timezone.now()) else "ok"


def unsent() -> QuerySet[Outbox]:
    """Messages that should have left two minutes ago."""
    return Outbox.objects.filter(_PENDING, not_before__lt=timezone.now() - BACKLOG_AGE)


def refused() -> QuerySet[Outbox]:
    """Messages older than two minutes that Meta refused: each is tried again later, and so never due for long."""
    return Outbox.objects.filter(_PENDING, ~Q(error=""), created_at__lt=timezone.now() - BACKLOG_AGE)


def waiting() -> dict[str, str]:
    """Whether inbox and outbox keep up: "ok", "backlog", or "parked rows"."""
    old = timezone.now() - BACKLOG_AGE
    late = InboundDelivery.objects.filter(state=InboundDelivery.State.NEW, received_at__lt=old).exists()
    stuck = Message.objects.filter(state=Message.State.NEW, received_at__lt=old).exists()
    parked = InboundDelivery.objects.filter(state=InboundDelivery.State.PARKED).exists()
    return {
        "inbox": "backlog" if late or stuck else "parked rows" if parked else "ok",
        "outbox": "backlog" if unsent().exists() or refused().exists() else "ok",
    }


def broker() -> str:
    """ "ok", or the type of the broker's error; waits a second at most."""
    return broker_address.trouble(settings.BROKER_URL) or "ok"


def broker_memory() -> float:
    """How much of the memory that it may take the broker has; 0 without a limit, NaN where it does not say."""
    return broker_address.memory(settings.BROKER_URL)
