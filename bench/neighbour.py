"""How long a quiet citizen, clerk and program wait beside somebody who asks for much, and how long alone.

bin/run in a directory of its own, with a stand-in for the Graph API. Once a second a citizen asks how things stand, a
clerk opens the list of those who wait, a program reads one ticket. Their medians are taken alone, then beside each
attack of neighbour_attacks.py, whose key may ask as often as any new key. The citizen waits at most twice as long, and
for what has always held at most a fifth longer, or is answered before it is felt; what the other two wait is shown.
Afterwards citizens ask until one is answered about as soon as before: within ten seconds.
"""

import contextlib
import http.client
import itertools
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import bodies
from bench.line_product import Product
from bench.line_world import Graph, telephone
from bench.neighbour_attacks import ATTACKS, Attack, Target, session_of
from tests.chaos.instance import INHERITED, ROOT
from tests.whatsapp import wire

TICKETS = 25_000  # so that a file of 20,000 can be asked for
SECONDS, QUICK_SECONDS = 20, 10  # alone, and beside each
PATIENCE = 60.0  # seconds for an answer
BEGINS = 2.0  # seconds from the beginning of an attack until it counts
QUIET_AGAIN = 10.0  # seconds after its end
NOT_FELT = 0.25  # seconds: an answer within that is no longer wait, whatever its ratio to one of 0.06
AS_BEFORE = 1.5  # times the median alone: as soon as before
FIRST_QUIET = 5_000_000  # numbers of the quiet citizens
_MAKE = """
from django.contrib.auth.models import User
from django.utils import timezone
from departments.models import Role
from departments.staff.role_permissions import give_role
from tickets.api_clients.keys import make_key
from tickets.models import Ticket
from tickets.api_clients.models.scopes import Scope
for name in ("quiet", "loud"):
    user, _ = User.objects.get_or_create(username=f"bench-{name}", is_staff=True)
    give_role(user, Role.SUPERVISOR)
    print(name, make_key(user, now=timezone.now(), scopes=list(Scope)))
category = Ticket.objects.filter(category__restricted=False).exclude(category=None).first().category
print("category", category.code)
print("ticket", Ticket.objects.filter(restricted=False).latest("id").number)
"""


@dataclass
class Waited:
    """Seconds that each of the quiet ones waited, one after the other."""

    citizen: list[float]
    page: list[float]
    api: list[float]

    def medians(self) -> dict[str, float]:
        return {who: statistics.median(waited) for who, waited in vars(self).items()}


def run(directory: Path, *, quick: bool = False, only: str = "") -> dict[str, object]:
    """All figures, attack by attack."""
    _allow_files()
    chosen = [attack for attack in ATTACKS if only in attack.name]
    if not chosen:
        raise SystemExit(f"--only: {', '.join(attack.name for attack in ATTACKS)}")
    seconds = QUICK_SECONDS if quick else SECONDS
    data = directory / "neighbour"
    _manage(data, "fill", "--tickets", str(TICKETS))
    with contextlib.closing(_Quiet(data)) as quiet:
        quiet.waited(QUICK_SECONDS)  # pages in memory
        rows = [_beside(quiet, attack, seconds) for attack in chosen]
    return {
        "seconds_each": seconds,
        "worst_ratio": max((float(str(row["ratio"])) for row in rows if row["bar"]), default=0.0),
        "within_bars": all(row["within"] for row in rows),
        "rows": rows,
    }


def _allow_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _manage(data: Path, *command: str) -> str:
    """What bin/manage says, on the database of that directory and not on the benchmark's own."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(INHERITED)}
    manage = [str(ROOT / "bin" / "manage"), "--data", str(data), *command]
    return subprocess.run(manage, check=True, stdout=subprocess.PIPE, text=True, env=kept).stdout


def _beside(quiet: "_Quiet", attack: Attack, seconds: int) -> dict[str, object]:
    alone = quiet.waited(seconds)
    with attack.on(quiet.target):
        time.sleep(BEGINS)
        beside = quiet.waited(seconds)
        load = os.getloadavg()[0]
    usual, now = alone.medians(), beside.medians()
    again = quiet.quiet_again(usual["citizen"] * AS_BEFORE)
    quiet.rest()
    ratios = {who: round(now[who] / usual[who], 2) for who in usual}
    is_soon = attack.bar is None or ratios["citizen"] <= attack.bar or now["citizen"] <= NOT_FELT
    row: dict[str, object] = {
        "attack": attack.name,
        "ratio": ratios["citizen"],
        "bar": attack.bar,
        "within": is_soon and (attack.bar is None or again <= QUIET_AGAIN),
        "citizen_alone_s": round(usual["citizen"], 2),
        "citizen_s": round(now["citizen"], 2),
        "citizen_longest_s": round(max(beside.citizen), 2),
        "page_ms": round(now["page"] * 1000),
        "api_ms": round(now["api"] * 1000),
        "ratios": ratios,
        "quiet_again_s": round(again, 1),
        "answers": dict(quiet.target.take_answers()),
        "load": round(load, 1),
    }
    print(row, file=sys.stderr, flush=True)  # each is said when it is known
    return row


class _Quiet:
    """A line, and those who ask little of it."""

    def __init__(self, data: Path) -> None:
        self._graph = Graph()
        self._product = Product(data, self._graph)
        self._numbers = itertools.count(FIRST_QUIET)
        made = dict(line.split() for line in self._shell(_MAKE).splitlines() if line)
        self._ticket, self._key = made["ticket"], made["quiet"]
        self._cookie = session_of(self._shell, "bench-quiet")
        self.target = Target(
            self._product,
            key=made["loud"],
            category=made["category"],
            cookie=session_of(self._shell, "bench-loud"),
        )

    def _shell(self, code: str) -> str:
        return _manage(self._product.data, "shell", "-v", "0", "-c", code)

    def close(self) -> None:
        self._product.stop()
        self._graph.stop()

    def waited(self, seconds: int) -> Waited:
        """Each of them asks once a second for so many seconds."""
        waited = Waited([], [], [])
        asks = {"citizen": self._ask_as_citizen, "page": self._open_page, "api": self._read}
        threads = [
            threading.Thread(target=_each_second, args=(ask, seconds, getattr(waited, who)))
            for who, ask in asks.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return waited

    def quiet_again(self, bound: float) -> float:
        """Seconds until a citizen who asked was answered within the bound."""
        begin = time.monotonic()
        while time.monotonic() - begin < PATIENCE:
            asked = time.monotonic()
            if self._ask_as_citizen() <= bound:
                return asked - begin
        return PATIENCE

    def rest(self) -> None:
        """Until all that came in is done, files too."""
        bodies.rest(self._product)
        left = "whatsapp_media WHERE state IN ('new', 'fetching')"
        bodies.wait(lambda: not self._product.instance.count(left), "the photos", 300)

    def _ask_as_citizen(self) -> float:
        number, begin = next(self._numbers), time.monotonic()
        who, to = (
            wire.Person(f"Sakin {number}", telephone(number)[1:], f"TR.{number:010d}"),
            telephone(number),
        )
        self._product.webhook.post(wire.said(wire.text(who, "durum", at=int(time.time())), by=who))
        while to not in self._graph.answered:
            if time.monotonic() - begin > PATIENCE:
                return PATIENCE
            time.sleep(0.01)
        return self._graph.answered[to][0].at - begin

    def _open_page(self) -> float:
        return self._got("/admin/bekleyenler/", {"Cookie": self._cookie})

    def _read(self) -> float:
        return self._got(f"/api/v1/tickets/{self._ticket}/", {"Authorization": f"Token {self._key}"})

    def _got(self, path: str, headers: dict[str, str]) -> float:
        begin = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self._product.instance.port, timeout=PATIENCE)
        with contextlib.closing(connection), contextlib.suppress(TimeoutError):
            connection.request("GET", path, headers={"Host": "localhost"} | headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status}")
        return time.monotonic() - begin


def _each_second(ask: Callable[[], float], seconds: int, waited: list[float]) -> None:
    """Asks once a second, or as often as it is answered."""
    begin = time.monotonic()
    for turn in itertools.count():
        time.sleep(max(0.0, begin + turn - time.monotonic()))
        if turn and time.monotonic() - begin >= seconds:
            return
        waited.append(ask())
