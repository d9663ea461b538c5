"""The web's entry. Webhook and pulse have lanes of their own: no session, no CSRF, no static files before them.

Every request is counted with its time until the answer could begin to leave (melikgazi/web/request_counters.py). It
has the number that the proxy gave it, or gets one, which every line of its log and the row of a delivery have, too.
"""

import os
import re
import time
from collections.abc import Callable, Iterable
from typing import Any, cast
from uuid import uuid4
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from typing_extensions import override

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "melikgazi.settings")

get_wsgi_application()

from melikgazi.web import pulse  # noqa: E402 - models exist only once Django is set up
from melikgazi.web import request_counters as http_figures  # noqa: E402 - the same
from whatsapp import log_fields  # noqa: E402 - the same
from whatsapp.webhook.views import webhook  # noqa: E402 - the same

WEBHOOK = "/whatsapp/webhook/"
_ROUTE = "melikgazi.route"  # where a request's environment says which address answered
_REQUEST_ID = "HTTP_X_REQUEST_ID"
# Of every answer. What an answer allows beyond this it says itself.
_SECURE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "same-origin"),
)
_NUMBER = re.compile(r"[0-9A-Za-z-]{16,64}")


class SiteHandler(WSGIHandler):
    """Django's own, that says which address answered."""

    @override
    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        response = super().get_response(request)
        if request.resolver_match is not None:
            request.META[_ROUTE] = request.resolver_match.view_name
        return response


class WebhookHandler(WSGIHandler):
    """One view without middleware: what Meta signs needs none, and at its rate each one is felt."""

    @override
    def load_middleware(self, is_async: bool = False) -> None:
        self._answer = cast("Callable[[HttpRequest], HttpResponse]", convert_exception_to_response(webhook))

    @override
    def get_response(self, request: HttpRequest) -> HttpResponse:
        response = self._answer(request)
        response.headers["Content-Length"] = str(len(response.content))  # else the server sends chunks
        return response


_site: WSGIApplication = SiteHandler()
_LANES: dict[str, tuple[WSGIApplication, str]] = {
    WEBHOOK: (WebhookHandler(), http_figures.WEBHOOK),
    pulse.PATH: (pulse.pulse, http_figures.PULSE),
}


def _secured(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of an answer, with those for security that it does not set itself. Middleware sets those of the site;
    the other lanes have none.
    """
    known = {name.lower() for name, _ in headers}
    return headers + [(name, value) for name, value in _SECURE if name.lower() not in known]


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """WSGI."""
    lane, route = _LANES.get(environ["PATH_INFO"], (_site, ""))
    environ[_REQUEST_ID] = number = _number(environ)
    begin, status = time.perf_counter(), 500  # of one that fails before it has said any

    def start(said: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        nonlocal status
        status = int(said[:3])
        return start_response(said, _secured(headers), *rest)

    try:
        with log_fields.bind(request=number):
            return lane(environ, start)
    finally:
        http_figures.current().add(route or _route(environ), status, time.perf_counter() - begin)


def _route(environ: WSGIEnvironment) -> str:
    """The name of the address, or what there is to say of a request that none has answered."""
    is_file = environ["PATH_INFO"].startswith(settings.STATIC_URL)
    return str(environ.get(_ROUTE) or (http_figures.STATIC if is_file else http_figures.UNKNOWN))


def _number(environ: WSGIEnvironment) -> str:
    """What our proxies overwrite; whoever else reaches us may say it, as long as it is nothing but a number."""
    given = str(environ.get(_REQUEST_ID, ""))
    return given if _NUMBER.fullmatch(given) else uuid4().hex
