"""What every report is made of: the figures of some tickets in some period, for one group or for many.

A figure counts a ticket by the moment at which something happened to it, as the ticket now stands: reopened, it is
no longer resolved; resolved again, it counts where it was resolved for good. So the figures of one period are exact
however late they are asked for, and a ticket is in one period only.
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

from tickets.filters import late
from tickets.models import Ticket, TicketEvent
from tickets.reports.percentiles import Counts, Found, Key, Percentiles, of_one_moment, with_percentiles
from tickets.reports.periods import Period
from tickets.workflow import ENDED, UNRESOLVED, Outcome, Status

SCORES = (1, 2, 3, 4, 5)


class Group(StrEnum):
    """By what a report has its rows: the column of the ticket."""

    DEPARTMENT = "department"
    CATEGORY = "category"
    NEIGHBOURHOOD = "neighbourhood"
    STAFF = "assignee"


@dataclass(frozen=True)
class Speed:
    """How long something took, in working hours of the departments that had it. Without any case all is None.

    The median and the time that nine in ten did not exceed, both interpolated; `within_target` is the share (0 to 1)
    of those that had a target and met it.
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
    - closed: tickets that came to their end, by the clock, by the citizen or cancelled (`closed_at`)
    - resolved, rejected, redirected, duplicate, cancelled: tickets that got that outcome and still have it, closed
      or not (`outcome_at`)
    - reopened: how often a ticket that had an outcome was opened again, several times a ticket if need be
    - open_now: tickets without an outcome at this moment, whenever they came in; overdue_now: those of them past
      the target of their resolution, whose clock stands still while they wait for the citizen. None in a row of the
      past (trend)
    - first_action: from the first message to the first move that staff made, of the tickets on which it was made in
      the period (`first_action_at`); the clock never stops
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
    """What is counted of which tickets; and of which column the percentiles are wanted, under which name."""

    rows: QuerySet[Ticket]
    counts: Counts
    clock: tuple[str, str] | None = None


def figures(
    tickets: QuerySet[Ticket], period: Period, now: datetime, group: Group | None = None
) -> dict[Key, Figures]:
    """The figures by the key of the group's row (None: tickets without one); of all of them under None if no group.

    Groups of which there is nothing to say are left out.
    """
    key = F(f"{group}_id") if group else Value(None, IntegerField())
    asked = [*_questions(tickets, period.start, period.end), _open(tickets, now)]
    with of_one_moment(tickets.db):
        found = [_by_key(question, key) for question in asked]
    return _joined(found, Figures())


def figures_of_parts(tickets: QuerySet[Ticket], parts: list[Period]) -> list[Figures]:
    """The figures of adjoining periods, each in its own row; what is open now belongs to none of them."""
    asked = _questions(tickets, PART_BEGINS, PART_ENDS)
    with of_one_moment(tickets.db):
        found: list[Found] = [dict(enumerate(_by_part(question, parts))) for question in asked]
    nothing = Figures(open_now=None, overdue_now=None)
    rows = _joined(found, nothing)
    return [rows.get(number, nothing) for number in range(len(parts))]


PART_BEGINS, PART_ENDS = RawSQL("part.begins", ()), RawSQL("part.ends", ())
_EACH_PART = """
SELECT part.number, counted.* FROM
unnest(%s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS part (begins, ends, number),
LATERAL ({inner}) AS counted
"""


def such(condition: Q) -> Count:
    """How many fulfil the condition; counts no column, so that none is read for it."""
    return Count(Value(1), filter=condition)


# Which tickets, by the column of the moment that is counted by, and what is counted of them.
_COUNTED: tuple[tuple[str, Q, Counts, tuple[str, str] | None], ...] = (
    ("created_at", Q(), {"opened": Count("*")}, None),
    ("closed_at", Q(), {"closed": Count("*")}, None),
    (
        "first_action_at",
        Q(),
        {
            "first_action_aimed": Count("first_action_due_at"),
            "first_action_met": such(Q(first_action_at__lte=F("first_action_due_at"))),
        },
        ("first_action", "first_action_hours"),
    ),
    # Apart from the next: each of the two has an index of its own.
    (
        "outcome_at",
        Q(outcome__in=UNRESOLVED),
        {outcome.lower(): such(Q(outcome=outcome)) for outcome in UNRESOLVED},
        None,
    ),
    (
        "outcome_at",
        Q(outcome=Outcome.RESOLVED),
        {
            "resolved": Count("*"),
            "resolution_aimed": Count("resolution_due_at"),
            "resolution_met": such(Q(outcome_at__lte=F("resolution_due_at"))),
        },
        ("resolution", "worked_hours"),
    ),
    (
        "rated_at",
        Q(),
        {
            "rated": Count("*"),
            "stars": Sum("satisfaction_score"),
            **{f"score_{score}": such(Q(satisfaction_score=score)) for score in SCORES},
        },
        None,
    ),
    (
        "events__at",
        # An index has the few that were opened again; the ticket's own number is of all times.
        Q(reopened__gt=0, events__kind=TicketEvent.Kind.MOVED)
        & Q(events__from_status__in=ENDED, events__to_status=Status.ASSIGNED),
        {"times_reopened": Count("*")},
        None,
    ),
)


def _questions(tickets: QuerySet[Ticket], begins: Any, ends: Any) -> list[ReportQuery]:
    """What is asked of the time between two moments, which may be columns."""
    return [
        ReportQuery(tickets.filter(which, **{f"{column}__gte": begins, f"{column}__lt": ends}), counts, clock)
        for column, which, counts, clock in _COUNTED
    ]


def _open(tickets: QuerySet[Ticket], now: datetime) -> ReportQuery:
    counts = {"open_now": Count("*"), "overdue_now": such(late(now))}
    return ReportQuery(tickets.filter(outcome__isnull=True), counts)


def _by_key(asked: ReportQuery, key: Combinable) -> Found:
    if asked.clock:
        return with_percentiles(asked.rows, key, asked.counts, *asked.clock)
    found: QuerySet[Any] = asked.rows.order_by().values(key=key).annotate(**asked.counts)
    return {row.pop("key"): row for row in found}


def _by_part(asked: ReportQuery, parts: list[Period]) -> list[dict[str, Any]]:
    counts = asked.counts
    if asked.clock:  # a day's are few: they are sorted
        name, hours = asked.clock
        counts = {**counts, name: Percentiles(hours)}
    return by_part(asked.rows, parts, counts)


def by_part(rows: QuerySet[Ticket], parts: list[Period], counts: Counts) -> list[dict[str, Any]]:
    """What is counted of the rows between PART_BEGINS and PART_ENDS, for each part in its turn.

    Each part is a range of the index and is counted by itself: a year of days in half the time that it takes to sort
    all of it by day.
    """
    asked: QuerySet[Any] = rows.order_by().values(key=Value(None, IntegerField())).annotate(**counts)
    try:
        inner, values = asked.query.get_compiler(using=rows.db).as_sql()
    except EmptyResultSet:  # whoever asks sees nothing at all
        return [{} for _ in parts]
    ends = [part.start for part in parts], [part.end for part in parts]
    with connections[rows.db].cursor() as cursor:
        cursor.execute(_EACH_PART.format(inner=inner), [*ends, *values])
        names = [column.name for column in cursor.description]
        found = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    return [found.get(number, {}) for number in range(1, len(parts) + 1)]


def _joined(found: list[Found], nothing: Figures) -> dict[Key, Figures]:
    """One row for each key that any of the queries knows; what a query says nothing of is as in `nothing`."""
    merged: Found = {}
    for rows in found:
        for key, row in rows.items():
            merged.setdefault(key, {}).update(row)
    every = {key: _figures(row, nothing) for key, row in merged.items()}
    return {key: row for key, row in every.items() if row != nothing}


def _figures(row: dict[str, Any], nothing: Figures) -> Figures:
    counts = {
        field.name: row[field.name] for field in fields(Figures) if isinstance(row.get(field.name), int)
    }
    return replace(
        nothing,
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
    """Without the dust of floating point; a millionth of an hour is 4 ms."""
    return None if value is None else round(value, 6)
