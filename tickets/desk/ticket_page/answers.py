"""What the reply box asks for while somebody types: canned answers, colleagues, other tickets; and it keeps drafts."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from tickets.access_log.request_notes import AccessNote, note
from tickets.answering import canned_answers
from tickets.answering.drafts import drafts_to, save_draft
from tickets.answering.models.canned_answers import CannedAnswer
from tickets.answering.placeholders import placeholder_values
from tickets.answering.replies import may_reply
from tickets.back_office.names import display_name
from tickets.casework.mentions import may_be_mentioned
from tickets.desk.ticket_page.view import milliseconds, user_of
from tickets.record import channel
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, actor_of, parties, visible_to
from tickets.record.search import numbered
from tickets.record.workflow import transitions_for


def answers(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """JSON: the canned answers and macros for the ticket, its gaps filled, in the order in which they suit it.

    Those in the language of the talk come first, then those of the category, then those of the status. A macro is left
    out where its transition cannot be made now.
    """
    if not may_reply(ticket, actor_of(request.user)):
        raise PermissionDenied
    found = offered_answers(ticket, actor_of(request.user), placeholder_values(ticket))
    return JsonResponse({"answers": found})


def offered_answers(ticket: Ticket, actor: Actor, facts: dict[str, str]) -> list[dict[str, Any]]:
    """Those that suit the ticket, or one that is opened now, their gaps filled from the facts."""
    talk = channel.channel().talk(ticket.citizen) if ticket.citizen else None
    language = talk.language if talk else CannedAnswer.Language.TURKISH
    fits = (Q(category=None) | Q(category=ticket.category_id)) & (Q(status="") | Q(status=ticket.status))
    rows = CannedAnswer.objects.filter(fits, active=True).order_by("title")
    who = parties(actor, ticket.department.code if ticket.department else None)
    transitions = transitions_for(ticket.position(), who, timezone.now())
    offered = [row for row in rows if not row.move_to or row.move_to in transitions]
    offered.sort(key=lambda row: (row.language != language, row.category_id is None, row.status == ""))
    return [_as_row(row, facts) for row in offered]


def _as_row(row: CannedAnswer, facts: dict[str, str]) -> dict[str, Any]:
    """What the list of canned answers shows of one, its gaps filled from the facts."""
    does = [f"Durum: {row.get_move_to_display()}"] if row.move_to else []
    does += ["iç not"] if row.note else []
    return {
        "id": row.pk,
        "title": row.title,
        "text": canned_answers.filled(row.text, facts),
        "language": row.language,
        "does": ", ".join(does),
    }


def colleagues(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """JSON: colleagues whose name begins as `q` and who may see the ticket."""
    found = may_be_mentioned(ticket, request.GET.get("q", "")[:50])
    return JsonResponse(
        {"colleagues": [{"username": each.username, "name": display_name(each)} for each in found]}
    )


def numbered_tickets(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """JSON: the tickets of the number `q` that the user may see, with what tells them apart. None that is secret."""
    seen = visible_to(request.user).filter(restricted=False).exclude(pk=ticket.pk)
    found = numbered(seen.select_related("category", "neighbourhood"), request.GET.get("q", "")[:40])
    people = [each.citizen_id for each in found if each.citizen_id]
    note(request, AccessNote(tickets=[each.number for each in found], citizens=people))
    return JsonResponse({"tickets": [_as_json(each) for each in found]})


def _as_json(ticket: Ticket) -> dict[str, str]:
    about = (ticket.category, ticket.neighbourhood, ticket.address)
    return {
        "number": ticket.number,
        "about": " · ".join(str(each) for each in about if each),
        "status": ticket.get_status_display(),
        "opened": f"{timezone.localtime(ticket.created_at):%d.%m.%Y}",
        "words": ticket.summary or ticket.description[:200],
    }


def draft(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Keeps what the user has typed to the citizen, if they may write to them."""
    if ticket.citizen is None or not may_reply(ticket, actor_of(request.user)):
        raise PermissionDenied
    return kept_draft(request, ticket.citizen)


def kept_draft(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Keeps the typed text as the user's draft to the citizen. JSON: who else is writing to them, and when it was kept
    (milliseconds since 1970).
    """
    user, now = user_of(request), timezone.now()
    save_draft(user=user, citizen=citizen, text=request.POST.get("text", ""), now=now)
    _, writing = drafts_to(citizen, now, user=user)
    at = milliseconds(timezone.now())  # after it was committed: a page that was read later has it
    return JsonResponse({"writing": [display_name(each) for each in writing], "at": at})
