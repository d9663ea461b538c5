"""How often the router was right, by what staff made of its suggestions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from departments.folding import sort_key
from departments.models import Department
from tickets.models import Ticket
from tickets.reports.figures import such
from tickets.reports.periods import Period

WORST = 15


@dataclass(frozen=True)
class Routed:
    """Tickets of a period that the router sent, or would have sent, to one department.

    `kept` are those that stand there now, `category_kept` those that have the category it said; what nobody changed
    counts as right. The shares are of all of them (0 to 1).
    """

    code: str
    name: str
    routed: int
    kept: int
    category_kept: int
    accuracy: float
    category_accuracy: float


@dataclass(frozen=True)
class Confusion:
    """How often the router said one category and staff another."""

    said: str
    became: str
    count: int


def routed(tickets: QuerySet[Ticket], period: Period) -> list[Routed]:
    """A row for each department that the router suggested, in the order of their names.

    Of tickets that came in in the period and stand at a department; what was redirected or is not decided yet says
    nothing of it.
    """
    rows: Iterable[Mapping[str, Any]] = (
        _with_suggestions(tickets, period)
        .values("said_department")
        .annotate(
            routed=Count("*"),
            kept=such(Q(said_department=F("department__code"))),
            category_kept=such(Q(said_category=F("category__code"))),
        )
    )
    names = dict(Department.objects.values_list("code", "name"))
    found = [_routed(row, names.get(row["said_department"], row["said_department"])) for row in rows]
    return sorted(found, key=lambda row: sort_key(row.name))


def confusions(tickets: QuerySet[Ticket], period: Period) -> list[Confusion]:
    """The commonest of the router's mistakes in categories, at most fifteen."""
    wrong = _with_suggestions(tickets, period).exclude(said_category=F("category__code"))
    rows = wrong.filter(category__isnull=False).values("said_category", "category__code")
    counted: Iterable[Mapping[str, Any]] = rows.annotate(count=Count("*")).order_by(
        "-count", "said_category", "category__code"
    )[:WORST]
    return [Confusion(row["said_category"], row["category__code"], row["count"]) for row in counted]


def _with_suggestions(tickets: QuerySet[Ticket], period: Period) -> QuerySet[Any, Any]:
    arrived = tickets.filter(created_at__gte=period.start, created_at__lt=period.end).order_by()
    said = {f"said_{what}": KeyTextTransform(what, "routed") for what in ("department", "category")}
    return arrived.filter(routed__isnull=False, department__isnull=False).annotate(**said)


def _routed(row: Mapping[str, Any], name: str) -> Routed:
    count = row["routed"]
    return Routed(
        code=row["said_department"],
        name=name,
        routed=count,
        kept=row["kept"],
        category_kept=row["category_kept"],
        accuracy=round(row["kept"] / count, 6),
        category_accuracy=round(row["category_kept"] / count, 6),
    )
