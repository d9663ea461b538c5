"""The web's entry. Webhook and pulse have lanes of their own: no session, no CSRF, no static files before them."""

import os
from collections.abc import Callable, Iterable
from typing import cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from typing_extensions import override

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "melikgazi.settings")

_site = get_wsgi_application()

from melikgazi import pulse  # noqa: E402 - models exist only once Django is set up
from whatsapp.webhook.views import webhook  # noqa: E402 - the same

WEBHOOK = "/whatsapp/webhook/"


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


_LANES: dict[str, WSGIApplication] = {WEBHOOK: WebhookHandler(), pulse.PATH: pulse.pulse}


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """WSGI."""
    return _LANES.get(environ["PATH_INFO"], _site)(environ, start_response)
