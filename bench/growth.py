"""What the line's work costs with a tenth of a million tickets, with a million and, where it may take long, with ten.

Each size has a database of its own, made from the one before by copies (copies.py): three messages in and out for each
two tickets, and the bodies and statuses of thirty days. Of each size: what a report that comes in costs in processor
time, Python's and the server's; the queue, a ticket's page and reports; how long retention takes for a day's bodies and
statuses, and for an answer that nothing is due; how long it takes to vacuum after that; and to drop a table that holds
the same day.

The sizes take turns, ROUNDS times: what else the machine does meets all of them. A row has the medians, `ratio` the
median of the rounds' ratios of the largest size to the smallest, and its range. With `--data` the databases stay for
the next run, so that nothing is filled while it measures.
"""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import office

DRAWN = 20_000
SIZES, LONG = (100_000, 1_000_000), (10_000_000,)
ROUNDS = 3
BODIES, STATUSES = 4.5, 3.0  # of a ticket: each message in is a body, and each answer has two statuses
RAW_DAYS, YEAR = 30, 365
REPORTS = 400  # that come in
AT_ONCE = 20
DUE = ("webhook gövdesi", "durum bildirimi")
TABLES = {"webhook gövdesi": "whatsapp_inbounddelivery", "durum bildirimi": "whatsapp_statusupdate"}
MOST_STATEMENTS, MOST_MS = 15, 250
TICK = os.sysconf("SC_CLK_TCK")
Row = dict[str, Any]


def run(_directory: Path, *, long: bool = False) -> dict[str, object]:
    """A row of figures for each size, and how the last of them stands to the first."""
    os.environ["LOG_LEVEL"] = "WARNING"
    office.prepare(DRAWN)
    from django.conf import settings
    from django.db import connection

    from tickets.models import Ticket

    if Ticket.objects.count() > DRAWN:
        raise SystemExit(f"growth begins with {DRAWN} tickets: another data directory is needed")
    settings.DEBUG = False
    drawn = str(connection.settings_dict["NAME"])
    sizes = (*SIZES, *(LONG if long else ()))
    grown = {size: _make(size, like) for size, like in zip(sizes, (drawn, *map(_name, sizes)), strict=False)}
    rounds = [[_of_size(size) for size in sizes] for _ in range(ROUNDS)]
    _use(drawn)
    rows = [_medians(figures) | grown[figures[0]["tickets"]] for figures in zip(*rounds, strict=True)]
    return {"cores": os.cpu_count(), "rounds": ROUNDS, "rows": [*rows, *_ratios(rounds)]}


def _of_size(size: int) -> Row:
    _use(_name(size))
    return _figures(size) | {"load": round(os.getloadavg()[0], 1)}


def _medians(rounds: tuple[Row, ...]) -> Row:
    return {name: round(statistics.median(each[name] for each in rounds), 4) for name in rounds[0]}


def _ratios(rounds: list[list[Row]]) -> Iterator[Row]:
    """Of the last size to the first, within each round: the median, the least and the most."""
    found = {
        name: sorted(round(sizes[-1][name] / sizes[0][name], 2) for sizes in rounds)
        for name in rounds[0][0]
        if name not in ("tickets", "load") and all(sizes[0][name] for sizes in rounds)
    }
    for title, choose in (("median", statistics.median), ("least", min), ("most", max)):
        yield {"ratio": f"last to first, {title}"} | {name: choose(each) for name, each in found.items()}


def _name(size: int) -> str:
    return f"growth_{size}"


def _use(database: str) -> None:
    """From now on the application is on this database of the same server."""
    from django.db import connection

    from departments.common import cache

    connection.close()
    connection.settings_dict["NAME"] = database
    cache.refresh()


def _make(size: int, like: str) -> Row:
    """The database of that size, from a smaller one that is like it; one that is there already is taken as it is."""
    from django.core.management import call_command
    from django.db import connection

    begin = time.monotonic()
    _use("postgres")
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [_name(size)])
        missing = cursor.fetchone() is None
        if missing:
            cursor.execute("DROP DATABASE IF EXISTS growth_part")
            cursor.execute(f'CREATE DATABASE growth_part TEMPLATE "{like}" STRATEGY file_copy')
    _use("growth_part" if missing else _name(size))
    call_command("migrate", verbosity=0, skip_checks=True)
    if missing:
        with _filling():
            _grow(size)
        sizes = _sizes()
        _use("postgres")
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE growth_part RENAME TO {_name(size)}")
    else:
        sizes = _sizes()
    return {"made_in_s": round(time.monotonic() - begin)} | sizes


@contextmanager
def _filling() -> Iterator[None]:
    """What is lost when the machine falls is filled anew: the disk is not waited for."""
    from django.db import connection

    def said(*statements: str) -> None:
        with connection.cursor() as cursor:
            for each in statements:
                cursor.execute(each)

    said("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET max_wal_size = '4GB'", "SELECT pg_reload_conf()")
    try:
        yield
    finally:
        said(
            "ALTER SYSTEM RESET fsync",
            "ALTER SYSTEM RESET max_wal_size",
            "SELECT pg_reload_conf()",
            "CHECKPOINT",
        )


def _grow(size: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from bench import copies
    from tickets.models import Ticket
    from whatsapp.models import InboundDelivery, Message, StatusUpdate

    if (times := size // Ticket.objects.count()) > 1:
        copies.multiply(times)
    spoken = Message.objects.filter(wamid__startswith="wamid.KOPYA").order_by("-pk").first()
    copies.talk_about(spoken.ticket_id or 0 if spoken else 0)
    now = timezone.now()
    spread: dict[str, Any] = {"from": now - timedelta(days=RAW_DAYS), "to": now}
    for kind, table, each in (("bodies", InboundDelivery, BODIES), ("statuses", StatusUpdate, STATUSES)):
        wanted = round(size * each * RAW_DAYS / YEAR) - table._default_manager.count()
        copies.deliver(kind, **spread, **_body(kind), count=wanted)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _body(kind: str) -> dict[str, Any]:
    from bench.line_world import in_words

    return {"body": in_words(0)} if kind == "bodies" else {}


def _figures(size: int) -> dict[str, Any]:
    pages = office.measured(_pages(), MOST_STATEMENTS, lambda _: MOST_MS)
    asked: list[dict[str, Any]] = pages["rows"]  # type: ignore[assignment]
    return (
        {"tickets": size, "intake_cpu_ms": _intake()}
        | {f"{row['page'].partition(': ')[2]}_ms": row["ms"] for row in asked}
        | {"queue_statements": asked[0]["statements"]}
        | _retention(size)
    )


def _intake() -> float:
    """Milliseconds of processor time for each report: taken in, its turn, its ticket and the answer that is queued."""
    from django.db import connection
    from django.utils import timezone

    from bench.line_world import in_words
    from whatsapp.models import InboundDelivery, Message
    from whatsapp.turns import runner
    from whatsapp.webhook import ingest

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (server,) = cursor.fetchone()

    def spent() -> float:
        return time.process_time() + _cpu(server)

    def take(first: int, count: int) -> None:
        now = timezone.now()
        for number in range(first, first + count):
            InboundDelivery.objects.keep(in_words(number), now)
        while ingest.ingest_batch(now):
            pass
        later = now + timedelta(minutes=1)  # the settling time is over
        runner.run_due(lambda: later)

    numbers = Message.objects.filter(wamid__startswith="wamid.IN").count()
    take(numbers, AT_ONCE)  # what is loaded once is loaded
    before = spent()
    for part in range(1, REPORTS // AT_ONCE + 1):
        take(numbers + part * AT_ONCE, AT_ONCE)
    return round((spent() - before) / REPORTS * 1000, 2)


def _cpu(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _pages() -> Iterator[office.Page]:
    from tickets.models import Ticket

    ticket = Ticket.objects.filter(outcome__isnull=True).latest("pk")
    queue = "/admin/tickets/ticket/"
    yield "supervisor", "queue", queue
    yield "supervisor", "queue overdue", f"{queue}?overdue=on&order=sure"
    yield "head_fen", "queue of a department", queue
    yield "supervisor", "ticket", f"{queue}{ticket.pk}/change/"
    yield "supervisor", "month's report", "/admin/raporlar/"


def _retention(size: int) -> dict[str, float]:
    """A day's bodies and statuses, by batches as every night, and dropped with a table of their own."""
    from django.db import connection
    from django.utils import timezone

    from bench import copies
    from tickets.privacy import destruction

    now = timezone.now()
    spread = {"from": now - timedelta(days=RAW_DAYS + 2), "to": now - timedelta(days=RAW_DAYS + 1)}
    figures: dict[str, float] = {}
    for name, kind, each in zip(DUE, ("bodies", "statuses"), (BODIES, STATUSES), strict=True):

        def batch(name: str = name) -> int:
            rules = {rule.name: rule for rule in destruction.retention_rules(now)}
            return destruction.destroy_batch(rules[name], now)

        while batch():  # of a database that has been lying since another day
            pass
        copies.deliver(kind, first=True, **spread, **_body(kind), count=round(size * each / YEAR))
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {TABLES[name]}")
            cursor.execute(f"CREATE TABLE bench_day (LIKE {TABLES[name]} INCLUDING ALL)")
            cursor.execute(
                f"INSERT INTO bench_day OVERRIDING SYSTEM VALUE SELECT * FROM {TABLES[name]} WHERE received_at < %s",  # noqa: S608
                [spread["to"]],
            )
        with _timed(figures, f"{kind}_dropped_s"), connection.cursor() as cursor:
            cursor.execute("DROP TABLE bench_day")
        gone = 0
        with _timed(figures, f"{kind}_deleted_s"):
            while done := batch():
                gone += done
        figures[f"{kind}_a_day"] = gone
        with _timed(figures, f"{kind}_vacuum_s"), connection.cursor() as cursor:
            cursor.execute(f"VACUUM {TABLES[name]}")
        with _timed(figures, f"{kind}_nothing_due_s"):
            batch()
    with _timed(figures, "tickets_vacuum_s"), connection.cursor() as cursor:
        cursor.execute("VACUUM tickets_ticket")
    return figures


@contextmanager
def _timed(figures: dict[str, float], name: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    figures[name] = round(time.perf_counter() - begin, 4)


def _sizes() -> dict[str, float]:
    """Megabytes of the tables that grow, with their indexes."""
    from django.db import connection

    tables = ("tickets_ticket", "whatsapp_message", "whatsapp_outbox", *TABLES.values())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t, pg_total_relation_size(t::regclass) / 1e6 FROM unnest(%s::text[]) t", [list(tables)]
        )
        return {f"{table.partition('_')[2]}_mb": round(float(size)) for table, size in cursor.fetchall()}
