"""The figures of the reports, computed for tickets in a period: for all, by group, or by part of the period.

A figure counts a ticket by the moment of an event and by the ticket's present state: a reopened ticket no longer
counts as resolved; resolved again, it counts in the period of its last resolution. So every ticket is in one period
only, and figures of a past period change only when its tickets do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import (
    Count,
    F,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.expressions import Combinable, RawSQL

from departments.working_time.periods import Period
from tickets.deadlines.overdue import late
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.statuses import ENDED, UNRESOLVED, Outcome, Status
from tickets.reports.percentiles import Counts, Found, Key, Percentiles, consistent_snapshot, with_percentiles

SCORES = (1, 2, 3, 4, 5)


class Group(StrEnum):
    """The column of Ticket by which a report is grouped."""

    DEPARTMENT = "department"
    CATEGORY = "category"
    NEIGHBOURHOOD = "neighbourhood"
    STAFF = "assignee"


@dataclass(frozen=True)
class Speed:
    """Durations in working hours of the departments that had the ticket. All is None without any case.

    Median and 90th percentile are interpolated; `within_target` is the share (0 to 1) of those with a target that met
    it.
    """

    median_hours: float | None = None
    p90_hours: float | None = None
    within_target: float | None = None


@dataclass(frozen=True)
class Satisfaction:
    """Last scores (1 to 5) of the tickets whose citizen last rated them in the period; None where nobody did."""

    count: int = 0
    mean: float | None = None
    distribution: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Figures:
    """One row of a report.

    - opened: tickets that came in (`created_at`)
    - closed: tickets that were closed, by the scheduler, by the citizen or cancelled (`closed_at`)
    - resolved, rejected, redirected, duplicate, cancelled: tickets that got that outcome and still have it, closed
      or not (`outcome_at`)
    - reopened: how often a ticket that had an outcome was opened again, several times a ticket if need be
    - open_now: tickets without an outcome at this moment, whenever they came in; overdue_now: those of them past
      their resolution target, whose clock is paused while they wait for the citizen. None in rows of a trend or of a
      compared period
    - first_action: from the first message to the first transition that staff made, of the tickets on which it was made
      in the period (`first_action_at`); the clock never stops
    - resolution: from the first message to the resolution without the time in which the ticket waited for the
      citizen or had an outcome, of the tickets that `resolved` counts
    - satisfaction: by the moment of the rating (`rated_at`)
    """

    opened: int = 0
    closed: int = 0
    open_now: int | None = 0
    overdue_now: int | None = 0
    resolved: int = 0
    rejected: int = 0
    redirected: int = 0
    duplicate: int = 0
    cancelled: int = 0
    reopened: int = 0
    first_action: Speed = Speed()
    resolution: Speed = Speed()
    satisfaction: Satisfaction = Satisfaction()


@dataclass(frozen=True)
class ReportQuery:
    """One query: rows, their counts, and for percentiles the name and the column of hours (`clock`)."""

    rows: QuerySet[Ticket]
    counts: Counts
    clock: tuple[str, str] | None = None


ALL_COUNTS: frozenset[str] = frozenset()  # nothing is left out


def named(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """The tickets that may be told apart: all but the restricted ones, which count in totals alone."""
    return tickets.filter(restricted=False)


def figures(
    tickets: QuerySet[Ticket],
    period: Period,
    now: datetime,
    group: Group | None = None,
    only: frozenset[str] = ALL_COUNTS,
) -> dict[Key, Figures]:
    """The figures by the group's primary key (None: tickets without one); without `group` those of all under None.

    Groups without any figure are left out. With `only` nothing but these counts is asked for (no percentiles), and the
    others are not to be read.
    """
    key = F(f"{group}_id") if group else Value(None, IntegerField())
    queries = _queries(tickets, period.start, period.end, only)
    if only == ALL_COUNTS or "open_now" in only:
        queries.append(_open(tickets, now))
    with consistent_snapshot(tickets.db):
        found = [_by_key(query, key) for query in queries]
    return _merged(found, Figures())


def figures_of_parts(
    tickets: QuerySet[Ticket], parts: list[Period], only: frozenset[str] = ALL_COUNTS
) -> list[Figures]:
    """The figures of adjoining periods, in their order; those of open tickets are None. `only` as for `figures`."""
    queries = _queries(tickets, PART_BEGINS, PART_ENDS, only)
    with consistent_snapshot(tickets.db):
        found: list[Found] = [dict(enumerate(_by_part(query, parts))) for query in queries]
    empty = Figures(open_now=None, overdue_now=None)
    rows = _merged(found, empty)
    return [rows.get(number, empty) for number in range(len(parts))]


PART_BEGINS, PART_ENDS = RawSQL("part.begins", ()), RawSQL("part.ends", ())
_EACH_PART = """
SELECT part.number, counted.* FROM
unnest(%s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS part (begins, ends, number),
LATERAL ({inner}) AS counted
"""


def count_if(condition: Q) -> Count:
    """Counts the rows that fulfil the condition; COUNT of a constant, so that an index-only scan suffices."""
    return Count(Value(1), filter=condition)


# One query each: the column of the moment, a condition, the counts, and name and column of percentiles.
_COUNTED: tuple[tuple[str, Q, Counts, tuple[str, str] | None], ...] = (
    ("created_at", Q(), {"opened": Count("*")}, None),
    ("closed_at", Q(), {"closed": Count("*")}, None),
    (
        "first_action_at",
        Q(),
        {
            "first_action_aimed": Count("first_action_due_at"),
            "first_action_met": count_if(Q(first_action_at__lte=F("first_action_due_at"))),
        },
        ("first_action", "first_action_hours"),
    ),
    # Two queries by `outcome_at`, since each has an index of its own.
    (
        "outcome_at",
        Q(outcome__in=UNRESOLVED),
        {outcome.lower(): count_if(Q(outcome=outcome)) for outcome in UNRESOLVED},
        None,
    ),
    (
        "outcome_at",
        Q(outcome=Outcome.RESOLVED),
        {
            "resolved": Count("*"),
            "resolution_aimed": Count("resolution_due_at"),
            "resolution_met": count_if(Q(outcome_at__lte=F("resolution_due_at"))),
        },
        ("resolution", "worked_hours"),
    ),
    (
        "rated_at",
        Q(),
        {
            "rated": Count("*"),
            "stars": Sum("satisfaction_score"),
            **{f"score_{score}": count_if(Q(satisfaction_score=score)) for score in SCORES},
        },
        None,
    ),
    (
        "events__at",
        # Counted from events, since `reopened` counts all reopenings of a ticket; an index has the reopened tickets.
        Q(reopened__gt=0, events__kind=TicketEvent.Kind.MOVED)
        & Q(events__from_status__in=ENDED, events__to_status=Status.ASSIGNED),
        {"times_reopened": Count("*")},
        None,
    ),
)


def _queries(tickets: QuerySet[Ticket], begins: Any, ends: Any, only: frozenset[str]) -> list[ReportQuery]:
    """The queries of the time between two moments, which may be columns."""
    return [
        ReportQuery(
            tickets.filter(which, **{f"{column}__gte": begins, f"{column}__lt": ends}),
            counts,
            clock if only == ALL_COUNTS else None,
        )
        for column, which, counts, clock in _COUNTED
        if only == ALL_COUNTS or not only.isdisjoint(counts)
    ]


def _open(tickets: QuerySet[Ticket], now: datetime) -> ReportQuery:
    counts = {"open_now": Count("*"), "overdue_now": count_if(late(now))}
    return ReportQuery(tickets.filter(outcome__isnull=True), counts)


def _by_key(query: ReportQuery, key: Combinable) -> Found:
    if query.clock:
        return with_percentiles(query.rows, key, query.counts, *query.clock)
    found: QuerySet[Any] = query.rows.order_by().values(key=key).annotate(**query.counts)
    return {row.pop("key"): row for row in found}


def _by_part(query: ReportQuery, parts: list[Period]) -> list[dict[str, Any]]:
    counts = query.counts
    if query.clock:  # a part has few rows, which are sorted faster than bucketed
        name, hours = query.clock
        counts = {**counts, name: Percentiles(hours)}
    return by_part(query.rows, parts, counts)


def by_part(rows: QuerySet[Ticket], parts: list[Period], counts: Counts) -> list[dict[str, Any]]:
    """The `counts` for each part; `rows` must be limited by PART_BEGINS and PART_ENDS.

    Each part is counted by its own index range (LATERAL), which for a year of days takes half the time of grouping by
    day.
    """
    query: QuerySet[Any] = rows.order_by().values(key=Value(None, IntegerField())).annotate(**counts)
    try:
        inner, values = query.query.get_compiler(using=rows.db).as_sql()
    except EmptyResultSet:  # the user may see no ticket
        return [{} for _ in parts]
    ends = [part.start for part in parts], [part.end for part in parts]
    with connections[rows.db].cursor() as cursor:
        cursor.execute(_EACH_PART.format(inner=inner), [*ends, *values])
        names = [column.name for column in cursor.description]
        found = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    return [found.get(number, {}) for number in range(1, len(parts) + 1)]


def _merged(found: list[Found], empty: Figures) -> dict[Key, Figures]:
    """Merges the queries' rows by key; missing figures are as in `empty`, rows equal to it are dropped."""
    merged: Found = {}
    for rows in found:
        for key, row in rows.items():
            merged.setdefault(key, {}).update(row)
    every = {key: _figures(row, empty) for key, row in merged.items()}
    return {key: row for key, row in every.items() if row != empty}


def _figures(row: dict[str, Any], empty: Figures) -> Figures:
    counts = {
        field.name: row[field.name] for field in fields(Figures) if isinstance(row.get(field.name), int)
    }
    return replace(
        empty,
        **counts,
        reopened=row.get("times_reopened", 0),
        first_action=_speed(row, "first_action"),
        resolution=_speed(row, "resolution"),
        satisfaction=_satisfaction(row),
    )


def _speed(row: dict[str, Any], clock: str) -> Speed:
    median, p90 = row.get(clock) or (None, None)
    aimed = row.get(f"{clock}_aimed")
    return Speed(rounded(median), rounded(p90), rounded(row[f"{clock}_met"] / aimed) if aimed else None)


def _satisfaction(row: dict[str, Any]) -> Satisfaction:
    rated = row.get("rated")
    if not rated:
        return Satisfaction()
    scores = {str(score): row[f"score_{score}"] for score in SCORES}
    return Satisfaction(rated, rounded(row["stars"] / rated), scores)


def rounded(value: float | None) -> float | None:
    """Rounded to six decimal places, since floating point sums differ in the last ones."""
    return None if value is None else round(value, 6)
