"""A limit on how long one HTTP call takes as a whole, and the call that tells another system something within it.

`requests` limits the time between two bytes alone: a server that lets them drip could hold a worker for ever.
"""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Connections(list[HTTPConnection]):
    """Those that the calls inside one `at_most` use, whether they were cut, and when their time is over."""

    over = False
    due = float("inf")


_in_use: ContextVar[_Connections | None] = ContextVar("in_use", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Cuts the connections of the calls inside when the time is over; those fail as any whose connection broke,
    and so does whatever is begun after that.

    Inside another one the outer one's time holds.
    """
    if _in_use.get() is not None:
        yield
        return
    connections = _Connections()
    connections.due = time.monotonic() + seconds
    token = _in_use.set(connections)
    watched = _watchdog.watch(connections)
    try:
        yield
    finally:
        _watchdog.leave(watched)
        _in_use.reset(token)


class _Watchdog:
    """One thread a process, which sleeps until the first of the calls on their way would have to be cut."""

    def __init__(self) -> None:
        self._calls: dict[object, tuple[float, _Connections]] = {}
        self._changed = threading.Condition()
        self._wakes_at = float("inf")
        self._thread: threading.Thread | None = None

    def watch(self, connections: _Connections) -> object:
        """Cuts these connections when they are due, unless what is returned is given to `leave` before."""
        call, due = object(), connections.due
        with self._changed:
            self._calls[call] = (due, connections)
            if self._thread is None or not self._thread.is_alive():  # not yet, or not in this forked process
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            if due < self._wakes_at:
                self._changed.notify()
        return call

    def leave(self, call: object) -> None:
        with self._changed:
            self._calls.pop(call, None)

    def _run(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                over = [call for call, (due, _) in self._calls.items() if due <= now]
                cut = [self._calls.pop(call)[1] for call in over]
                if not cut:
                    self._wakes_at = min((due for due, _ in self._calls.values()), default=float("inf"))
                    self._changed.wait(None if not self._calls else self._wakes_at - now)
                    continue
            for connections in cut:
                _cut(connections)


_watchdog = _Watchdog()


def _cut(connections: _Connections) -> None:
    connections.over = True
    for connection in connections:
        if isinstance(connection.sock, socket.socket):
            with suppress(OSError):  # it ended by itself meanwhile
                connection.sock.shutdown(socket.SHUT_RDWR)


def _watch(connection: HTTPConnection) -> None:
    connections = _in_use.get()
    if connections is None:
        return
    connections.append(connection)
    # Also where the process stood still meanwhile, and the thread that cuts has not run yet: nothing leaves late.
    if connections.over or time.monotonic() >= connections.due:
        raise TimeoutError


class _Plain(HTTPConnection):
    @override
    def putrequest(self, *args: Any, **options: Any) -> None:
        _watch(self)
        super().putrequest(*args, **options)


class _Secure(HTTPSConnection):
    @override
    def putrequest(self, *args: Any, **options: Any) -> None:
        _watch(self)
        super().putrequest(*args, **options)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class CutAdapter(HTTPAdapter):
    """For `Session.mount`: `at_most` limits the calls of the session."""

    @override
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


def read_at_most(answer: requests.Response, limit: int) -> requests.Response:
    """The answer, asked for with stream=True, with its body read. Raises requests.RequestException where that is longer
    than `limit` bytes: one without a length could go on for ever.
    """
    body = bytearray()
    for part in answer.iter_content(64 * 1024):
        body += part
        if len(body) > limit:
            answer.close()
            raise requests.exceptions.ContentDecodingError(f"the body is longer than {limit} bytes")
    answer._content = bytes(body)
    return answer


def post_json(
    url: str, body: bytes, headers: Mapping[str, str], *, timeout: tuple[float, float], seconds: float
) -> int:
    """The HTTP status of the answer, of which nothing more is read; no redirect is followed, no proxy asked.

    `timeout`: seconds to connect, and between two bytes of the answer; `seconds`: of the call as a whole. Raises
    requests.RequestException.
    """
    with requests.Session() as session, deadline(seconds):
        session.trust_env = False
        for scheme in ("https://", "http://"):
            session.mount(scheme, CutAdapter())
        answer = session.post(
            url,
            data=body,
            headers={"Content-Type": "application/json", **headers},
            timeout=timeout,
            allow_redirects=False,
            stream=True,
        )
        answer.close()
    return answer.status_code
