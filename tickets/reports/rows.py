"""Rows of figures, with the names of the groups they are of."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet

from departments.models import Category, Department, Neighbourhood
from departments.text.folding import sort_key
from tickets.access import visible_to
from tickets.models import Ticket
from tickets.reports.figures import Figures, Group, figures, figures_of_parts
from tickets.reports.percentiles import Key
from tickets.reports.periods import MONTHS, Interval, Period

NOBODY = "Belirlenmemiş"


@dataclass(frozen=True)
class Row:
    """The figures of one group, or of one part of a period; `code` is None for tickets without one."""

    code: str | None
    name: str
    figures: Figures
    compared: Figures | None = None


def scope(user: User | AnonymousUser, **codes: Iterable[str]) -> QuerySet[Ticket]:
    """What `user` may see of the tickets of these departments, categories and neighbourhoods (by code; none: all).

    A category that is a group stands for all that is below it. Read from the replica, if there is one.
    """
    tickets = visible_to(user).using(settings.REPORTS_DATABASE)
    for thing, wanted in codes.items():
        if wanted:
            tickets = tickets.filter(**{f"{thing}__in": _with_codes(thing, wanted)})
    return tickets


def summary(tickets: QuerySet[Ticket], period: Period, now: datetime) -> Figures:
    """All of them in one row."""
    return figures(tickets, period, now).get(None, Figures())


def past(row: Figures) -> Figures:
    """The figures of a period to compare with: what was open then nobody knows, what is open now belongs to none."""
    return replace(row, open_now=None, overdue_now=None)


def grouped(
    tickets: QuerySet[Ticket], period: Period, now: datetime, group: Group, compare: Period | None = None
) -> list[Row]:
    """A row for each group of which there is something to say in the period, in the order of their names.

    With `compare` each row has the figures of the same group in that period, too, as `past` has them, and there is a
    row for each group of which there is something to say in either; None where there is nothing in that one.
    """
    found = figures(tickets, period, now, group)
    before = figures(tickets, compare, now, group) if compare else {}
    keys = found.keys() | before.keys()
    names = _names(group, {key for key in keys if key is not None}, tickets.db)
    names[None] = (None, NOBODY)
    rows = [
        Row(*names[key], found.get(key, Figures()), past(before[key]) if key in before else None)
        for key in keys
    ]
    return sorted(rows, key=lambda row: (row.code is None, sort_key(row.name), row.code))


def trend(
    tickets: QuerySet[Ticket], period: Period, interval: Interval, compare: Period | None = None
) -> list[Row]:
    """A row for each day, week or month, empty ones too; the code is its first day.

    With `compare` each row has the figures of the part of that period that stands at the same place.
    """
    parts = period.parts(interval)
    found = figures_of_parts(tickets, parts)
    before: list[Figures | None] = [None] * len(parts)
    if compare:
        others = figures_of_parts(tickets, compare.parts(interval))
        before = [*others[: len(parts)], *before][: len(parts)]
    return [
        Row(part.start.date().isoformat(), name_of_part(part, interval), row, other)
        for part, row, other in zip(parts, found, before, strict=True)
    ]


def name_of_part(part: Period, interval: Interval) -> str:
    first = part.start
    month = MONTHS[first.month - 1]
    return f"{month} {first.year}" if interval is Interval.MONTH else f"{first.day} {month} {first.year}"


_THINGS: dict[str, type[Department | Category | Neighbourhood]] = {
    Group.DEPARTMENT: Department,
    Group.CATEGORY: Category,
    Group.NEIGHBOURHOOD: Neighbourhood,
}


def _with_codes(thing: str, codes: Iterable[str]) -> list[int]:
    """The keys, looked up beforehand: the planner then knows how few rows they will bring."""
    rows: QuerySet[Any] = _THINGS[thing]._default_manager.filter(code__in=codes)
    if thing == Group.CATEGORY:
        rows = rows | Category.objects.filter(parent__code__in=codes)
    return list(rows.values_list("pk", flat=True))


def _names(group: Group, keys: set[int], database: str) -> dict[Key, tuple[str | None, str]]:
    """Code and name by key; of members of staff the user name and the full one."""
    if group is Group.STAFF:
        people = User.objects.using(database).in_bulk(keys)
        return {key: (user.username, user.get_full_name() or user.username) for key, user in people.items()}
    rows = _THINGS[group]._default_manager.using(database).filter(pk__in=keys)
    return {key: (code, name) for key, code, name in rows.values_list("pk", "code", "name")}
