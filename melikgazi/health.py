"""Health checks: liveness (/healthz) and readiness (/readyz). Nothing here calls Meta."""

import logging
from datetime import timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from tickets.files import virus_scan
from whatsapp.models import ChannelState, InboundDelivery, Message, Outbox
from whatsapp.number import pace

log = logging.getLogger(__name__)

BACKLOG_AGE = timedelta(minutes=2)


def healthz(_request: HttpRequest) -> HttpResponse:
    """Liveness: 200 as long as the process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(_request: HttpRequest) -> JsonResponse:
    """Readiness: 200 as long as the webhook can store a row, else 503; other problems only make it `degraded`."""
    try:
        checks = _checks()
    except DatabaseError as error:
        connection.close()
        return JsonResponse({"status": "down", "checks": {"database": type(error).__name__}}, status=503)
    wrong = {name: text for name, text in checks.items() if text != "ok"}
    return JsonResponse({"status": "degraded" if wrong else "ok", "checks": {"database": "ok"} | checks})


def _checks() -> dict[str, Any]:
    old = timezone.now() - BACKLOG_AGE
    late = InboundDelivery.objects.filter(state=InboundDelivery.State.NEW, received_at__lt=old).exists()
    stuck = Message.objects.filter(state=Message.State.NEW, received_at__lt=old).exists()
    unsent = Outbox.objects.filter(state__in=Outbox.PENDING, not_before__lt=old).exists()
    parked = InboundDelivery.objects.filter(state=InboundDelivery.State.PARKED).exists()
    channel = pace.current()
    return {
        "broker": broker(),
        "inbox": "backlog" if late or stuck else "parked rows" if parked else "ok",
        "outbox": "backlog" if unsent else "ok",
        "virus_scanner": virus_scan.trouble() or "ok",
        "channel": "ok" if channel.state == ChannelState.State.WORKING else str(channel.state),
    }


def broker() -> str:
    """ "ok", or the type of the broker's error; waits a second at most."""
    url = settings.BROKER_URL.replace("redis+socket://", "unix://")
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
            client.ping()
    except redis.RedisError as error:
        return type(error).__name__
    return "ok"
