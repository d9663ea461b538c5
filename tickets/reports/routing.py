"""Accuracy of the router: its suggestions for the tickets of a period against their present category and department."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from departments.models import Category
from departments.working_time.periods import Interval, Period
from tickets.record.models.ticket import Ticket
from tickets.reports.figures import PART_BEGINS, PART_ENDS, by_part, count_if, named, rounded
from tickets.reports.rows import name_of_part

CONFUSIONS = 20


@dataclass(frozen=True)
class Accuracy:
    """One part of the period, by the moment at which the tickets were opened.

    - routed: tickets with a suggestion of the router
    - sure: those of them of which it was sure
    - judged: those routed on which staff have acted since, or that have an outcome
    - department, category: the share (0 to 1) of the judged that have the suggested one; None without any judged
    - sure_department: the same of those of which the router was sure
    """

    code: str
    name: str
    routed: int = 0
    sure: int = 0
    judged: int = 0
    department: float | None = None
    category: float | None = None
    sure_department: float | None = None

    @property
    def department_percent(self) -> str:
        """As people read it: "91,4"."""
        return _percent(self.department)

    @property
    def sure_percent(self) -> str:
        """The same of those of which the router was sure."""
        return _percent(self.sure_department)


@dataclass(frozen=True)
class Confusion:
    """How many judged tickets have category `right` where the router suggested `said`; codes with their names."""

    said: str
    said_name: str
    right: str
    right_name: str
    count: int


def accuracy(tickets: QuerySet[Ticket], period: Period, interval: Interval) -> list[Accuracy]:
    """A row for each day, week or month, empty ones too; the code is its first day.

    The department of a ticket that has none (another agency's job) is that of its category.
    """
    parts = period.parts(interval)
    found = by_part(_routed(tickets, PART_BEGINS, PART_ENDS), parts, _COUNTED)
    return [
        Accuracy(part.start.date().isoformat(), name_of_part(part, interval), **_figures(row))
        for part, row in zip(parts, found, strict=True)
    ]


def confusions(tickets: QuerySet[Ticket], period: Period) -> list[Confusion]:
    """The worst confusions of categories, most frequent first, at most twenty.

    Pairs are counted by keys, without a join; there are no more of them than categories have.
    """
    judged = _suggested(named(tickets), period.start, period.end).filter(_JUDGED, category__isnull=False)
    pairs = judged.order_by().values("said_category", "category").annotate(count=Count("*"))
    names, codes = {}, {}
    for key, code, name in Category.objects.using(tickets.db).values_list("pk", "code", "name"):
        names[code], codes[key] = name, code
    found = [
        (-count, said, codes[category])
        for said, category, count in pairs.values_list("said_category", "category", "count")
        if category in codes and codes[category] != said
    ]
    return [
        Confusion(said, names.get(said, said), right, names[right], -count)
        for count, said, right in sorted(found)[:CONFUSIONS]
    ]


_JUDGED = Q(first_action_at__isnull=False) | Q(outcome__isnull=False)
_SURE = Q(said_surely=True)

_PLACED = _JUDGED & Q(here__isnull=False)
_NAMED = _JUDGED & Q(category__isnull=False)
_THERE = Q(here=F("said_department"))
_COUNTED = {
    "routed": Count("*"),
    "sure": count_if(_SURE),
    "judged": count_if(_JUDGED),
    "department_judged": count_if(_PLACED),
    "department_right": count_if(_PLACED & _THERE),
    "category_judged": count_if(_NAMED),
    "category_right": count_if(_NAMED & Q(category__code=F("said_category"))),
    "sure_department_judged": count_if(_PLACED & _SURE),
    "sure_department_right": count_if(_PLACED & _SURE & _THERE),
}


def _suggested(tickets: QuerySet[Ticket], begins: Any, ends: Any) -> QuerySet[Ticket]:
    return tickets.filter(created_at__gte=begins, created_at__lt=ends, said_category__isnull=False)


def _routed(tickets: QuerySet[Ticket], begins: Any, ends: Any) -> QuerySet[Any]:
    return _suggested(tickets, begins, ends).annotate(
        here=Coalesce("department__code", "category__department__code", output_field=CharField())
    )


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: row.get(name, 0) for name in ("routed", "sure", "judged")}
    return counts | {name: _share(row, name) for name in ("department", "category", "sure_department")}


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}".replace(".", ",")


def _share(row: Mapping[str, Any], name: str) -> float | None:
    among = row.get(f"{name}_judged")
    return rounded(row[f"{name}_right"] / among) if among else None
