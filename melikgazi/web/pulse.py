"""Whether anything has changed, answered beside Django: no request object, session, sign-in or access log before it.

It shows of nobody more than which colleague has which talk open, and that only to whoever holds a token that the back
office gave to a signed-in page (tickets/desk/pulse.py).
"""

import time
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from django.db import DatabaseError, close_old_connections, connection

from melikgazi.web import request_counters
from tickets.desk.pulse import WATCH, OpenPage

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


def is_unchanged(token: str, query: str) -> bool:
    """Whether the answer is 204, as far as that is known without asking the database or waiting for anybody: for the
    thread of the web server that reads all connections (melikgazi/web/server.py). It is counted as any other.
    """
    begin = time.perf_counter()
    seen, page = _asked(query)
    listener, stamp = WATCH.known(token, page)
    if listener is None or not seen or seen != stamp:
        return False
    WATCH.keep_open(listener, page)
    request_counters.current().add(request_counters.PULSE, HTTPStatus.NO_CONTENT, time.perf_counter() - begin)
    return True


def unchanged() -> bytes:
    """The whole answer then."""
    lines = [*_HEADERS, ("Date", formatdate(usegmt=True))]
    said = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return f"HTTP/1.1 204 No Content\r\n{said}\r\n".encode("ascii")


def _answer(environ: WSGIEnvironment) -> tuple[HTTPStatus, bytes]:
    if not connection.in_atomic_block:  # but for tests, as Django does before each of its requests
        close_old_connections()
    listener = WATCH.listener(environ.get(TOKEN_HEADER, ""))
    if listener is None:
        return HTTPStatus.FORBIDDEN, b""
    seen, page = _asked(environ.get("QUERY_STRING", ""))
    WATCH.keep_open(listener, page)
    state = WATCH.state()
    if seen == state.stamp(listener, page):
        return HTTPStatus.NO_CONTENT, b""
    return HTTPStatus.OK, state.body(listener, page)


def _asked(query: str) -> tuple[str, OpenPage]:
    """The stamp that was seen, and what the page has open."""
    given = parse_qs(query)
    return given.get("damga", [""])[-1], OpenPage.said(given.get("acik", [""])[-1])
