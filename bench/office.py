"""Pages of the back office as people with different rights get them: their statements, and their time against a bare
page with the same sign-in, session and middleware.
"""

import contextlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from bench import site
from bench.webhook import free_port, wait_for_server
from tooling import processes
from tooling.processes import Program

FLOOR = "/admin/floor/"
ROUNDS = 7
Page = tuple[str, str, str]  # who asks (role, "" for a stranger), what the page is called, its address


def prepare(tickets: int) -> None:
    """An empty database is filled with that many tickets; one that has tickets is taken as it is."""
    site.prepare()
    from django.conf import settings
    from django.core.management import call_command

    from tickets.models import Ticket

    settings.ROOT_URLCONF = "bench.floor_urls"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    call_command("load_base", verbosity=0)
    call_command("demo_accounts", "--keep", stdout=StringIO())
    if not Ticket.objects.exists():
        call_command("fill", tickets=tickets, stdout=StringIO())
        _analyze()


@contextlib.contextmanager
def serving(directory: Path) -> Iterator[tuple[int, int]]:
    """The web server of the product on this database: the number of its process, and its port."""
    port = free_port()
    command = (sys.executable, "-m", "melikgazi.web", f"--port={port}")
    program = Program(name="bench-web", command=command, log=directory / "bench-web.log")
    server = processes.start(program)
    try:
        wait_for_server(port)
        yield server.pid, port
    finally:
        processes.stop(server, program.stop_signal, 10)


def measured(
    pages: Iterator[Page], most_statements: int, most_ms: Callable[[str], float]
) -> dict[str, object]:
    """A row for each page: statements, median milliseconds, and how many bare pages that is."""
    from tickets.models import Ticket

    floor = _median(_ask("supervisor", FLOOR))
    rows = []
    for role, name, address in pages:
        row = {"page": f"{role}: {name}"} | _measured(role, address, floor)
        rows.append(row | {"over": row["statements"] > most_statements or row["ms"] > most_ms(address)})
    return {
        "tickets": Ticket.objects.count(),
        "floor_ms": round(floor, 2),
        "most_statements": max(row["statements"] for row in rows),
        "slowest_ms": max(row["ms"] for row in rows),
        "over": [row["page"] for row in rows if row["over"]],
        "rows": rows,
    }


def _measured(role: str, address: str, floor: float) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask = _ask(role, address)
    with CaptureQueriesContext(connection) as captured:
        ask()
        said = captured.captured_queries  # the next request would clear them
    spent = _median(ask)
    return {
        "statements": len(said),
        "ms": round(spent, 1),
        "floors": round(spent / floor, 1),
        "sql_ms": round(sum(float(each["time"]) for each in said) * 1000),
    }


def _ask(username: str, address: str) -> Callable[[], object]:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    if username:
        client.force_login(User.objects.get(username=username))

    def ask() -> object:
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code)
        return response

    ask()
    return ask


def _median(question: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        question()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
