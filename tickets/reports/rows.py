"""Rows of figures with the code and name of their group or period."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet

from departments.models import Category, Department, Neighbourhood
from departments.text.folding import sort_key
from departments.working_time.periods import MONTHS, Interval, Period
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import actor_of, by_role
from tickets.reports.figures import ALL_COUNTS, Figures, Group, figures, figures_of_parts, named
from tickets.reports.percentiles import Key
from tickets.reports.source import reports_database

NOBODY = "Belirlenmemiş"


@dataclass(frozen=True)
class ReportRow:
    """The figures of one group, or of one part of a period; `code` is None for tickets without one."""

    code: str | None
    name: str
    figures: Figures
    compared: Figures | None = None


def scope(user: User | AnonymousUser, **codes: Iterable[str]) -> QuerySet[Ticket]:
    """The tickets that `user` may see of these departments, categories and neighbourhoods (by code; none: all).

    A group of categories includes all its categories. Restricted tickets count among all, and nowhere else: a figure
    of one department, category or mahalle would point at them. Reads from the replica, if there is one that
    follows.
    """
    tickets = by_role(actor_of(user)).using(reports_database())
    for field, chosen in codes.items():
        if chosen:
            tickets = named(tickets).filter(**{f"{field}__in": _with_codes(field, chosen)})
    return tickets


def summary(
    tickets: QuerySet[Ticket], period: Period, now: datetime, only: frozenset[str] = ALL_COUNTS
) -> Figures:
    """The figures of all tickets in one row; `only` as for `figures`."""
    return figures(tickets, period, now, only=only).get(None, Figures())


def without_open(row: Figures) -> Figures:
    """The figures of a past period: `open_now` and `overdue_now` are None, since what was open then is not stored."""
    return replace(row, open_now=None, overdue_now=None)


def grouped(
    tickets: QuerySet[Ticket],
    period: Period,
    now: datetime,
    group: Group,
    compare: Period | None = None,
    only: frozenset[str] = ALL_COUNTS,
) -> list[ReportRow]:
    """A row for each group with any figure in the period, sorted by name; restricted tickets are in none.

    With `compare` the rows have the same group's figures of that period, too (`compared`, without those of open
    tickets; None where there are none), and groups with figures in either period are included.
    `only` as for `figures`.
    """
    tickets = named(tickets)
    found = figures(tickets, period, now, group, only)
    before = figures(tickets, compare, now, group) if compare else {}
    keys = found.keys() | before.keys()
    names = _names(group, {key for key in keys if key is not None}, tickets.db)
    names[None] = (None, NOBODY)
    rows = [
        ReportRow(
            *names[key], found.get(key, Figures()), without_open(before[key]) if key in before else None
        )
        for key in keys
    ]
    return sorted(rows, key=lambda row: (row.code is None, sort_key(row.name), row.code))


def trend(
    tickets: QuerySet[Ticket],
    period: Period,
    interval: Interval,
    compare: Period | None = None,
    only: frozenset[str] = ALL_COUNTS,
) -> list[ReportRow]:
    """A row for each day, week or month, empty ones too; the code is its first day.

    With `compare` the n-th row has the figures of that period's n-th part, too. `only` as for `figures`.
    """
    parts = period.parts(interval)
    found = figures_of_parts(tickets, parts, only)
    before: list[Figures | None] = [None] * len(parts)
    if compare:
        others = figures_of_parts(tickets, compare.parts(interval), only)
        before = [*others[: len(parts)], *before][: len(parts)]
    return [
        ReportRow(part.start.date().isoformat(), name_of_part(part, interval), row, other)
        for part, row, other in zip(parts, found, before, strict=True)
    ]


def name_of_part(part: Period, interval: Interval) -> str:
    first = part.start
    month = MONTHS[first.month - 1]
    return f"{month} {first.year}" if interval is Interval.MONTH else f"{first.day} {month} {first.year}"


_MODELS: dict[str, type[Department | Category | Neighbourhood]] = {
    Group.DEPARTMENT: Department,
    Group.CATEGORY: Category,
    Group.NEIGHBOURHOOD: Neighbourhood,
}


def _with_codes(field: str, codes: Iterable[str]) -> list[int]:
    """The primary keys of the codes; with literal keys instead of a join the planner estimates better."""
    rows: QuerySet[Any] = _MODELS[field]._default_manager.filter(code__in=codes)
    if field == Group.CATEGORY:
        rows = rows | Category.objects.filter(parent__code__in=codes)
    return list(rows.values_list("pk", flat=True))


def _names(group: Group, keys: set[int], database: str) -> dict[Key, tuple[str | None, str]]:
    """Code and name by key; for members of staff user name and full name."""
    if group is Group.STAFF:
        people = User.objects.using(database).in_bulk(keys)
        return {key: (user.username, user.get_full_name() or user.username) for key, user in people.items()}
    rows = _MODELS[group]._default_manager.using(database).filter(pk__in=keys)
    return {key: (code, name) for key, code, name in rows.values_list("pk", "code", "name")}
