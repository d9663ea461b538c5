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

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Aggregate,
    Count,
    DateTimeField,
    F,
    FloatField,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.expressions import Combinable

from tickets.models import Ticket, TicketEvent
from tickets.queries import overdue
from tickets.reports.periods import Period
from tickets.workflow import ENDED, Outcome, Status

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
Found = dict[Key, dict[str, Any]]


def figures(
    tickets: QuerySet[Ticket], period: Period, now: datetime, group: Group | None = None
) -> dict[Key, Figures]:
    """The figures by the key of the group's row (None: tickets without one); of all of them under None if no group.

    Groups of which there is nothing to say are left out.
    """
    key = F(f"{group}_id") if group else Value(None, IntegerField())
    found = [_counted(tickets, column, period, key) for column in _COUNTED]
    found.append(_reopened(tickets, period, F(f"ticket__{group}_id") if group else key))
    found.append(_open(tickets, now, key))
    return _joined(found, Figures())


def figures_of_parts(tickets: QuerySet[Ticket], parts: list[Period]) -> list[Figures]:
    """The figures of adjoining periods, each in its own row; what is open now belongs to none of them."""
    whole = Period(parts[0].start, parts[-1].end)
    found = [_counted(tickets, column, whole, Part(column, parts)) for column in _COUNTED]
    found.append(_reopened(tickets, whole, Part("at", parts)))
    nothing = Figures(open_now=None, overdue_now=None)
    rows = _joined(found, nothing)
    return [rows.get(number, nothing) for number in range(1, len(parts) + 1)]


class Percentiles(Aggregate):
    """Median and ninth decile in one sort."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(FloatField())


class Part(Func):
    """In which of adjoining periods, from 1 on, a moment lies."""

    function = "WIDTH_BUCKET"
    output_field = IntegerField()

    def __init__(self, column: str, parts: list[Period]) -> None:
        starts = Value([part.start for part in parts], ArrayField(DateTimeField()))
        super().__init__(F(column), starts)


def such(condition: Q) -> Count:
    """How many fulfil the condition; counts no column, so that none is read for it."""
    return Count(Value(1), filter=condition)


_RESOLVED = Q(outcome=Outcome.RESOLVED)
_OUTCOMES = {outcome.lower(): such(Q(outcome=outcome)) for outcome in Outcome}
# By the column of the moment that is counted by: what is counted.
_COUNTED: dict[str, dict[str, Combinable]] = {
    "created_at": {"opened": Count("*")},
    "closed_at": {"closed": Count("*")},
    "first_action_at": {
        "first_action": Percentiles("first_action_hours"),
        "first_action_aimed": Count("first_action_due_at"),
        "first_action_met": such(Q(first_action_at__lte=F("first_action_due_at"))),
    },
    "outcome_at": {
        **_OUTCOMES,
        "resolution": Percentiles("worked_hours", filter=_RESOLVED),
        "resolution_aimed": Count("resolution_due_at", filter=_RESOLVED),
        "resolution_met": such(_RESOLVED & Q(outcome_at__lte=F("resolution_due_at"))),
    },
    "rated_at": {
        "rated": Count("*"),
        "stars": Sum("satisfaction_score"),
        **{f"score_{score}": such(Q(satisfaction_score=score)) for score in SCORES},
    },
}


def _counted(tickets: QuerySet[Ticket], column: str, period: Period, key: Combinable) -> Found:
    inside = {f"{column}__gte": period.start, f"{column}__lt": period.end}
    return _by_key(tickets.filter(**inside), key, _COUNTED[column])


def _reopened(tickets: QuerySet[Ticket], period: Period, key: Combinable) -> Found:
    events = TicketEvent.objects.using(tickets.db).filter(
        kind=TicketEvent.Kind.MOVED,
        from_status__in=ENDED,
        to_status=Status.ASSIGNED,
        at__gte=period.start,
        at__lt=period.end,
        ticket__in=tickets,
    )
    return _by_key(events, key, {"reopened": Count("*")})


def _open(tickets: QuerySet[Ticket], now: datetime, key: Combinable) -> Found:
    counts = {"open_now": Count("*"), "overdue_now": such(overdue(now))}
    return _by_key(tickets.filter(outcome__isnull=True), key, counts)


def _by_key(rows: QuerySet[Any], key: Combinable, counts: Mapping[str, Combinable]) -> Found:
    found = rows.order_by().values(key=key).annotate(**counts)
    return {row.pop("key"): row for row in found}


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
