"""Each report of a year and of a month, against the best SQL written by hand for the same figures.

The district that `fill` draws: a year of tickets with their events. The hand-written statements are one by figure over
the narrow indexes, and one pass over the table for all of them; the faster of the two is the peer.
"""

import os
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from bench import site

TICKETS = int(os.environ.get("BENCH_TICKETS", "1000000"))
ROUNDS = 5
SPANS = {"year": 365, "month": 30}

# By the column that a figure counts by: what is counted, by key.
_NARROW = {
    "created_at": "count(*)",
    "closed_at": "count(*)",
    "first_action_at": """percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY first_action_hours),
        count(first_action_due_at), count(*) FILTER (WHERE first_action_at <= first_action_due_at)""",
    "outcome_at": """count(*) FILTER (WHERE outcome = 'RESOLVED'), count(*) FILTER (WHERE outcome = 'REJECTED'),
        count(*) FILTER (WHERE outcome = 'REDIRECTED'), count(*) FILTER (WHERE outcome = 'DUPLICATE'),
        count(*) FILTER (WHERE outcome = 'CANCELLED'),
        percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY worked_hours) FILTER (WHERE outcome = 'RESOLVED'),
        count(resolution_due_at) FILTER (WHERE outcome = 'RESOLVED'),
        count(*) FILTER (WHERE outcome = 'RESOLVED' AND outcome_at <= resolution_due_at)""",
    "rated_at": """count(*), sum(satisfaction_score), count(*) FILTER (WHERE satisfaction_score = 1),
        count(*) FILTER (WHERE satisfaction_score = 2), count(*) FILTER (WHERE satisfaction_score = 3),
        count(*) FILTER (WHERE satisfaction_score = 4), count(*) FILTER (WHERE satisfaction_score = 5)""",
}
_OVERDUE = """(waiting_since IS NULL AND resolution_due_at < %(now)s OR resolution_due_at < waiting_since)"""
_OPEN = f"SELECT {{key}}, count(*), count(*) FILTER (WHERE {_OVERDUE}) FROM tickets_ticket WHERE outcome IS NULL GROUP BY 1"
_REOPENED = """SELECT {key}, count(*) FROM tickets_ticketevent e JOIN tickets_ticket ON tickets_ticket.id = e.ticket_id
    WHERE e.kind = 'moved' AND e.to_status = 'ASSIGNED'
      AND e.from_status IN ('RESOLVED', 'REJECTED', 'REDIRECTED', 'DUPLICATE', 'CANCELLED', 'CLOSED')
      AND e.at >= %(start)s AND e.at < %(end)s GROUP BY 1"""


def run(_directory: Path) -> dict[str, object]:
    """Milliseconds of each report of a year and of a month, and its ratio to the best of the hand-written."""
    site.prepare()
    from django.core.management import call_command

    from departments.loading import load_base_data

    load_base_data()
    call_command("demo_accounts", verbosity=0)
    call_command("fill", tickets=TICKETS, days=365, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE tickets_ticket")
        cursor.execute("VACUUM ANALYZE tickets_ticketevent")
    return measured()


def measured() -> dict[str, object]:
    """The same on a database that is filled already."""
    from django.contrib.auth.models import User

    from tickets import reports
    from tickets.reports import Group, Interval, Period

    now = timezone.now()
    tickets = reports.scope(User.objects.get(username="supervisor"))
    result: dict[str, object] = {"tickets": TICKETS}
    for name, days in SPANS.items():
        period = Period(now - timedelta(days=days), now)
        ours: dict[str, Callable[[], object]] = {
            "summary": lambda p=period: reports.summary(tickets, p, now),
            **{
                group.value: lambda p=period, g=group: reports.grouped(tickets, p, now, g) for group in Group
            },
            "trend": lambda p=period: reports.trend(tickets, p, Interval.DAY),
            "backlog": lambda: reports.backlog(tickets, now),
            "map": lambda p=period: reports.clusters(tickets, p, 13),
        }
        peers = {group.value: f"{group.value}_id" for group in Group} | {"summary": "NULL"}
        for report, ask in ours.items():
            mine = _median(ask)
            result[f"{name}_{report}_ms"] = round(mine)
            if report in peers:
                peer = min(_median(_narrow(peers[report], period.start, now)), _median(_wide(peers[report], period.start, now)))
                result[f"{name}_{report}_ratio"] = round(mine / peer, 2)
    return result


def _narrow(key: str, start: datetime, end: datetime) -> Callable[[], object]:
    statements = [
        f"SELECT {key}, {counts} FROM tickets_ticket WHERE {column} >= %(start)s AND {column} < %(end)s GROUP BY 1"
        for column, counts in _NARROW.items()
    ]
    return _asking([*statements, _OPEN.format(key=key), _REOPENED.format(key=key)], start, end)


def _wide(key: str, start: datetime, end: datetime) -> Callable[[], object]:
    """One pass over the table; what was reopened is in the events."""
    inside = "({column} >= %(start)s AND {column} < %(end)s)"
    counted = [
        _within(counts, inside.format(column=column)) for column, counts in _NARROW.items()
    ]
    open_now = f"count(*) FILTER (WHERE outcome IS NULL), count(*) FILTER (WHERE outcome IS NULL AND {_OVERDUE})"
    statement = f"SELECT {key}, {', '.join([*counted, open_now])} FROM tickets_ticket GROUP BY 1"
    return _asking([statement, _REOPENED.format(key=key)], start, end)


def _within(counts: str, inside: str) -> str:
    """The aggregates, each of the rows inside alone."""
    parts = [part.strip() for part in counts.replace("), ", ")\x00").replace("),\n", ")\x00").split("\x00")]
    return ", ".join(
        part.replace("FILTER (WHERE ", f"FILTER (WHERE {inside} AND ") if "FILTER" in part
        else f"{part} FILTER (WHERE {inside})"
        for part in parts
    )


def _asking(statements: list[str], start: datetime, end: datetime) -> Callable[[], object]:
    values = {"start": start, "end": end, "now": end}

    def ask() -> list[Any]:
        found = []
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, values)
                found.append(cursor.fetchall())
        return found

    return ask


def _median(ask: Callable[[], object]) -> float:
    """Milliseconds, after one round that warms up."""
    ask()
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)
