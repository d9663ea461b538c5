"""Who hurts the line, each as long as its context lasts: bounded, from this machine, against this machine."""

import contextlib
import http.client
import itertools
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from typing_extensions import override

from bench import hostile_bodies
from bench.line_product import Product
from bench.line_world import Graph, in_words
from tests.chaos.instance import ROOT
from tests.whatsapp import wire
from tests.whatsapp.meta import Answer

SLOW = 500  # connections
UNSIGNED, WRONG_KEYS = 150, 50  # requests a second
SIGN_INS = 20  # wrong passwords a second, each to another name
LONG = 5  # texts of 65,536 letters a second
PARTNERS = 5
DRIPPING = 1  # photos a second
DRIP = 0.5  # seconds between two bytes


class Dripper:
    """A server that begins its answer and then says a byte every half second, to whoever asks, for ever."""

    def __init__(self, opening: bytes) -> None:
        self._opening, self._stop = opening, threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._thread = threading.Thread(target=self._serve)
        self.asked = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> "Dripper":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._server.close()

    def _serve(self) -> None:
        self._server.settimeout(DRIP)
        held: list[socket.socket] = []
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._server.accept()
                connection.recv(65_536)
                connection.sendall(self._opening)
                connection.setblocking(False)
                held.append(connection)
                self.asked += 1
            for each in list(held):
                try:
                    each.send(b"a")
                except OSError:
                    each.close()
                    held.remove(each)
        for each in held:
            each.close()


FILE = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 900000\r\n\r\n"


class SlowFiles(Graph):
    """Knows of files that are said to lie on a host which lets them drip."""

    def __init__(self, media: "Dripper") -> None:
        self._media = media
        super().__init__()

    @override
    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        name = path.partition("?")[0].rsplit("/", 1)[-1]
        if method == "GET" and name.startswith("drip"):
            where = f"http://{self._media.host}/{name}"
            return Answer(json={"url": where, "mime_type": "image/jpeg", "sha256": "0" * 64})
        return super()._answer(method, path, body)


@contextlib.contextmanager
def stand_in(media: "Dripper") -> Iterator[Graph]:
    graph = SlowFiles(media)
    try:
        yield graph
    finally:
        graph.stop()


class _SlowConnections:
    """Half of them begin a delivery, half a request of the open interface; who is shut out comes again."""

    def __init__(self, port: int, many: int) -> None:
        self._port = port
        self._opened = [self._begin(place) for place in range(many)]

    def _begin(self, place: int) -> socket.socket:
        path = ("/whatsapp/webhook/", "/open311/v2/requests.json")[place % 2]
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 4000"
        connection = socket.create_connection(("127.0.0.1", self._port), 5)
        connection.sendall(f"{head}\r\n\r\n".encode())
        connection.setblocking(False)
        return connection

    def drip(self) -> None:
        """A byte more of each."""
        for place, each in enumerate(self._opened):
            if not self._is_open(each):
                each.close()
                with contextlib.suppress(OSError):
                    self._opened[place] = self._begin(place)

    def _is_open(self, connection: socket.socket) -> bool:
        try:
            connection.send(b"a")
            connection.recv(1024)  # an answer, or its end
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        for each in self._opened:
            each.close()


@contextlib.contextmanager
def slow_connections(product: Product) -> Iterator[None]:
    with (
        contextlib.closing(_SlowConnections(product.instance.port, SLOW)) as slow,
        _beside(slow.drip, 1, threads=1),
    ):
        yield


@contextlib.contextmanager
def flood(product: Product) -> Iterator[None]:
    body = in_words(0)
    wrong = {"X-Hub-Signature-256": wire.sign(body, "another secret"), "Content-Type": "application/json"}
    key = {"Authorization": "Bearer no-such-key"}
    with (
        _beside(lambda: _asked(product, "POST", "/whatsapp/webhook/", body, wrong), UNSIGNED, threads=4),
        _beside(lambda: _asked(product, "GET", "/api/v1/tickets/", None, key), WRONG_KEYS, threads=2),
    ):
        yield


def _asked(product: Product, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", product.instance.port, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        connection.getresponse().read()


@contextlib.contextmanager
def sign_ins(product: Product) -> Iterator[None]:
    """Somebody without an account floods the form of the sign-in, each time with another name."""
    numbers, token = itertools.count(), "a" * 32
    form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token}"}

    def one() -> None:
        typed = {"csrfmiddlewaretoken": token, "username": f"kimse-{next(numbers)}", "password": "not-it"}
        _asked(product, "POST", "/admin/login/", urlencode(typed).encode(), form)

    with _beside(one, SIGN_INS, threads=8):
        yield


@contextlib.contextmanager
def long_texts(product: Product) -> Iterator[None]:
    numbers = itertools.count()

    def one() -> None:
        number = next(numbers)
        who = wire.Person("Uzun Yazan", f"90534{number % 50:07d}", f"TR.8{number % 50:09d}")
        product.webhook.post(wire.said(wire.text(who, hostile_bodies.long_text(number)), by=who))

    with _beside(one, LONG, threads=2):
        yield


@contextlib.contextmanager
def partners(product: Product, partner: Dripper) -> Iterator[None]:
    made = "\n".join(
        f"Webhook.objects.create(name='Damlayan {number}', url='http://{partner.host}/{number}')"
        for number in range(PARTNERS)
    )
    _shell(product, f"from tickets.api_clients.models.clients import Webhook\n{made}")
    try:
        yield
        if not partner.asked:
            raise RuntimeError("no partner was called")
    finally:
        _shell(
            product, "from tickets.api_clients.models.clients import Webhook\nWebhook.objects.all().delete()"
        )


def _shell(product: Product, code: str) -> None:
    command = [str(ROOT / "bin" / "manage"), "--data", str(product.data), "shell", "-c", code]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def dripping_photos(product: Product) -> Iterator[None]:
    numbers = itertools.count()

    def one() -> None:
        number = next(numbers)
        who = wire.Person("Damlatan", f"90535{number:07d}", f"TR.7{number:09d}")
        product.webhook.post(wire.said(wire.photo(who, f"drip{number}", "Alpaslan mahallesi çukur"), by=who))

    with _beside(one, DRIPPING, threads=1):
        yield


@contextlib.contextmanager
def _beside(what: Callable[[], None], a_second: float, threads: int) -> Iterator[None]:
    """Does it so often, by so many threads, or as often as it is done with."""
    stop = threading.Event()

    def repeat() -> None:
        due = time.monotonic()
        while not stop.is_set():
            with contextlib.suppress(
                OSError, http.client.HTTPException
            ):  # refused: that is what the line may do
                what()
            due = max(due + threads / a_second, time.monotonic() - 1)
            stop.wait(max(0.0, due - time.monotonic()))

    each = [threading.Thread(target=repeat) for _ in range(threads)]
    for thread in each:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in each:
            thread.join()
