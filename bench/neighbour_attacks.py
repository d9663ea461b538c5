"""Who asks for much: each as long as its context lasts, bounded in count and time, against this machine alone."""

import contextlib
import http.client
import itertools
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench import line_photos
from bench.line_product import Product
from tests.whatsapp import wire

TWICE, A_FIFTH = 2.0, 1.2  # how much longer others may wait
MANY, EIGHT = 1_600, 8
ALLOWED = "abcçdefgğhıijklm"  # a search of as many words as one may have
REFUSED_PAUSE = 0.1  # seconds: who is refused, sent back or told to wait comes again
AT_MOST = 120.0  # seconds, whatever becomes of who called it


@dataclass
class Target:
    """The line that is attacked, and what the attackers have: a key, a colleague's session, a public category."""

    product: Product
    key: str
    category: str
    cookie: str
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def with_key(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.key}"}

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> int:
        """The status of the answer, read to its end; 0 for none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.product.instance.port, timeout=60)
        status = 0
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request(method, path, body, {"Host": "localhost"} | (headers or {}))
            answer = connection.getresponse()
            while answer.read(1 << 20):
                pass
            status = answer.status
        self.answers[str(status or "no answer")] += 1
        return status

    def take_answers(self) -> Counter[str]:
        taken, self.answers = self.answers, Counter()
        return taken


def session_of(shell: Callable[[str], str], username: str) -> str:
    """The cookie of somebody who is signed in."""
    code = f"""
import time
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from departments.staff.sessions import AUTHENTICATED
client = Client()
client.force_login(User.objects.get(username="{username}"))
session = client.session
session[AUTHENTICATED] = int(time.time())
session.save()
print(f"{{settings.SESSION_COOKIE_NAME}}={{client.cookies[settings.SESSION_COOKIE_NAME].value}}")
"""
    return shell(code).strip()


@dataclass(frozen=True)
class Attack:
    name: str
    on: Callable[[Target], AbstractContextManager[object]]
    bar: float | None = A_FIFTH  # None: it is told, and nothing is asked of it


@contextlib.contextmanager
def _repeated(what: Callable[[], object], threads: int, every: float = 0.0) -> Iterator[None]:
    """Each thread does it again and again: every so many seconds, or as soon as it is done."""
    stop, end = threading.Event(), time.monotonic() + AT_MOST

    def repeat() -> None:
        while not stop.is_set() and time.monotonic() < end:
            begin = time.monotonic()
            with contextlib.suppress(OSError, http.client.HTTPException, RuntimeError):
                what()
            stop.wait(max(0.0, begin + every - time.monotonic()))

    each = [threading.Thread(target=repeat) for _ in range(threads)]
    for thread in each:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in each:
            thread.join()


def _calls(
    path: Callable[[Target], str], threads: int = EIGHT, *, keyed: bool = True, signed_in: bool = False
):
    """Calls of one address by so many at once; who is refused comes again a little later."""

    def on(target: Target) -> AbstractContextManager[None]:
        headers = {"Cookie": target.cookie} if signed_in else target.with_key if keyed else {}

        def one() -> None:
            if target.ask("GET", path(target), headers=headers) != 200:
                time.sleep(REFUSED_PAUSE)

        return _repeated(one, threads)

    return on


def _search(words: list[str]) -> str:
    return "/api/v1/tickets/?" + urlencode({"q": " ".join(words)})


def _sign_ins(target: Target) -> AbstractContextManager[None]:
    names, token = itertools.count(), "a" * 32
    form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token}"}

    def one() -> None:
        typed = {"csrfmiddlewaretoken": token, "username": f"kimse-{next(names)}", "password": "not-it"}
        target.ask("POST", "/admin/login/", urlencode(typed).encode(), form)

    return _repeated(one, threads=EIGHT, every=EIGHT / 156)  # 3,900 in 25 s


class _Silent:
    """So many connections on which nothing is said; who is shut out comes again."""

    def __init__(self, port: int, many: int) -> None:
        self._at = ("127.0.0.1", port)
        self._open = [self._connect() for _ in range(many)]

    def _connect(self) -> socket.socket:
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(self._at)
        return connection

    def renew(self) -> None:
        for place, each in enumerate(self._open):
            try:
                ended = each.recv(1) == b""
            except BlockingIOError:
                continue
            except OSError:
                ended = True
            if ended:
                each.close()
                self._open[place] = self._connect()

    def close(self) -> None:
        for each in self._open:
            each.close()


def _silent(many: int) -> Callable[[Target], AbstractContextManager[None]]:
    @contextlib.contextmanager
    def on(target: Target) -> Iterator[None]:
        with (
            contextlib.closing(_Silent(target.product.instance.port, many)) as silent,
            _repeated(silent.renew, 1, 1.0),
        ):
            yield

    return on


def _statuses(target: Target) -> AbstractContextManager[None]:
    numbers = itertools.count()

    def one() -> None:
        for _ in range(10):
            said = [wire.status(f"wamid.UNKNOWN{next(numbers)}", "delivered") for _ in range(200)]
            target.product.webhook.post(wire.dump(wire.envelope(wire.value(statuses=said))))

    return _repeated(one, threads=1, every=4.0)


_strangers = itertools.count(6_000_000)


def _by_stranger(target: Target, message: Callable[..., dict[str, object]], *said: str) -> None:
    number = next(_strangers)
    who = wire.Person("Yabancı", f"90533{number:07d}", f"TR.{number:010d}")
    target.product.webhook.post(wire.said(message(who, *said, at=int(time.time())), by=who))


def _many_strangers(said: str) -> Callable[[Target], AbstractContextManager[None]]:
    """Two hundred of them every five seconds."""

    def on(target: Target) -> AbstractContextManager[None]:
        def one() -> None:
            for _ in range(50):
                _by_stranger(target, wire.text, said)

        return _repeated(one, threads=4, every=5.0)

    return on


def _photos(target: Target) -> AbstractContextManager[None]:
    photo, numbers = line_photos.taken(), itertools.count()

    def one() -> None:
        name = f"loud{next(numbers)}"
        target.product.graph.files[name] = photo
        _by_stranger(target, wire.photo, name, "Alpaslan mahallesi çukur")

    return _repeated(one, threads=2, every=0.2)


def _unsigned(target: Target) -> AbstractContextManager[None]:
    body = b"a" * (1 << 20)
    headers = {"X-Hub-Signature-256": wire.sign(body, "another secret"), "Content-Type": "application/json"}
    return _repeated(lambda: target.ask("POST", "/whatsapp/webhook/", body, headers), threads=4, every=0.2)


def _unfolding(target: Target) -> AbstractContextManager[None]:
    six = [
        wire.Person(f"Katlayan {number}", f"90534{number:07d}", f"TR.7{number:09d}") for number in range(6)
    ]

    def one() -> None:
        for who in six:
            target.product.webhook.post(
                wire.said(wire.text(who, "\ufdfa" * 4_096, at=int(time.time())), by=who)
            )

    return _repeated(one, threads=1, every=0.5)


def _codes(target: Target) -> str:
    return "/open311/v2/requests.json?service_code=" + ",".join([target.category] * 800)


LIST = "/api/v1/tickets/?page_size=500&count=exact"
ATTACKS = (
    Attack("exports", _calls(lambda _: "/api/v1/tickets/?format=xlsx"), TWICE),
    Attack("exports-csv", _calls(lambda _: "/api/v1/tickets/?format=csv"), TWICE),
    Attack(
        "desk-exports", _calls(lambda _: "/admin/tickets/ticket/export/?form=xlsx", signed_in=True), TWICE
    ),
    Attack("searches", _calls(lambda _: _search([f"kelime{each}" for each in range(MANY)])), TWICE),
    Attack("searches-allowed", _calls(lambda _: _search([f"{each}o" for each in ALLOWED])), TWICE),
    Attack("open311-codes", _calls(_codes, keyed=False), TWICE),
    Attack(
        "reports", _calls(lambda _: "/api/v1/reports/categories/?from=2020-01-01&compare=last_year"), TWICE
    ),
    Attack("lists", _calls(lambda _: LIST), TWICE),
    Attack("lists-of-1000", _calls(lambda _: "/open311/v2/requests.json?page_size=1000", keyed=False)),
    Attack("sign-ins", _sign_ins),
    Attack("silent-500", _silent(500)),
    Attack("silent-4200", _silent(4_200), TWICE),
    Attack("unknown-statuses", _statuses),
    Attack("strangers", _many_strangers("merhaba")),
    # No attack but a morning of snow: 40 reports a second, of the 55 that two cores can take.
    Attack("reports-of-strangers", _many_strangers("Alpaslan mahallesi yolda çukur var"), None),
    Attack("unsigned-megabytes", _unsigned),
    Attack("unfolding-texts", _unfolding, TWICE),
    Attack("photos", _photos),
)
