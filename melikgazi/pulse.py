"""Whether anything has changed, answered beside Django: no request object, session, sign-in or access log before it.

It shows of nobody more than which colleague has which talk open, and that only to whoever holds a token that the back
office gave to a signed-in page (tickets/admin/pulse.py).
"""

from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from django.db import DatabaseError, close_old_connections, connection

from tickets.admin.pulse import WATCH

PATH = "/admin/nabiz/"
TOKEN_HEADER = "HTTP_X_PULSE_TOKEN"  # noqa: S105 - no address: those are logged
_HEADERS = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]


def pulse(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """WSGI: 204 while the state is the one that was seen, else the state; 403 without a token, 503 with no database."""
    try:
        status, body = _answer(environ)
    except DatabaseError:
        status, body = HTTPStatus.SERVICE_UNAVAILABLE, b""
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))] if body else []
    start_response(f"{status.value} {status.phrase}", _HEADERS + headers)
    return [body]


def _answer(environ: WSGIEnvironment) -> tuple[HTTPStatus, bytes]:
    if not connection.in_atomic_block:  # but for tests, as Django does before each of its requests
        close_old_connections()
    listener = WATCH.listener(environ.get(TOKEN_HEADER, ""))
    if listener is None:
        return HTTPStatus.FORBIDDEN, b""
    state = WATCH.state()
    if parse_qs(environ.get("QUERY_STRING", "")).get("damga") == [state.stamp(listener)]:
        return HTTPStatus.NO_CONTENT, b""
    return HTTPStatus.OK, state.body(listener)
