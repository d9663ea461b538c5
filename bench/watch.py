"""What it costs that 50 clerks watch the list of those who wait: processor time of web server and database, in parts of
one core, and how soon a change is at each desk.

Each desk does what its page does (bell.js, waiting/list.js, waiting/talk.js): asks each second whether anything changed
and says so that a talk is open, and has its list and its strip of dangers renewed when something did. Somebody new
waits every ten seconds meanwhile.
"""

import http.client
import json
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from typing_extensions import override

from bench import office

CLERKS = 50
SECONDS = 40
ARRIVALS_EVERY = 10.0  # seconds
RENEW_AFTER = 3.0  # as waiting/list.js
LOOK_EVERY = 300.0  # as bell.js
TICKETS = 5_000
MOST_SHARE = 0.10  # of one core
LIST = "/admin/bekleyenler/"
BELL = "/admin/bildirimler/durum/?visible&uncounted"
_CSRF = "b" * 32
_TICKS = os.sysconf("SC_CLK_TCK")


def run(directory: Path, tickets: int = TICKETS) -> dict[str, object]:
    office.prepare(tickets)
    with office.serving(directory) as (server, port):
        each = _of_each(server, port)
        quiet = _measured(server, port, arrivals=False)
        busy = _measured(server, port, arrivals=True)
    return {"clerks": CLERKS, "each_ms": each, "quiet": quiet, "busy": busy, "most_share": MOST_SHARE}


def _measured(pid: int, port: int, *, arrivals: bool) -> dict[str, object]:
    stop = threading.Event()
    talk = _somebody_waits()
    desks = [_Desk(port, number, stop, talk) for number in range(CLERKS)]
    for desk in desks:
        desk.start()
    time.sleep(10)  # everybody has the list
    before, begin = _spent(pid), time.monotonic()
    for desk in desks:
        desk.late.clear()
    _arrive(stop, begin) if arrivals else time.sleep(SECONDS)
    spent, elapsed = _spent(pid), time.monotonic() - begin
    stop.set()
    for desk in desks:
        desk.join(10)
    late = [each for desk in desks for each in desk.late]
    web, database = ((spent[part] - before[part]) / elapsed for part in ("web", "database"))
    return {
        "web_share": round(web, 4),
        "database_share": round(database, 4),
        "shares": round(web + database, 4),
        "over": web + database > MOST_SHARE,
        "pulses": sum(desk.pulses for desk in desks),
        "renewals": sum(desk.renewals for desk in desks),
        "change_seen_s": round(statistics.median(late), 2) if late else None,
        "change_seen_most_s": round(max(late), 2) if late else None,
    }


def _of_each(pid: int, port: int, times: int = 60) -> dict[str, float]:
    """Milliseconds of processor time, web server and database together, of each thing that a page asks for."""
    desk = _Desk(port, 0, threading.Event(), _somebody_waits())
    desk.look()
    _, body, _ = desk._get("/admin/nabiz/?damga=", bare=True)
    _, _, etag = desk._get(f"{LIST}?live=1")
    seen, listed = (json.loads(body)[name] for name in ("stamp", "list"))
    asks: dict[str, Callable[[], object]] = {
        "pulse": lambda: desk._get(f"/admin/nabiz/?damga={seen}&acik=", bare=True),
        "list unchanged": lambda: desk._get(f"{LIST}?live={listed}", etag=etag),
        "list": lambda: desk._get(f"{LIST}?live={listed}"),
        "list alone": lambda: desk._get(f"{LIST}?live=1"),
        "bell": lambda: desk._get(BELL),
        "open": desk.open,
    }
    found = {}
    for name, ask in asks.items():
        # Processor time is told in hundredths of a second: what costs little is asked more often.
        asked = times * 20 if name == "pulse" else times
        before = _spent(pid)
        for _ in range(asked):
            ask()
        after = _spent(pid)
        found[name] = round(sum(after[part] - before[part] for part in after) / asked * 1000, 2)
    return found


_arrived_at = [0.0]


def _arrive(stop: threading.Event, begin: float) -> None:
    while time.monotonic() - begin < SECONDS:
        _somebody_waits()
        _arrived_at[0] = time.monotonic()
        stop.wait(ARRIVALS_EVERY)


def _somebody_waits() -> tuple[int, int]:
    """The keys of the talk and of the citizen."""
    from django.utils import timezone

    from tickets.models import Citizen, WaitingConversation

    citizen, now = Citizen.objects.create(name="Bekleyen Yurttaş"), timezone.now()
    row = WaitingConversation.objects.create(
        citizen=citizen, reason="asked", since=now, last_at=now, last_words="temsilci"
    )
    return int(row.pk), int(citizen.pk)


class _Desk(threading.Thread):
    """One page that is left open."""

    def __init__(self, port: int, number: int, stop: threading.Event, talk: tuple[int, int]) -> None:
        super().__init__(daemon=True)
        self.talk, self.citizen = talk
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookie, self.token = _session(number), ""
        self.stop, self.number = stop, number
        self.pulses = self.renewals = 0
        self.late: list[float] = []

    @override
    def run(self) -> None:
        time.sleep(self.number / CLERKS)  # not all in the same moment
        stamp = etag = listed = bell = mark = ""
        read = "0"
        self.look()
        self.open()
        looked = time.monotonic() - self.number / CLERKS * LOOK_EVERY  # opened at any time before
        renewed = 0.0
        wanted = True
        while not self.stop.wait(1.0):
            now = time.monotonic()
            self.pulses += 1
            status, body, _ = self._get(f"/admin/nabiz/?damga={stamp}&acik={self.citizen}", bare=True)
            if status == 200:
                news = json.loads(body)
                changed = news["list"] != listed
                wanted, looked = wanted or changed, looked if news["bell"] == bell else 0.0
                if mark != news["open"]:
                    self.open()
                stamp, listed, bell, mark = (news[name] for name in ("stamp", "list", "bell", "open"))
                if _arrived_at[0] and changed:
                    self.late.append(time.monotonic() - _arrived_at[0])
            if wanted and now - renewed >= RENEW_AFTER:
                status, html, etag = self._get(f"{LIST}?live={listed}&after={read}", etag=etag)
                read = html.partition('data-read="')[2].partition('"')[0] or read
                self.renewals += 1
                renewed, wanted = now, False
            if now - looked >= LOOK_EVERY:
                self.look()
                looked = now

    def open(self) -> None:
        """As the page of a talk does when it has come, and when the pulse says that something of it has changed."""
        self._ask("POST", f"{LIST}{self.talk}/nabiz/", {"X-CSRFToken": _CSRF})

    def look(self) -> None:
        """As the bell does; the answer has the token with which the pulse is asked."""
        _, body, _ = self._get(BELL)
        self.token = json.loads(body)["token"]

    def _get(self, path: str, etag: str = "", *, bare: bool = False) -> tuple[int, str, str]:
        headers = {"If-None-Match": etag} if etag else {}
        return self._ask("GET", path, headers, bare=bare)

    def _ask(
        self, method: str, path: str, headers: dict[str, str], *, bare: bool = False
    ) -> tuple[int, str, str]:
        sent = {"Host": "localhost", "X-Background": "1"} | headers
        sent |= {"X-Pulse-Token": self.token} if bare else {"Cookie": self.cookie}
        self.connection.request(method, path, headers=sent)
        answer = self.connection.getresponse()
        body = answer.read().decode(errors="replace")
        assert answer.status in (200, 204, 304), (path, answer.status)
        return answer.status, body, answer.headers.get("ETag", "")


def _session(number: int) -> str:
    """The cookies of one operator of many."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from departments.models import Role
    from departments.staff.role_permissions import give_role

    operator, _ = User.objects.get_or_create(username=f"operator-{number}", is_staff=True)
    give_role(operator, Role.OPERATOR)
    client = Client()
    client.force_login(operator)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    csrf = f"{settings.CSRF_COOKIE_NAME}={_CSRF}"
    return f"{cookie.key}={cookie.value}; {csrf}"


def _spent(web: int) -> dict[str, float]:
    """Seconds of processor time of the web server, and of the database's processes."""
    return {"web": sum(map(_seconds, [web, *_children(web)])), "database": sum(map(_seconds, _backends()))}


def _backends() -> Iterable[int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        return [pid for (pid,) in cursor]


def _children(pid: int) -> Iterator[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout
    for child in map(int, found.split()):
        yield child
        yield from _children(child)


def _seconds(pid: int) -> float:
    try:
        fields: list[Any] = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS
