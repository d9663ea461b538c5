"""What whoever has a danger does on its page: ticks off what was done, takes what 112 needs."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from tickets.access_log.request_notes import note_ticket
from tickets.danger import checklist
from tickets.danger.checklist import DangerStep
from tickets.danger.services import note_copied
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import actor_of, visible_to
from tickets.record.workflow import TransitionError


@require_POST
def tick(request: HttpRequest, key: int) -> HttpResponse:
    """Ticks a step off, or takes the tick back. Raises Http404 for a ticket the user may not see, or no such step."""
    ticket, step = _danger(request, key), request.POST.get("step", "")
    if step not in DangerStep.values:
        raise Http404
    try:
        checklist.tick(
            ticket=ticket,
            actor=actor_of(request.user),
            now=timezone.now(),
            step=DangerStep(step),
            done=request.POST.get("done") == "1",
        )
    except TransitionError as refusal:
        messages.error(request, str(refusal))
    return redirect("admin:tickets_ticket_change", key)


@require_POST
def copied(request: HttpRequest, key: int) -> HttpResponse:
    """What 112 needs was copied: who did, when and on what legal ground stands in the timeline and the access log."""
    ticket = _danger(request, key)
    try:
        note_copied(ticket=ticket, actor=actor_of(request.user), now=timezone.now())
    except TransitionError as refusal:
        return HttpResponse(str(refusal), status=403)
    note_ticket(request, ticket)
    return HttpResponse("Kayda geçti.")


def _danger(request: HttpRequest, key: int) -> Ticket:
    ticket = visible_to(request.user).filter(pk=key).first()
    if ticket is None or not ticket.is_danger:
        raise Http404
    return ticket
