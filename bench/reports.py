"""Each report of a year and of a month against the best SQL written by hand for the same figures, and the CSV of many
tickets against the bare cursor.

On a year of BENCH_TICKETS tickets (a million unless given) drawn by `fill`, or on what a data directory holds already:
`bin/bench reports --data DIR`. The hand-written statements ask for each figure by its own narrow index, or for all of
them in one pass over the table: the faster of the two is the peer.
"""

import os
import statistics
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from bench import reports_by_hand, site

TICKETS = int(os.environ.get("BENCH_TICKETS", "1000000"))
ROUNDS = 5
SPANS = {"year": 365, "month": 30}
IN_CSV = 100_000
Ask = Callable[[], object]


def run(_directory: Path) -> dict[str, object]:
    """Milliseconds of each report and its ratio to the best of its peers; seconds and megabytes of the CSV."""
    site.prepare()
    from tickets.models import Ticket

    if not Ticket.objects.exists():
        _fill()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE tickets_ticket")
        cursor.execute("VACUUM ANALYZE tickets_ticketevent")
    return {"tickets": Ticket.objects.count()} | _reports() | _csv()


def _fill() -> None:
    from django.core.management import call_command

    from departments.base_data.loading import load_base_data

    load_base_data()
    call_command("demo_accounts", verbosity=0)
    call_command("fill", tickets=TICKETS, verbosity=0)


def _reports() -> dict[str, object]:
    from tickets.models import Ticket
    from tickets.reports.interface import Period

    now = timezone.now()
    with connection.cursor() as cursor:  # the peers sort in memory
        cursor.execute("SET work_mem = '96MB'")
    result: dict[str, object] = {}
    for name, days in SPANS.items():
        period = Period(now - timedelta(days=days), now)
        by_hand = reports_by_hand.peers(period, now)
        for report, ask in _ours(Ticket.objects.all(), period).items():
            mine = _median(ask)
            peer = min(_median(statement) for statement in by_hand[report])
            result[f"{name}_{report}_ms"] = round(mine)
            result[f"{name}_{report}_ratio"] = round(mine / peer, 2)
    return result


def _ours(tickets: Any, period: Any) -> dict[str, Ask]:
    from tickets.reports import interface
    from tickets.reports.interface import Group, Interval

    now = timezone.now()
    grouped: dict[str, Ask] = {
        group.value: partial(interface.grouped, tickets, period, now, group) for group in Group
    }
    return grouped | {
        "summary": lambda: interface.summary(tickets, period, now),
        "trend": lambda: interface.trend(tickets, period, Interval.DAY),
        "backlog": lambda: interface.backlog(tickets, now),
        "map": lambda: interface.clusters(tickets, period, 13),
        "routing": lambda: interface.accuracy(tickets, period, Interval.DAY),
        "confusions": lambda: interface.confusions(tickets, period),
    }


def _csv() -> dict[str, object]:
    """The file of the first 100,000 tickets through the view's own response, against the same rows read bare."""
    from tickets.models import Ticket
    from tickets.rest_api.ticket_csv import COLUMNS, export

    last = Ticket.objects.order_by("pk").values_list("pk", flat=True)[:IN_CSV][::-1][0]
    tickets = Ticket.objects.filter(pk__lte=last)

    def download() -> tuple[float, float, int]:
        begin = time.perf_counter()
        chunks = iter(export(tickets, "csv"))
        size = len(next(chunks))
        first = time.perf_counter() - begin
        size += sum(len(chunk) for chunk in chunks)
        return first, time.perf_counter() - begin, size

    begin = time.perf_counter()
    for _ in tickets.order_by("pk").values_list(*COLUMNS.values()).iterator(4000):
        pass
    bare = time.perf_counter() - begin
    first, whole, size = download()
    tracemalloc.start()
    download()
    grown = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return {
        "csv_first_byte_ms": round(first * 1000, 1),
        "csv_s": round(whole, 2),
        "csv_ratio": round(whole / bare, 2),
        "csv_mb": round(size / 2**20, 1),
        "csv_memory_mb": round(grown, 1),
    }


def _median(ask: Ask) -> float:
    """Milliseconds, after one round that warms up."""
    ask()
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)
