"""The officer's list of requests about personal data: open, overdue and closed ones, each closed with an outcome."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tickets.privacy.admin.personal_data import may_open
from tickets.privacy.data_requests import close_request
from tickets.privacy.models.data_requests import PersonalDataRequest
from tickets.record.permissions import actor_of
from tickets.record.workflow import TransitionError

LISTED = 100
# By the word in the address: its name, and what the list says where nothing is in it.
VIEWS = {
    "acik": ("Açık", "Bekleyen talep yok."),
    "geciken": ("Süresi geçen", "Süresi geçen talep yok."),
    "kapanan": ("Kapanan", "Henüz kapatılmış talep yok."),
}


@never_cache
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The requests of one of VIEWS: those to be answered by the day they are due, the closed ones newest first."""
    if not may_open(request):
        raise PermissionDenied
    now = timezone.now()
    chosen = request.GET.get("durum", "")
    chosen = chosen if chosen in VIEWS else "acik"
    which = {
        "acik": Q(closed_at=None),
        "geciken": Q(closed_at=None, due_at__lt=now),
        "kapanan": Q(closed_at__isnull=False),
    }
    rows = PersonalDataRequest.objects.select_related("citizen", "closed_by")
    order = "-closed_at" if chosen == "kapanan" else "due_at"
    found = rows.filter(which[chosen]).order_by(order, "pk")[:LISTED]
    context: dict[str, Any] = {
        "title": "Kişisel veri talepleri",
        "rows": [(each, each.days_left(now)) for each in found],
        "views": [
            (word, name, word == chosen, rows.filter(which[word]).count())
            for word, (name, _) in VIEWS.items()
        ],
        "empty": VIEWS[chosen][1],
        "outcomes": PersonalDataRequest.Outcome.choices,
    }
    return render(request, "tickets/data_requests.html", admin.site.each_context(request) | context)


@require_POST
def close(request: HttpRequest, key: int) -> HttpResponse:
    """Closes a request with the outcome chosen, and returns to the list. PermissionDenied for all but the officer."""
    if not may_open(request):
        raise PermissionDenied
    asked = get_object_or_404(PersonalDataRequest, pk=key)
    try:
        close_request(
            data_request=asked,
            actor=actor_of(request.user),
            now=timezone.now(),
            outcome=request.POST.get("outcome", ""),
            note=request.POST.get("note", ""),
        )
    except TransitionError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{asked} kapatıldı.")
    return redirect(reverse("kvkk_talepleri"))
