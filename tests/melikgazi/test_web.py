"""The web server: whoever is silent, slow or endless holds a connection, and nobody else up."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from waitress.adjustments import Adjustments

from melikgazi import web
from tests.chaos.instance import free_port
from tests.patience import PATIENCE
from tests.tooling.trial import ROOT, eventually
from tests.whatsapp import wire
from tooling.processes import children
from whatsapp.models import InboundDelivery

WEBHOOK = "/whatsapp/webhook/"
SOON = 10.0  # seconds


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    """Of a server with as many threads as one process has in production."""
    application = web.load()

    def closing(*request: Any) -> list[bytes]:
        """As the application, but no thread keeps its connection to a database that is to go."""
        try:
            return list(application(*request))
        finally:
            connections.close_all()

    listening = socket.create_server(("127.0.0.1", 0))
    options = {**web.OPTIONS, "cleanup_interval": 1}
    adjustments = Adjustments(threads=4, sockets=[listening], **options)
    server = web.Server(closing, _sock=listening, adj=adjustments, bind_socket=False)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.drain()
    thread.join(SOON)
    for each in list(server.active_channels.values()):
        each.handle_close()  # lets go of the file of a body that never came whole
    server.asyncore.close_all(server._map)


def connected(port: int, *sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=SOON)
    for piece in sent:
        connection.sendall(piece)
    return connection


def asked(port: int, method: str, path: str, body: object = None, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON)
    try:
        chunked = headers.get("Transfer-Encoding") == "chunked"
        connection.request(method, path, body, headers, encode_chunked=chunked)  # type: ignore[arg-type]
        return connection.getresponse().status
    finally:
        connection.close()


HEADERS = f"POST {WEBHOOK} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n".encode()


def test_silent_connections_hold_nobody_up(port: int) -> None:
    body = wire.said(wire.text(wire.AYSE, "yolda çukur var"))
    slow = [connected(port, HEADERS, b"\r\n", b"{") for _ in range(60)]
    slow += [connected(port, HEADERS) for _ in range(60)]
    slow += [connected(port) for _ in range(60)]
    assert asked(port, "GET", "/readyz") == 200
    assert asked(port, "POST", WEBHOOK, body, **{"X-Hub-Signature-256": wire.sign(body)}) == 200
    for connection in slow:
        connection.close()


def test_a_body_in_chunks_is_read_as_any_other(port: int) -> None:
    body = wire.said(wire.text(wire.AYSE, "yolda çukur var"))
    pieces = (body[at : at + 50] for at in range(0, len(body), 50))
    headers = {"Transfer-Encoding": "chunked", "X-Hub-Signature-256": wire.sign(body)}
    assert asked(port, "POST", WEBHOOK, pieces, **headers) == 200
    assert bytes(InboundDelivery.objects.get().body) == body


def test_who_takes_longer_than_a_request_may_is_cut_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "READ_SECONDS", 1.0)
    dripping = connected(port, HEADERS, b"\r\n")
    assert eventually(lambda: is_cut_off(dripping))
    dripping.close()


def is_cut_off(connection: socket.socket) -> bool:
    """After one more byte."""
    try:
        connection.sendall(b" ")
    except OSError:
        return True
    return False


@pytest.mark.parametrize(
    ("path", "most"),
    [(WEBHOOK, web.LONGEST), ("/admin/login/", web.LONGEST_WITH_FILES), ("/nowhere/", web.LONGEST)],
)
def test_a_body_longer_than_its_address_takes_is_refused_before_it_is_read(
    port: int, path: str, most: int
) -> None:
    header = HEADERS.replace(WEBHOOK.encode(), path.encode())
    for size, is_refused in ((most + 1, True), (most, False)):
        asking = connected(port, header.replace(b"100000", str(size).encode()), b"\r\n")
        asking.settimeout(1)
        with contextlib.suppress(TimeoutError):
            assert (b" 413 " in asking.recv(200)) is is_refused
        asking.close()


def test_a_length_of_thousands_of_digits_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as asking:
        asking.sendall(HEADERS.replace(b"100000", b"9" * 5000) + b"\r\n")
        assert b" 400 " in asking.recv(200)


def test_bodies_that_nobody_ends_do_not_fill_the_disk(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "BODIES", 10 * web.IN_MEMORY)
    piece = b"a" * (2 * web.IN_MEMORY)
    endless = []
    for _ in range(8):
        endless.append(connected(port, HEADERS.replace(b"100000", b"4000000"), b"\r\n", piece))
        time.sleep(0.01)  # the order in which they began
    assert eventually(lambda: is_cut_off(endless[0]))
    assert not is_cut_off(endless[-1])
    body = wire.said(wire.text(wire.AYSE, "yolda çukur var"))
    assert asked(port, "POST", WEBHOOK, body, **{"X-Hub-Signature-256": wire.sign(body)}) == 200
    for each in endless:
        each.close()


SLOW = """
import sys, time
from melikgazi import web

def slow(environ, start):
    print("begun", flush=True)
    time.sleep(6)
    start("200 OK", [("Content-Length", "4")])
    return [b"done"]

web.load = lambda: slow
sys.argv[1:] = ["--port", sys.argv[1], "--processes", "1"]
web.main()
"""


@pytest.mark.parametrize("everybody", [False, True], ids=["the parent is asked", "all are asked"])
def test_what_was_asked_is_answered_before_it_stops(everybody: bool) -> None:
    """Longer than waitress itself waits; and a supervisor may ask each process, and the parent again."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(port)], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    assert eventually(lambda: is_open(port))
    asking = connected(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert process.stdout.readline() == b"begun\n"
    for pid in [process.pid, *(children(process.pid) if everybody else ())]:
        os.kill(pid, signal.SIGTERM)
    asking.settimeout(PATIENCE)
    assert b"".join(iter(lambda: asking.recv(100), b"")).endswith(b"done")
    assert process.wait(PATIENCE) == 0
    asking.close()
    process.stdout.close()


def is_open(port: int) -> bool:
    try:
        connected(port).close()
    except OSError:
        return False
    return True


# --- its processes -------------------------------------------------------------------------------------------
@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    port = free_port()
    started = subprocess.Popen([sys.executable, "-m", "melikgazi.web", "--port", str(port)], cwd=ROOT)
    started.port = port  # type: ignore[attr-defined]
    yield started
    for pid in children(started.pid):
        os.kill(pid, signal.SIGKILL)
    started.kill()
    started.wait()


def healthy(process: subprocess.Popen[bytes]) -> bool:
    try:
        return asked(process.port, "GET", "/healthz") == 200  # type: ignore[attr-defined]
    except OSError:
        return False


def test_processes_come_up_come_back_and_end_together(process: subprocess.Popen[bytes]) -> None:
    assert eventually(lambda: len(children(process.pid)) == 2 and healthy(process))
    killed = min(children(process.pid))
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: len(children(process.pid)) == 2 and killed not in children(process.pid))
    assert healthy(process)
    forks = children(process.pid)
    process.terminate()
    assert process.wait(PATIENCE) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in forks)
