"""The page on which the call centre confirms proposed redirections to other agencies, many at once."""

from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from departments.models import Role
from tickets.back_office.row_keys import key_of
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, actor_of, visible_to
from tickets.record.statuses import Status
from tickets.record.workflow import TransitionError
from tickets.undo.actions import TakenBackMeanwhile, several

LISTED = 100
NOT_PROPOSED = "Yönlendirilmedi; artık yönlendirme önerisi değil ya da size görünmüyor."


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: the call centre."""
    actor = actor_of(request.user)
    return actor.has(Role.OPERATOR) or actor.sees_everything


@never_cache
@require_http_methods(["GET", "POST"])
def proposals(request: HttpRequest) -> HttpResponse:
    """Lists the tickets proposed for each agency; POST redirects the ticked ones, one service call each.

    Urgent ones are not ticked in advance: a person must look at danger first, whichever agency's job it is.
    """
    if not may_open(request):
        raise PermissionDenied
    if request.method == "POST":
        _confirm(request, actor_of(request.user))
        return redirect("yonlendirmeler")
    rows = list(_proposed(request).order_by("proposed_agency__name", "created_at")[: LISTED + 1])
    groups = [
        (agency, list(tickets))
        for agency, tickets in groupby(rows[:LISTED], key=lambda row: row.proposed_agency)
    ]
    context = {"title": "Yönlendirme onayı", "groups": groups, "more": len(rows) > LISTED}
    return render(request, "tickets/redirections.html", admin.site.each_context(request) | context)


def _proposed(request: HttpRequest) -> QuerySet[Ticket]:
    rows = visible_to(request.user).filter(status=Status.NEW, proposed_agency__isnull=False)
    return rows.select_related("proposed_agency", "category", "neighbourhood")


def _confirm(request: HttpRequest, actor: Actor) -> None:
    """Redirects the tickets in `ticket` ("number/version" as the page showed it); a changed ticket is refused.

    Each that is not redirected is named. Raises Http404 where the user sees none of them.
    """
    looked_at: dict[str, Any] = dict(
        entry.split("/", 1) for entry in request.POST.getlist("ticket") if entry.count("/") == 1
    )
    proposed = list(_proposed(request).filter(number__in=looked_at))
    if looked_at and not visible_to(actor).filter(number__in=looked_at).exists():
        raise Http404
    done, given = 0, {"to": Status.REDIRECTED}
    with several("move", actor=actor, now=timezone.now(), tickets=max(1, len(looked_at)), **given) as one:
        for ticket in proposed:
            try:
                one(
                    ticket=ticket,
                    agency=ticket.proposed_agency,
                    version=key_of(looked_at[ticket.number]),
                    **given,
                )
            except TakenBackMeanwhile as stop:
                messages.warning(request, str(stop))
                return
            except TransitionError as refusal:
                messages.error(request, f"{ticket.number}: {refusal}")
            else:
                done += 1
    for number in sorted(set(looked_at) - {each.number for each in proposed}):
        messages.error(request, f"{number[:20]}: {NOT_PROPOSED}")
    if done:
        messages.success(request, f"{done} başvuru ilgili kuruma yönlendirildi; vatandaşlara bildirilecek.")
    else:
        messages.warning(request, "Yönlendirilen başvuru yok. Yönlendirilecekleri işaretleyin.")
