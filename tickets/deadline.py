"""A limit on how long one HTTP call takes as a whole.

`requests` limits the time between two bytes alone: a server that lets them drip could hold a worker for ever.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

_in_use: ContextVar[list[HTTPConnection] | None] = ContextVar("in_use", default=None)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Cuts the connections of the calls inside when the time is over; those fail as any whose connection broke."""
    connections: list[HTTPConnection] = []
    token = _in_use.set(connections)
    timer = threading.Timer(seconds, _cut, [connections])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        _in_use.reset(token)


def _cut(connections: list[HTTPConnection]) -> None:
    for connection in connections:
        if isinstance(connection.sock, socket.socket):
            with suppress(OSError):  # it ended by itself meanwhile
                connection.sock.shutdown(socket.SHUT_RDWR)


def _watch(connection: HTTPConnection) -> None:
    connections = _in_use.get()
    if connections is not None:
        connections.append(connection)


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
