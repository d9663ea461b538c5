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
from typing import Any, ClassVar

import pytest
from django.db import connections
from waitress.adjustments import Adjustments

from melikgazi.web import pulse
from melikgazi.web import server as web
from tests.chaos.instance import free_port
from tests.timeouts import PATIENCE
from tests.tooling.trial import ROOT, eventually
from tests.whatsapp import wire
from tooling.processes import children
from whatsapp.models import InboundDelivery

pytestmark = pytest.mark.slow

WEBHOOK = "/whatsapp/webhook/"
SOON = 10.0  # seconds


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    """Of a server with as many threads as one process has in production."""
    application = web.load(1)

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
    server.pulse = pulse
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


def test_a_pulse_without_news_is_answered_though_all_threads_are_busy() -> None:
    """And a connection goes on after it; what has news goes the way of all requests."""
    free = threading.Event()

    def application(environ: Any, start: Any) -> list[bytes]:
        free.wait(PATIENCE)
        start("200 OK", [("Content-Length", "4")])
        return [b"news"]

    class Pulse:
        PATH = "/admin/nabiz/"
        asked: ClassVar[list[tuple[str, str]]] = []

        @classmethod
        def is_unchanged(cls, token: str, query: str) -> bool:
            cls.asked.append((token, query))
            return query == "damga=old"

        unchanged = staticmethod(pulse.unchanged)

    listening = socket.create_server(("127.0.0.1", 0))
    adjustments = Adjustments(threads=1, sockets=[listening], **web.OPTIONS)
    server = web.Server(application, _sock=listening, adj=adjustments, bind_socket=False)
    server.pulse = Pulse
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    port = listening.getsockname()[1]
    busy = connected(port, b"GET /slow/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        for _ in range(2):
            connection.request("GET", "/admin/nabiz/?damga=old", headers={"X-Pulse-Token": "t"})
            answer = connection.getresponse()
            assert (answer.status, answer.read(), answer.headers["Cache-Control"]) == (204, b"", "no-store")
        assert Pulse.asked == [("t", "damga=old")] * 2
        connection.request("GET", "/admin/nabiz/?damga=older")
        free.set()
        assert connection.getresponse().read() == b"news"
    finally:
        connection.close()
        busy.close()
        free.set()
        server.drain()
        thread.join(SOON)
        server.asyncore.close_all(server._map)


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


def test_more_silent_connections_than_it_takes_hold_nobody_up() -> None:
    """Those that have said nothing for longest make room; who asks is answered."""
    listening = socket.create_server(("127.0.0.1", 0))
    adjustments = Adjustments(threads=4, sockets=[listening], **web.OPTIONS | {"connection_limit": 40})
    server = web.Server(said_well, _sock=listening, adj=adjustments, bind_socket=False)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    port = listening.getsockname()[1]
    talking = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON)
    silent: list[socket.socket] = []
    try:
        for _ in range(4):
            silent += [connected(port) for _ in range(40)]
            talking.request("GET", "/")
            assert talking.getresponse().read() == b"well"
            assert asked(port, "GET", "/") == 200
    finally:
        talking.close()
        for each in silent:
            each.close()
        server.drain()
        thread.join(SOON)
        server.asyncore.close_all(server._map)


def said_well(_environ: Any, start: Any) -> list[bytes]:
    start("200 OK", [("Content-Length", "4")])
    return [b"well"]


def test_who_never_asks_anything_is_cut_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SILENT_SECONDS", 1.0)
    silent = connected(port)
    assert silent.recv(1) == b""  # its end
    silent.close()


@pytest.mark.parametrize("files", [256, 1024, 8192, 1_048_576])
def test_a_process_takes_fewer_connections_than_it_can_hold(files: int) -> None:
    taken = web.most_connections(files)
    assert 0 < taken <= web.CONNECTIONS
    assert taken * web.FILES_OF_ONE < files


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


@pytest.mark.parametrize("line", ["GET /api/v1/tickets/?created_after=dün HTTP/1.1", "GET / HTTP/9.9", "GET"])
def test_a_first_line_that_means_nothing_is_refused_and_not_hung_up_on(port: int, line: str) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as asking:
        asking.sendall(line.encode() + b"\r\nHost: localhost\r\n\r\n")
        assert asking.recv(200).startswith(b"HTTP/1.")


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
import os, socket, sys, time
from melikgazi.web import server as web

def slow(environ, start):
    print("begun", flush=True)
    time.sleep(6)
    start("200 OK", [("Content-Length", "4")])
    return [b"done"]

web.load = lambda _processes: slow
web._look_at_tables = lambda: None
listening, (_, ready) = socket.create_server(("127.0.0.1", int(sys.argv[1]))), os.pipe()
sys.argv[1:] = ["--listening", str(listening.detach()), "--ready", str(ready), "--processes", "1"]
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
def process(same_database: None) -> Iterator[subprocess.Popen[bytes]]:
    port = free_port()
    started = subprocess.Popen([sys.executable, "-m", "melikgazi.web", "--port", str(port)], cwd=ROOT)
    started.port = port  # type: ignore[attr-defined]
    yield started
    started.kill()  # the kernel ends all the others with it
    started.wait()


def healthy(process: subprocess.Popen[bytes]) -> bool:
    try:
        return asked(process.port, "GET", "/healthz") == 200  # type: ignore[attr-defined]
    except OSError:
        return False


def test_processes_come_up_come_back_and_end_together(process: subprocess.Popen[bytes]) -> None:
    assert eventually(lambda: len(forks_of(process)) == 2 and healthy(process))
    killed = min(forks_of(process))
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: len(forks_of(process)) == 2 and killed not in forks_of(process))
    assert healthy(process)
    everybody = children(process.pid) | forks_of(process)
    process.terminate()
    assert process.wait(PATIENCE) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in everybody)


def test_a_generation_that_is_killed_takes_its_forks_along_and_comes_back(
    process: subprocess.Popen[bytes],
) -> None:
    assert eventually(lambda: len(forks_of(process)) == 2)
    [generation] = children(process.pid)
    forks = forks_of(process)
    os.kill(generation, signal.SIGKILL)
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in forks))
    assert eventually(lambda: len(forks_of(process)) == 2 and healthy(process))


def test_its_next_version_takes_over_and_every_request_is_answered(process: subprocess.Popen[bytes]) -> None:
    """Those of a proxy, which keeps its connections and sends the next request on one of them."""
    assert eventually(lambda: healthy(process))
    before, stopped, statuses = forks_of(process), threading.Event(), list[int | str]()
    asking = [threading.Thread(target=ask_on, args=(process, stopped, statuses)) for _ in range(5)]
    for thread in asking:
        thread.start()
    process.send_signal(signal.SIGHUP)
    exchanged = eventually(lambda: len(forks_of(process)) == 2 and not before & forks_of(process))
    stopped.set()
    for thread in asking:
        thread.join(PATIENCE)
    assert exchanged
    assert len(statuses) > 5
    assert set(statuses) == {200}


def ask_on(process: subprocess.Popen[bytes], stopped: threading.Event, statuses: list[int | str]) -> None:
    """Ten requests a second on one connection, and on another once the server closes it."""
    connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=PATIENCE)  # type: ignore[attr-defined]
    while not stopped.wait(0.1):
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        except OSError as error:
            statuses.append(repr(error))
            connection.close()
    connection.close()


def forks_of(process: subprocess.Popen[bytes]) -> set[int]:
    """The serving processes of all its generations."""
    return {fork for generation in children(process.pid) for fork in children(generation)}
