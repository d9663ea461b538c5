"""The backlog: open tickets by age, and by the state of their targets and legal limits."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from tickets.deadlines.overdue import late
from tickets.record.models.ticket import Ticket
from tickets.record.statuses import Status
from tickets.reports.figures import count_if

# Code, name, and upper bound of each age in days of 24 hours since the first message (None: no bound).
AGES: tuple[tuple[str, str, int | None], ...] = (
    ("0-1", "1 günden az", 1),
    ("1-3", "1–3 gün", 3),
    ("3-7", "3–7 gün", 7),
    ("7-15", "7–15 gün", 15),
    ("15-30", "15–30 gün", 30),
    ("30+", "30 gün ve üstü", None),
)


@dataclass(frozen=True)
class Clocks:
    """Open tickets by the state of their resolution target, each in exactly one.

    - waiting: for the citizen, and the target was not missed before; the clock is paused
    - overdue: past the target
    - near: past four fifths of it
    - on_time: not there yet
    - no_target: the category has none
    """

    on_time: int = 0
    near: int = 0
    overdue: int = 0
    waiting: int = 0
    no_target: int = 0


@dataclass(frozen=True)
class Limits:
    """Open tickets by the state of their legal limit: far, near, escalated to the head, over."""

    far: int = 0
    near: int = 0
    escalated: int = 0
    over: int = 0


@dataclass(frozen=True)
class Backlog:
    """The open tickets of one age."""

    code: str
    name: str
    open: int = 0
    clocks: Clocks = Clocks()
    legal: Limits = Limits()


_WAITS = Q(status=Status.WAITING)
_CLOCK_RULES: dict[str, Callable[[datetime], Q]] = {
    "on_time": lambda now: (
        ~_WAITS
        & Q(resolution_due_at__gte=now)
        & (Q(resolution_warn_at__isnull=True) | Q(resolution_warn_at__gt=now))
    ),
    "near": lambda now: ~_WAITS & Q(resolution_due_at__gte=now, resolution_warn_at__lte=now),
    "overdue": late,
    "waiting": lambda now: _WAITS & ~late(now),
    "no_target": lambda _now: ~_WAITS & Q(resolution_due_at__isnull=True),
}
_LIMIT_RULES: dict[str, Callable[[datetime], Q]] = {
    "far": lambda now: Q(legal_due_at__gt=now) & ~Q(legal_near_at__lte=now) & ~Q(legal_warn_at__lte=now),
    "near": lambda now: Q(legal_due_at__gt=now, legal_near_at__lte=now) & ~Q(legal_warn_at__lte=now),
    "escalated": lambda now: Q(legal_due_at__gt=now, legal_warn_at__lte=now),
    "over": lambda now: Q(legal_due_at__lte=now),
}


def backlog(tickets: QuerySet[Ticket], now: datetime) -> list[Backlog]:
    """One row for each age, youngest first, empty ones too."""
    open_tickets = tickets.filter(outcome__isnull=True).order_by()
    rows: Iterable[Mapping[str, Any]] = open_tickets.values(age=_age(now)).annotate(
        open=Count("*"), **_states(now)
    )
    found = {row["age"]: row for row in rows}
    return [
        _backlog(code, name, found[number]) if number in found else Backlog(code, name)
        for number, (code, name, _) in enumerate(AGES)
    ]


def of_age(code: str, now: datetime) -> Q:
    """The condition by which a row of that code counts; of open tickets. Raises KeyError for a code that is none."""
    number = {each: place for place, (each, _, _) in enumerate(AGES)}[code]
    youngest, oldest = AGES[number - 1][2] if number else None, AGES[number][2]
    rule = Q() if youngest is None else Q(created_at__lte=now - timedelta(days=youngest))
    return rule if oldest is None else rule & Q(created_at__gt=now - timedelta(days=oldest))


def in_clock(state: str, now: datetime) -> Q:
    """The condition of a state of `Clocks`; of open tickets."""
    return _CLOCK_RULES[state](now)


def in_limit(state: str, now: datetime) -> Q:
    """The condition of a state of `Limits`; of open tickets."""
    return _LIMIT_RULES[state](now)


def _age(now: datetime) -> Case:
    younger = [
        When(created_at__gt=now - timedelta(days=before), then=Value(number))
        for number, (_, _, before) in enumerate(AGES)
        if before is not None
    ]
    return Case(*younger, default=Value(len(AGES) - 1), output_field=IntegerField())


def _states(now: datetime) -> dict[str, Count]:
    """Counts for all states but the first of each kind, which is the remainder."""
    clocks = {name: rule(now) for name, rule in _CLOCK_RULES.items() if name != "on_time"}
    limits = {f"legal_{name}": rule(now) for name, rule in _LIMIT_RULES.items() if name != "far"}
    return {name: count_if(condition) for name, condition in (clocks | limits).items()}


def _backlog(code: str, name: str, row: Mapping[str, Any]) -> Backlog:
    clocks = {state: row[state] for state in ("near", "overdue", "waiting", "no_target")}
    legal = {state: row[f"legal_{state}"] for state in ("near", "escalated", "over")}
    return Backlog(
        code=code,
        name=name,
        open=row["open"],
        clocks=Clocks(on_time=row["open"] - sum(clocks.values()), **clocks),
        legal=Limits(far=row["open"] - sum(legal.values()), **legal),
    )
