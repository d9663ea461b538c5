"""The webhook: verify the raw bytes, store one row, answer 200. Nothing else happens inside the request."""

import logging

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from whatsapp import wakeup
from whatsapp.conversations.models.deliveries import REQUEST_ID_LENGTH, InboundDelivery
from whatsapp.webhook import unsigned
from whatsapp.webhook.signature import is_signed

log = logging.getLogger(__name__)

# Meta's own limit is 3 MB (docs/whatsapp-cloud-api.md, section 1).
BODY_LIMIT = 4 * 1024 * 1024


@csrf_exempt
@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest) -> HttpResponse:
    """GET: Meta's handshake. POST: 200 stored, 401 bad signature, 413 too large, 503 no database (Meta tries again)."""
    return _handshake(request) if request.method == "GET" else _receive(request)


def _handshake(request: HttpRequest) -> HttpResponse:
    token = request.GET.get("hub.verify_token", "")
    known = request.GET.get("hub.mode") == "subscribe" and constant_time_compare(
        token, settings.WHATSAPP_VERIFY_TOKEN
    )
    if not known:
        return HttpResponse(status=403)
    return HttpResponse(request.GET.get("hub.challenge", ""), content_type="text/plain")


def _receive(request: HttpRequest) -> HttpResponse:
    # Read by hand: a chunked body names no length, and Django's own limit would refuse a legal one.
    body = request.read(BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        return HttpResponse(status=413)
    signature = request.headers.get("X-Hub-Signature-256", "")
    if not is_signed(body, signature):
        unsigned.requests.note(signature)
        return HttpResponse(status=401)
    try:
        _store(body, request.headers.get("X-Request-Id", "")[:REQUEST_ID_LENGTH])
    except (OperationalError, InterfaceError) as error:
        log.error("webhook not stored: %s", type(error).__name__)  # noqa: TRY400 - the trace could hold the body
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    wakeup.wake(wakeup.INBOX)
    return HttpResponse()


def _store(body: bytes, request_id: str) -> None:
    """One INSERT. A connection that died since its last use is opened anew, once; a row too many does no harm."""
    # Asking first whether it is alive would be another statement. (The stubs do not know the attribute.)
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        InboundDelivery.objects.keep(body, timezone.now(), request_id)
    except (OperationalError, InterfaceError):
        connection.close()
        InboundDelivery.objects.keep(body, timezone.now(), request_id)
