"""The reports page (raporlar): charts for heads of departments and the call centre; its script asks the reports API."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from typing_extensions import override

from departments.common.days import DayField
from departments.models import Department, Role
from departments.places.outlines import main_roads, outlines
from departments.text.folding import sort_key
from departments.working_time.periods import USUAL_DAYS, offered_periods
from departments.working_time.working_hours import ISTANBUL
from tickets.record.permissions import Actor, actor_of
from tickets.reports.interface import Interval
from tickets.reports.rest import titles, views
from tickets.reports.rest.views import ReportView

MONTHS_OFFERED = 12
FINEST = ((62, Interval.DAY), (400, Interval.WEEK))  # up to so many days: one point per day, per week
FILES: dict[str, type[ReportView]] = {
    "summary": views.SummaryView,
    "trend": views.TrendView,
    "backlog": views.BacklogView,
    "satisfaction": views.SatisfactionView,
    "categories": views.CategoriesView,
    "neighbourhoods": views.NeighbourhoodsView,
    "routing": views.RoutingView,
}
COMPARISONS = {"previous": "Önceki dönemle", "last_year": "Geçen yılla", "": "Karşılaştırma"}
_NOT_A_DAY = {"invalid": "Günü seçin ya da gün.ay.yıl olarak yazın.", "required": "İlk ve son günü seçin."}


@dataclass(frozen=True)
class Span:
    """A span of days that one click chooses."""

    name: str
    first: date
    last: date
    query: str = ""
    chosen: bool = False


class SpanForm(forms.Form):
    """The first and last day asked for. `from` is a Python keyword, so that field is added in `__init__`."""

    last = DayField(error_messages=_NOT_A_DAY)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["from"] = DayField(error_messages=_NOT_A_DAY)

    @override
    def clean(self) -> dict[str, Any]:
        days = self.cleaned_data
        if "from" in days and "last" in days and days["from"] > days["last"]:
            raise forms.ValidationError("Son gün ilk günden önce olamaz.")
        return days


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: all but crews, who work ticket by ticket."""
    actor = actor_of(request.user)
    return actor.sees_everything or actor.has(Role.HEAD, Role.OPERATOR, Role.DPO)


@require_safe
def charts(request: HttpRequest) -> HttpResponse:
    """The charts of a span of days, the last thirty unless others are given."""
    if not may_open(request):
        raise PermissionDenied
    actor, today = actor_of(request.user), timezone.now().astimezone(ISTANBUL).date()
    first, last, problem = _span(request, today)
    departments = _departments(actor)
    asked = {
        "department": request.GET.get("department", ""),
        "compare": request.GET.get("compare", "previous"),
    }
    kept = {"department": {each.code for each in departments}, "compare": set(COMPARISONS)}
    chosen = {name: value for name, value in asked.items() if value in kept[name]}
    days = (last - first).days
    context = admin.site.each_context(request) | {
        "title": "Raporlar",
        "first": first,
        "last": last,
        "today": today,
        "problem": problem,
        "spans": _spans(today, first, last, chosen),
        "departments": departments,
        "chosen": chosen.get("department", ""),
        "comparisons": list(COMPARISONS.items()),
        "compare": chosen.get("compare", ""),
        "query": _address(first, last + timedelta(days=1), "to", chosen),
        "interval": next((each for most, each in FINEST if days <= most), Interval.MONTH),
        "papers": _months(today) if actor.sees_everything or actor.has(Role.HEAD) else [],
        "papers_of_one": not actor.sees_everything and len(departments) > 1 and "department" not in chosen,
        "columns": {name: _columns(view) for name, view in FILES.items()},
        "places": [each._asdict() for each in outlines()],
        "roads": [line for road in main_roads() for line in road.lines],
    }
    return render(request, "tickets/reports.html", context)


def _columns(view: type[ReportView]) -> list[tuple[str, str]]:
    """Name and heading of each column that a report's file can have."""
    return [(titles.machine_name(path), titles.title(path, by_day=view.by_day)) for path in view.columns()]


def _span(request: HttpRequest, today: date) -> tuple[date, date, str]:
    """First and last day asked for, and ""; the usual days and an error message where the input is invalid."""
    usual = today - timedelta(days=USUAL_DAYS - 1), today
    if not {"from", "last"} & set(request.GET):
        return *usual, ""
    form = SpanForm(request.GET)
    if form.is_valid():
        return form.cleaned_data["from"], form.cleaned_data["last"], ""
    problems = {str(text) for texts in form.errors.values() for text in texts}
    return *usual, " ".join(sorted(problems))


def _spans(today: date, first: date, last: date, chosen: dict[str, str]) -> list[Span]:
    spans = offered_periods(today)
    # Two may be the same days: on the 30th, for one.
    shown = next((name for name, *days in spans if days == [first, last]), "")
    return [
        Span(name, start, end, _address(start, end, "last", chosen), name == shown)
        for name, start, end in spans
    ]


def _address(first: date, end: date, end_name: str, chosen: dict[str, str]) -> str:
    return urlencode(
        {"from": first, end_name: end} | {name: value for name, value in chosen.items() if value}
    )


def _departments(actor: Actor) -> list[Department]:
    """The departments that the user can choose on the page, in Turkish order."""
    active = Department.objects.filter(active=True)
    if not (actor.sees_everything or actor.has(Role.OPERATOR, Role.DPO)):
        active = active.filter(code__in=[code for role, code in actor.roles if role is Role.HEAD])
    return sorted(active, key=lambda department: sort_key(department.name))


def _months(today: date) -> list[date]:
    """The last months that are over, newest first."""
    months = [(today.replace(day=1) - timedelta(days=1)).replace(day=1)]
    while len(months) < MONTHS_OFFERED:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months
