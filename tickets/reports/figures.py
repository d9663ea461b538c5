"""What every report is made of: the figures of some tickets in some period, for one group or for many.

A figure counts a ticket by the moment at which something happened to it, as the ticket now stands: reopened, it is
no longer resolved; resolved again, it counts where it was resolved for good. So the figures of one period are exact
however late they are asked for, and a ticket is in one period only.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.models import (
    Aggregate,
    Count,
    F,
    FloatField,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.expressions import Combinable, RawSQL

from tickets.models import Ticket, TicketEvent
from tickets.queries import late
from tickets.reports.periods import Period
from tickets.workflow import ENDED, Outcome, Status

SORT_MEMORY = "96MB"  # at most, for the length of one report; a million rows fit
FITS_ANYWAY = timedelta(days=62)
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


Key = int | None
Counts = Mapping[str, Combinable]
Question = tuple[QuerySet[Ticket], Counts]
Found = dict[Key, dict[str, Any]]


def figures(
    tickets: QuerySet[Ticket], period: Period, now: datetime, group: Group | None = None
) -> dict[Key, Figures]:
    """The figures by the key of the group's row (None: tickets without one); of all of them under None if no group.

    Groups of which there is nothing to say are left out.
    """
    key = F(f"{group}_id") if group else Value(None, IntegerField())
    with sorting_in_memory(tickets.db, period):
        asked = _questions(tickets, period.start, period.end)
        found = [_by_key(rows, key, counts) for rows, counts in [*asked, _open(tickets, now)]]
    return _joined(found, Figures())


def figures_of_parts(tickets: QuerySet[Ticket], parts: list[Period]) -> list[Figures]:
    """The figures of adjoining periods, each in its own row; what is open now belongs to none of them."""
    asked = _questions(tickets, PART_BEGINS, PART_ENDS)
    found: list[Found] = [dict(enumerate(by_part(rows, parts, counts))) for rows, counts in asked]
    nothing = Figures(open_now=None, overdue_now=None)
    rows = _joined(found, nothing)
    return [rows.get(number, nothing) for number in range(len(parts))]


PART_BEGINS, PART_ENDS = RawSQL("part.begins", ()), RawSQL("part.ends", ())
_EACH_PART = """
SELECT part.number, counted.* FROM
unnest(%s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS part (begins, ends, number),
LATERAL ({inner}) AS counted
"""


@contextmanager
def sorting_in_memory(database: str, period: Period) -> Iterator[None]:
    """Percentiles sort every ticket of the period: a year of them by way of the disk takes twice as long."""
    if period.end - period.start <= FITS_ANYWAY:
        yield
        return
    with transaction.atomic(using=database), connections[database].cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [SORT_MEMORY])
        yield


class Percentiles(Aggregate):
    """Median and ninth decile in one sort."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(FloatField())


def such(condition: Q) -> Count:
    """How many fulfil the condition; counts no column, so that none is read for it."""
    return Count(Value(1), filter=condition)


# Which tickets, by the column of the moment that is counted by, and what is counted of them.
_COUNTED: tuple[tuple[str, Q, Counts], ...] = (
    ("created_at", Q(), {"opened": Count("*")}),
    ("closed_at", Q(), {"closed": Count("*")}),
    (
        "first_action_at",
        Q(),
        {
            "first_action": Percentiles("first_action_hours"),
            "first_action_aimed": Count("first_action_due_at"),
            "first_action_met": such(Q(first_action_at__lte=F("first_action_due_at"))),
        },
    ),
    # Apart from the next, which sorts: counting needs no order.
    ("outcome_at", Q(), {outcome.lower(): such(Q(outcome=outcome)) for outcome in Outcome}),
    (
        "outcome_at",
        Q(outcome=Outcome.RESOLVED),
        {
            "resolution": Percentiles("worked_hours"),
            "resolution_aimed": Count("resolution_due_at"),
            "resolution_met": such(Q(outcome_at__lte=F("resolution_due_at"))),
        },
    ),
    (
        "rated_at",
        Q(),
        {
            "rated": Count("*"),
            "stars": Sum("satisfaction_score"),
            **{f"score_{score}": such(Q(satisfaction_score=score)) for score in SCORES},
        },
    ),
    (
        "events__at",
        # An index has the few that were opened again; the ticket's own number is of all times.
        Q(reopened__gt=0, events__kind=TicketEvent.Kind.MOVED)
        & Q(events__from_status__in=ENDED, events__to_status=Status.ASSIGNED),
        {"times_reopened": Count("*")},
    ),
)


def _questions(tickets: QuerySet[Ticket], begins: Any, ends: Any) -> list[Question]:
    """What is asked of the time between two moments, which may be columns."""
    return [
        (tickets.filter(which, **{f"{column}__gte": begins, f"{column}__lt": ends}), counts)
        for column, which, counts in _COUNTED
    ]


def _open(tickets: QuerySet[Ticket], now: datetime) -> Question:
    counts = {"open_now": Count("*"), "overdue_now": such(late(now))}
    return tickets.filter(outcome__isnull=True), counts


def _by_key(rows: QuerySet[Ticket], key: Combinable, counts: Counts) -> Found:
    found: QuerySet[Any] = rows.order_by().values(key=key).annotate(**counts)
    return {row.pop("key"): row for row in found}


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
