"""The page on what the router has learned: how often clerks agreed week by week, what it confuses, what runs now; and
the way back to the model before.
"""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from departments.models import RouterModel
from departments.routing.active_model import model_in_use, switch_off
from departments.routing.threshold_tuning_text import what_is_followed
from tickets.record.permissions import actor_of, visible_to
from tickets.reports.interface import Interval, Period, accuracy, confusions

WEEKS = 8
CONFUSIONS_SHOWN = 5


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: supervisors and administrators."""
    return actor_of(request.user).sees_everything


@never_cache
@require_safe
def learned(request: HttpRequest) -> HttpResponse:
    if not may_open(request):
        raise PermissionDenied
    today, tickets = localdate(), visible_to(request.user)
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    period = Period.of_days(monday, today)
    context: dict[str, Any] = {
        "title": "Yönlendirici",
        "weeks": [week for week in reversed(accuracy(tickets, period, Interval.WEEK)) if week.routed],
        "confusions": confusions(tickets, period)[:CONFUSIONS_SHOWN],
        "followed": list(what_is_followed()),
        "model": model_in_use(),
    }
    return render(request, "tickets/learning.html", admin.site.each_context(request) | context)


@require_POST
def roll_back(request: HttpRequest) -> HttpResponse:
    """Goes back from the model named in `model` to the one before; where another runs by now, nothing changes."""
    if not may_open(request):
        raise PermissionDenied
    version = request.POST.get("model", "")
    if switch_off(version):
        LogEntry.objects.log_actions(
            user_id=str(request.user.pk),
            queryset=RouterModel.objects.filter(version=version),
            action_flag=CHANGE,
            change_message="Önceki modele dönüldü.",
        )
        messages.success(request, "Önceki modele dönüldü; yeni gelen başvuruları o yönlendirir.")
    else:
        messages.error(request, "Model değiştirilmedi: bu model artık kullanımda değil. Sayfayı yenileyin.")
    return redirect("yonlendirici")
