"""Middleware: answers at once whether anything has changed, before sessions, sign-in and the access log.

It shows of nobody more than which colleague has which talk open, and that only to whoever holds a token that the back
office gave to a signed-in page (tickets/admin/pulse.py).
"""

from collections.abc import Callable
from http import HTTPStatus

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from tickets.admin.pulse import WATCH, told

PATH = "/admin/nabiz/"
TOKEN_HEADER = "X-Pulse-Token"  # noqa: S105 - no address: those are logged
_UNCACHED = {"Cache-Control": "no-store"}


def pulse(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        return _answer(request) if request.path_info == PATH else get_response(request)

    return middleware


def _answer(request: HttpRequest) -> HttpResponse:
    """204 while the state is the one that was seen, else the state; 403 without a token, 503 without a database."""
    try:
        sees = told(request.headers.get(TOKEN_HEADER, ""))
        if sees is None:
            return HttpResponse(status=HTTPStatus.FORBIDDEN, headers=_UNCACHED)
        state = WATCH.state(sees)
    except DatabaseError:
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers=_UNCACHED)
    if request.GET.get("damga") == state.stamp:
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=_UNCACHED)
    return HttpResponse(state.body, content_type="application/json", headers=_UNCACHED)
