"""The figures of the public page, counted once an hour for everybody (tickets.publish), of what is public alone."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from departments.models import Category, Department
from departments.working_time.working_hours import ISTANBUL
from tickets.public.models import PublicFigures
from tickets.public.precision import folded, published_count
from tickets.record.permissions import public_tickets
from tickets.reports import interface
from tickets.reports.interface import Figures, Group, Interval, Period, ReportRow

MONTHS = 12
DAYS = 90  # of the counts by subject, department and mahalle
SUBJECTS = 12
RELEASED = 10  # requests with words that a clerk released


class ReleasedRequest(NamedTuple):
    """Words that a clerk released, and what they are about."""

    subject: str
    mahalle: str
    words: str
    ended: bool


def refresh(now: datetime) -> None:
    """Counts anew."""
    with transaction.atomic():
        figures = _counted(now)
        PublicFigures.objects.update_or_create(pk=1, defaults={"figures": figures, "made_at": now})


def last() -> PublicFigures | None:
    """The last that were counted; None before the first time."""
    return PublicFigures.objects.filter(pk=1).first()


def released(keys: list[int]) -> list[ReleasedRequest]:
    """Of those tickets the words that are released at this moment."""
    rows = public_tickets().filter(pk__in=keys).exclude(published_text="")
    rows = rows.select_related("category", "neighbourhood").order_by("-created_at", "-id")
    return [
        ReleasedRequest(
            each.category.public_name if each.category else "",
            each.neighbourhood.name if each.neighbourhood else "",
            each.published_text,
            each.outcome is not None,
        )
        for each in rows
    ]


def _counted(now: datetime) -> dict[str, Any]:
    tickets = public_tickets()
    today = now.astimezone(ISTANBUL).date()
    period = Period.of_days(today - timedelta(days=DAYS - 1), today)
    whole = interface.summary(tickets, period, now)

    def by(group: Group) -> list[ReportRow]:
        return interface.grouped(tickets, period, now, group)

    first = today.replace(day=1)
    for _ in range(MONTHS - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    months = interface.trend(tickets, Period.of_days(first, today), Interval.MONTH)
    rows = tickets.exclude(published_text="").order_by("-created_at", "-id").values_list("pk", flat=True)
    return {
        "first": period.start.astimezone(ISTANBUL).date().isoformat(),
        "last": today.isoformat(),
        "opened": published_count(whole.opened),
        "resolved": published_count(whole.resolved),
        "open": published_count(whole.open_now or 0),
        "within_target": _share(whole),
        "median_hours": whole.resolution.median_hours if published_count(whole.resolved) else None,
        "months": [
            {
                "name": each.name,
                "opened": published_count(each.figures.opened),
                "resolved": published_count(each.figures.resolved),
            }
            for each in months
        ],
        "departments": _groups(by(Group.DEPARTMENT), dict(Department.objects.values_list("code", "name"))),
        "subjects": _groups(by(Group.CATEGORY), dict(Category.objects.values_list("code", "public_name")))[
            :SUBJECTS
        ],
        "neighbourhoods": {
            row.code: {each: published_count(n) for each, n in _counts(row.figures).items()}
            for row in by(Group.NEIGHBOURHOOD)
            if row.code
        },
        "released": list(rows[:RELEASED]),
    }


def _groups(rows: list[ReportRow], names: dict[str, str]) -> list[dict[str, Any]]:
    """A row of counts for each group that may be told, most first, then one without a name for all others."""
    counts: dict[str, dict[str, int]] = {}
    shares: dict[str, float | None] = {}
    for row in rows:
        name = names.get(row.code or "", "")
        of_row = _counts(row.figures)
        known = counts.get(name)
        shares[name] = None if known else _share(row.figures)  # one name may stand for several subjects
        counts[name] = {each: n + (known[each] if known else 0) for each, n in of_row.items()}
    told, others = folded(counts)
    nameless = told.pop("", None)
    if nameless:
        others = {each: n + others.get(each, 0) for each, n in nameless.items()}
    shown = [{"name": name, **of_row, "within_target": shares[name]} for name, of_row in told.items()]
    return [*shown, {"name": "", **others, "within_target": None}] if others else shown


def _counts(figures: Figures) -> dict[str, int]:
    return {"opened": figures.opened, "resolved": figures.resolved, "open": figures.open_now or 0}


def _share(figures: Figures) -> float | None:
    """The share of the resolved that met its target, where enough were resolved."""
    return figures.resolution.within_target if published_count(figures.resolved) else None
