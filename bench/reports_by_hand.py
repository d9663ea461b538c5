"""The reports as SQL that somebody wrote by hand, as well as they could, for the figures of all tickets."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection

Ask = Callable[[], object]

# By the column of the moment that a figure counts by: of which tickets, and what is counted.
_EVERY, _RESOLVED = "true", "outcome = 'RESOLVED'"
_UNRESOLVED = "outcome IN ('REJECTED', 'REDIRECTED', 'DUPLICATE', 'CANCELLED')"
_NARROW = [
    ("created_at", _EVERY, ["count(*)"]),
    ("closed_at", _EVERY, ["count(*)"]),
    (
        "first_action_at",
        _EVERY,
        [
            "percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY first_action_hours)",
            "count(first_action_due_at)",
            "count(*) FILTER (WHERE first_action_at <= first_action_due_at)",
        ],
    ),
    (
        "outcome_at",
        _UNRESOLVED,
        [
            f"count(*) FILTER (WHERE outcome = '{outcome}')"
            for outcome in ("REJECTED", "REDIRECTED", "DUPLICATE", "CANCELLED")
        ],
    ),
    (
        "outcome_at",
        _RESOLVED,
        [
            "count(*)",
            "percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY worked_hours)",
            "count(resolution_due_at)",
            "count(*) FILTER (WHERE outcome_at <= resolution_due_at)",
        ],
    ),
    (
        "rated_at",
        _EVERY,
        [
            "count(*)",
            "sum(satisfaction_score)",
            *(f"count(*) FILTER (WHERE satisfaction_score = {score})" for score in range(1, 6)),
        ],
    ),
]
_TICKETS = "FROM tickets_ticket"
_INSIDE = "{at} >= %(start)s AND {at} < %(end)s"
_LATE = "(waiting_since IS NULL AND resolution_due_at < %(now)s OR resolution_due_at < waiting_since)"
_OPEN = [
    "count(*) FILTER (WHERE outcome IS NULL)",
    f"count(*) FILTER (WHERE outcome IS NULL AND {_LATE})",
]
_AGAIN = """SELECT {key}, count(*) FROM tickets_ticketevent AS event JOIN tickets_ticket AS t ON t.id = event.ticket_id
    WHERE t.reopened > 0 AND event.kind = 'moved' AND event.to_status = 'ASSIGNED'
      AND event.from_status IN ('RESOLVED', 'REJECTED', 'REDIRECTED', 'DUPLICATE', 'CANCELLED', 'CLOSED')
      AND event.at >= %(start)s AND event.at < %(end)s GROUP BY 1"""
_BACKLOG = f"""SELECT width_bucket(extract(epoch FROM %(now)s - created_at) / 86400, ARRAY[1, 3, 7, 15, 30]), count(*),
    count(*) FILTER (WHERE {_LATE}),
    count(*) FILTER (WHERE status = 'WAITING' AND NOT coalesce({_LATE}, false)),
    count(*) FILTER (WHERE status <> 'WAITING' AND resolution_due_at IS NULL),
    count(*) FILTER (WHERE status <> 'WAITING' AND resolution_due_at >= %(now)s AND resolution_warn_at <= %(now)s),
    count(*) FILTER (WHERE legal_due_at > %(now)s AND legal_near_at <= %(now)s),
    count(*) FILTER (WHERE legal_due_at > %(now)s AND legal_warn_at <= %(now)s),
    count(*) FILTER (WHERE legal_due_at <= %(now)s)
    {_TICKETS} WHERE outcome IS NULL GROUP BY 1"""  # noqa: S608 - from this file alone
_MAP = f"""SELECT floor(x / %(cell)s), floor(y / %(cell)s), avg(x), avg(y), count(*),
    count(*) FILTER (WHERE outcome IS NULL)
    {_TICKETS}, LATERAL (SELECT floor(lon * 1000 + 0.5) / 1000, floor(lat * 1000 + 0.5) / 1000) AS place (x, y)
    WHERE {_INSIDE.format(at="created_at")} AND lat IS NOT NULL GROUP BY 1, 2"""
_JUDGED = "(t.first_action_at IS NOT NULL OR t.outcome IS NOT NULL)"
_ROUTED = f"""FROM tickets_ticket AS t
    LEFT JOIN departments_category AS category ON category.id = t.category_id
    LEFT JOIN departments_department AS here ON here.id = coalesce(t.department_id, category.department_id)
    WHERE {_INSIDE.format(at="t.created_at")} AND t.said_category IS NOT NULL"""
_ROUTING = f"""SELECT date_bin('1 day', t.created_at, '2020-01-01 00:00+03'), count(*),
    count(*) FILTER (WHERE t.said_surely), count(*) FILTER (WHERE {_JUDGED}),
    count(*) FILTER (WHERE {_JUDGED} AND here.id IS NOT NULL),
    count(*) FILTER (WHERE {_JUDGED} AND here.code = t.said_department),
    count(*) FILTER (WHERE {_JUDGED} AND category.id IS NOT NULL),
    count(*) FILTER (WHERE {_JUDGED} AND category.code = t.said_category),
    count(*) FILTER (WHERE {_JUDGED} AND t.said_surely AND here.id IS NOT NULL),
    count(*) FILTER (WHERE {_JUDGED} AND t.said_surely AND here.code = t.said_department)
    {_ROUTED} GROUP BY 1"""
_CONFUSIONS = f"""SELECT t.said_category, category.code, category.name, count(*)
    {_ROUTED} AND {_JUDGED} AND category.code <> t.said_category
    GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 20"""


def peers(period: Any, now: datetime) -> dict[str, list[Ask]]:
    """For each report the ways to ask for it by hand."""
    values = {"start": period.start, "end": period.end, "now": now, "cell": 360 / 2**13 / 4}

    def way(*statements: str) -> Ask:
        return lambda: [_rows(statement, values) for statement in statements]

    keys = {name: f"{name}_id" for name in ("department", "category", "neighbourhood", "assignee")}
    found = {
        name: [way(*_by_index(key)), way(*_in_one_pass(key))]
        for name, key in (keys | {"summary": "NULL"}).items()
    }
    return found | {
        "trend": [way(*_by_day()), way(*_each_day())],
        "backlog": [way(_BACKLOG)],
        "map": [way(_MAP)],
        "routing": [way(_ROUTING)],
        "confusions": [way(_CONFUSIONS)],
    }


def _rows(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _by_index(key: str) -> list[str]:
    counted = [
        f"SELECT {key}, {', '.join(counts)} {_TICKETS} WHERE {_INSIDE.format(at=at)} AND {which} GROUP BY 1"
        for at, which, counts in _NARROW
    ]
    still_open = f"SELECT {key}, {', '.join(_OPEN)} {_TICKETS} WHERE outcome IS NULL GROUP BY 1"
    return [*counted, still_open, _AGAIN.format(key=key)]


def _in_one_pass(key: str) -> list[str]:
    counted = [
        _only(count, f"{_INSIDE.format(at=at)} AND {which}")
        for at, which, counts in _NARROW
        for count in counts
    ]
    return [
        f"SELECT {key}, {', '.join([*counted, *_OPEN])} {_TICKETS} GROUP BY 1",
        _AGAIN.format(key=key),
    ]


def _only(count: str, inside: str) -> str:
    if "FILTER (WHERE " in count:
        return count.replace("FILTER (WHERE ", f"FILTER (WHERE {inside} AND ")
    return f"{count} FILTER (WHERE {inside})"


def _by_day() -> list[str]:
    day = "date_bin('1 day', {at}, '2020-01-01 00:00+03')"
    counted = [
        f"SELECT {day.format(at=at)}, {', '.join(counts)} {_TICKETS}"
        f" WHERE {_INSIDE.format(at=at)} AND {which} GROUP BY 1"
        for at, which, counts in _NARROW
    ]
    return [*counted, _AGAIN.format(key=day.format(at="event.at"))]


def _each_day() -> list[str]:
    """A range of the index for each day."""
    days = "generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 day', interval '1 day') AS day"
    counted = [
        f"SELECT day, counted.* FROM {days}, LATERAL (SELECT {', '.join(counts)} {_TICKETS}"  # noqa: S608
        f" WHERE {at} >= day AND {at} < day + interval '1 day' AND {which}) AS counted"
        for at, which, counts in _NARROW
    ]
    return [*counted, _AGAIN.format(key="date_bin('1 day', event.at, '2020-01-01 00:00+03')")]
