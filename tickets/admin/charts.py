"""The figures as charts, for heads of departments and the call centre. The page counts nothing: it asks the API."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from typing_extensions import override

from departments.clock import ISTANBUL
from departments.models import Department, Neighbourhood, Role
from tickets.access import Actor, actor_of
from tickets.reports import Interval

DAYS = 30
MONTHS_OFFERED = 12
FINEST = ((62, Interval.DAY), (400, Interval.WEEK))  # up to so many days: one point each


class SpanForm(forms.Form):
    """`from` is no name of a field in Python, so the first day is added by that name."""

    last = forms.DateField(error_messages={"invalid": "Son günü gün.ay.yıl olarak yazın."})

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["from"] = forms.DateField(error_messages={"invalid": "İlk günü gün.ay.yıl olarak yazın."})

    @override
    def clean(self) -> dict[str, Any]:
        days = self.cleaned_data
        if "from" in days and "last" in days and days["from"] > days["last"]:
            raise forms.ValidationError("Son gün ilk günden önce olamaz.")
        return days


def offered(request: HttpRequest) -> bool:
    """Whether the page is for whoever asks: all but crews, who work ticket by ticket."""
    actor = actor_of(request.user)
    return actor.sees_everything or actor.has(Role.HEAD, Role.OPERATOR, Role.DPO)


@require_safe
def charts(request: HttpRequest) -> HttpResponse:
    """The charts of a span of days, the last thirty unless others are given."""
    if not offered(request):
        raise PermissionDenied
    actor, today = actor_of(request.user), timezone.now().astimezone(ISTANBUL).date()
    first, last, problem = _span(request, today)
    departments = _departments(actor)
    chosen = request.GET.get("department", "")
    query = {"from": first, "to": last + timedelta(days=1)}
    if chosen in {department.code for department in departments}:
        query["department"] = chosen  # type: ignore[assignment]  # days and a code in one address
    days = (last - first).days
    context = admin.site.each_context(request) | {
        "title": "Raporlar",
        "first": first,
        "last": last,
        "problem": problem,
        "departments": departments,
        "chosen": query.get("department", ""),
        "query": urlencode(query),
        "interval": next((each for most, each in FINEST if days <= most), Interval.MONTH),
        "months": _months(today) if actor.sees_everything or actor.has(Role.HEAD) else [],
        "places": list(
            Neighbourhood.objects.order_by("code").values("code", "name", "lat", "lon", "boundary")
        ),
    }
    return render(request, "tickets/raporlar.html", context)


def _span(request: HttpRequest, today: date) -> tuple[date, date, str]:
    """The days asked for; those of the last month and what is wrong, where they cannot be understood."""
    usual = today - timedelta(days=DAYS - 1), today
    if not {"from", "last"} & set(request.GET):
        return *usual, ""
    form = SpanForm(request.GET)
    if form.is_valid():
        return form.cleaned_data["from"], form.cleaned_data["last"], ""
    problems = [str(text) for texts in form.errors.values() for text in texts]
    return *usual, " ".join(problems)


def _departments(actor: Actor) -> QuerySet[Department]:
    """Those whose figures somebody can choose between."""
    active = Department.objects.filter(active=True).order_by("name")
    if actor.sees_everything or actor.has(Role.OPERATOR, Role.DPO):
        return active
    return active.filter(code__in=[code for role, code in actor.roles if role is Role.HEAD])


def _months(today: date) -> list[date]:
    """The last months that are over, newest first."""
    months = [(today.replace(day=1) - timedelta(days=1)).replace(day=1)]
    while len(months) < MONTHS_OFFERED:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months
