"""The site as it is, and at /floor/ the least that a Django view can do with a signed body."""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from typing_extensions import override

from melikgazi.wsgi import application as site
from whatsapp.models import InboundDelivery


def floor(request: HttpRequest) -> HttpResponse:
    """Verifies the HMAC, inserts one row."""
    secret = settings.WHATSAPP_APP_SECRETS[0].encode()
    wanted = "sha256=" + hmac.new(secret, request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, request.headers.get("X-Hub-Signature-256", "")):
        return HttpResponse(status=401)
    InboundDelivery.objects.create(
        body=request.body, received_at=timezone.now(), state=InboundDelivery.State.DONE
    )
    return HttpResponse()


class FloorHandler(WSGIHandler):
    """No middleware at all."""

    @override
    def load_middleware(self, is_async: bool = False) -> None:
        return None

    @override
    def get_response(self, request: HttpRequest) -> HttpResponse:
        response = floor(request)
        response.headers["Content-Length"] = str(len(response.content))
        return response


_floor = FloorHandler()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI."""
    return (_floor if environ["PATH_INFO"] == "/floor/" else site)(environ, start_response)
