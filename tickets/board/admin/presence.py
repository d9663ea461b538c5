"""One's own page: at the desk, on a break, gone; and one's own shift handed over."""

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tickets.answering.models.phone_calls import CallBack
from tickets.board.admin.acts import colleagues_of
from tickets.board.shifts import shift_changes
from tickets.presence.models.presence import Presence
from tickets.presence.saying import set_availability
from tickets.record.permissions import actor_of, visible_handovers, visible_to


@never_cache
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Shows what one has said of oneself; POST says something else."""
    user = request.user
    actor = actor_of(user)
    if not isinstance(user, User) or not (actor.roles or actor.sees_everything):
        raise PermissionDenied
    if request.method == "POST":
        state = request.POST.get("state", "")
        if state not in Presence.State.values:
            messages.error(request, "Şunlardan birini seçin: burada, molada, çıktı.")
        else:
            row = set_availability(user=user, state=Presence.State(state))
            messages.success(request, f"Hâliniz: {row.get_state_display().lower()}.")
        return redirect("durumum")
    now = timezone.now()
    context = {
        "title": "Durumum",
        "said": Presence.objects.filter(user=user).first(),
        "states": Presence.State.choices,
        "tickets": visible_to(actor).filter(assignee=user, outcome=None).count(),
        "talks": visible_handovers(actor).filter(assignee=user, ended_at=None).count(),
        "calls": CallBack.objects.filter(assignee=user, ended_at=None).count(),
        "dangers": visible_to(actor).filter(claimed_by=user, outcome=None).count(),
        "colleagues": colleagues_of(actor, user),
        "changes": shift_changes(actor, now),
    }
    return render(request, "tickets/board/my_presence.html", admin.site.each_context(request) | context)
