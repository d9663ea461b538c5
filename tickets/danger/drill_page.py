"""The page of drills: start one, and see who was rung, by which way, how soon, and who claimed it."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from departments.staff.admin import is_administrator
from tickets.danger.alert_history import attempts, why_unheard
from tickets.danger.drills import start_drill
from tickets.danger.models import Drill
from tickets.record.permissions import actor_of
from tickets.record.workflow import TransitionError

LISTED = 20


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: supervisors and administrators."""
    return actor_of(request.user).sees_everything


@never_cache
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    if not may_open(request):
        raise PermissionDenied
    drills = Drill.objects.select_related("started_by", "claimed_by").order_by("-id")[:LISTED]
    context = {
        "title": "Tatbikat",
        "drills": [(drill, attempts(drill)) for drill in drills],
        "why_unheard": why_unheard(timezone.now()),
        "may_start": is_administrator(request),
    }
    return render(request, "tickets/drill.html", admin.site.each_context(request) | context)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Starts a drill. PermissionDenied for all but administrators."""
    try:
        start_drill(actor=actor_of(request.user), now=timezone.now())
    except TransitionError as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    messages.success(request, "Tatbikat başladı: nöbetçiler aranıyor. Sonucu görmek için sayfayı yenileyin.")
    return redirect("tatbikat")
