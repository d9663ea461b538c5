"""The talk that is open beside the list: the conversation or ticket, its answer box, what can be done."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from departments.common import composed_queries
from tickets.access_log.models import Access
from tickets.access_log.request_notes import AccessNote, note
from tickets.answering import conversations
from tickets.answering.canned_answers import placeholders
from tickets.answering.conversation_replies import preview_answer_by_macro, ticket_to_come
from tickets.answering.models.phone_calls import CallBack
from tickets.answering.phone_calls import due_call_backs
from tickets.answering.scheduled_replies import times_offered
from tickets.answering.snooze_times import presets
from tickets.desk.citizen_page import CitizenCallForm
from tickets.desk.ticket_page.answers import offered_answers
from tickets.desk.ticket_page.polling import as_json, macro_preview, reply_of
from tickets.desk.ticket_page.thread import conversation, readable, scheduled
from tickets.desk.ticket_page.view import RELATED, reply_box, ticket_context, user_of
from tickets.desk.waiting_list.entries import Entry, TicketReason, WaitingTab, What
from tickets.desk.waiting_list.rows import rows_of
from tickets.files.serving import respond
from tickets.files.storage import URL_SECONDS
from tickets.presence.marking import leave_talks, mark_talk
from tickets.record import channel
from tickets.record.channel import ChannelMessage
from tickets.record.models.attachments import Attachment
from tickets.record.models.citizen import Citizen
from tickets.record.models.snoozes import Snooze
from tickets.record.models.ticket import Ticket
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import (
    Actor,
    actor_of,
    masked,
    visibility_key,
    visible_citizens,
    visible_handovers,
    visible_to,
)

TICKETS = 20  # of the citizen's own, to join what was said to
CALLS = 10
FETCHED_WITHIN = timedelta(minutes=10)  # what has no file after that has none coming
PART = "X-Part"  # header of a request for the talk alone, to be put beside the list
_RELATED = ("citizen", "ticket__category", "assignee", "ended_by")


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: the call centre."""
    return actor_of(request.user).is_call_centre


def clerk(request: HttpRequest) -> Actor:
    """Raises PermissionDenied for all but the call centre."""
    if not may_open(request):
        raise PermissionDenied
    return actor_of(request.user)


def handover_of(request: HttpRequest, key: int, *related: str) -> WaitingConversation:
    """With these rows that it points at, or all that a page shows. Raises PermissionDenied without a role, Http404
    where the user may not see it.
    """
    actor = clerk(request)
    seen = composed_queries.ask(
        ("talk", visibility_key(actor)),
        lambda it: visible_handovers(actor).filter(pk=it).values_list("pk"),
        (key,),
    )
    row = (
        WaitingConversation.objects.select_related(*related or _RELATED).filter(pk=key).first()
        if seen
        else None
    )
    if row is None:
        raise Http404
    return row


def ticket_of(request: HttpRequest, key: int) -> Ticket:
    """Raises PermissionDenied without a role, Http404 where the user may not see it."""
    row = visible_to(clerk(request)).select_related(*RELATED).filter(pk=key).first()
    if row is None:
        raise Http404
    return row


@never_cache
@require_safe
def talk(request: HttpRequest, key: int) -> HttpResponse:
    """The conversation, with what can be done about it."""
    return talk_page(request, handover_of(request, key))


@never_cache
@require_safe
def of_ticket(request: HttpRequest, key: int) -> HttpResponse:
    """The talk about a ticket that waits, with its next steps."""
    return ticket_talk(request, ticket_of(request, key))


@never_cache
@require_safe
def of_call(request: HttpRequest, key: int) -> HttpResponse:
    """Somebody to call again: the talk about their ticket, or what is known of calls without one."""
    actor, now = clerk(request), timezone.now()
    row = due_call_backs(actor, now).filter(pk=key).first()
    if row is None:
        raise Http404
    ticket = visible_to(actor).select_related(*RELATED).filter(pk=row.ticket_id or 0).first()
    if ticket is not None:
        return ticket_talk(request, ticket, call=row)
    note(request, AccessNote(citizens=(row.citizen_id,)))
    context = _frame(request, _call_entry(row), row, actor, now) | {
        "title": f"Geri arama · {row.citizen}",
        **_telephone(row.citizen, actor),
        **_calls(row.citizen, now),
    }
    return _shown(request, "tickets/waiting/call.html", context, HTTPStatus.OK)


@never_cache
@require_safe
def file(request: HttpRequest, key: int, file: str, part: str) -> HttpResponseBase:
    """The `file` or the `thumbnail` of what was sent in a conversation that the user may see, and that is no ticket's.
    Raises Http404 for any other.
    """
    row = handover_of(request, key)
    said = channel.channel().conversation(row.citizen, Ticket.objects.none())
    found = next((each.file for each in said if each.file and each.file.key == file), None)
    if found is None or part not in ("file", "thumbnail"):
        raise Http404
    what = Access.What.OPENED if part == "file" else Access.What.LISTED
    note(request, AccessNote(what, citizens=(row.citizen_id,)))
    if part == "file":
        return respond(found.name, found.mime_type, cache="no-store")
    return respond(found.thumbnail, "image/jpeg", cache=f"private, max-age={URL_SECONDS}")


@require_safe
def answers(request: HttpRequest, key: int) -> HttpResponse:
    """JSON: the canned answers that need no ticket, and the macros that suit one that is opened now; those in the
    language of the talk first.
    """
    row = handover_of(request, key)
    note(request, AccessNote(Access.What.LISTED, citizens=(row.citizen_id,)))
    ticket = ticket_to_come(row)
    answers = offered_answers(ticket, clerk(request), {"ad": row.citizen.name or ""})
    return JsonResponse({"answers": [each for each in answers if not placeholders(each["text"])]})


@require_POST
def preview(request: HttpRequest, key: int) -> HttpResponse:
    """JSON as of a ticket's page: what the citizen would read of the reply, or what the macro does."""
    row, actor, now = handover_of(request, key), clerk(request), timezone.now()
    text = request.POST.get("text", "")
    if "macro" not in request.POST:
        return as_json(reply_of(ticket_to_come(row), text), now)
    return macro_preview(
        request,
        lambda macro: preview_answer_by_macro(handover=row, macro=macro, actor=actor, now=now, text=text),
        now,
    )


def talk_page(
    request: HttpRequest, row: WaitingConversation, refusal: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    actor, now = clerk(request), timezone.now()
    tickets = visible_to(actor)
    about = tickets.select_related(*RELATED).filter(pk=row.ticket_id).first() if row.ticket_id else None
    if about and row.ended_at is None and not refusal:
        return ticket_talk(request, about, handover=row)
    numbers = (row.ticket.number,) if row.ticket else ()
    note(request, AccessNote(tickets=numbers, citizens=(row.citizen_id,)))
    said = readable(channel.channel().conversation(row.citizen, tickets), actor, row.citizen_id)
    entries = conversation(
        said,
        scheduled(row.citizen, actor, row),
        loose=lambda file, part: reverse("bekleyen_dosya", args=[row.pk, file, part]),
    )
    parts = {
        "reply": "cevapla",
        "schedule": "sonra",
        "unschedule": "vazgec",
        "macro": "makro",
        "answers": "hazir",
        "draft": "taslak",
    }
    addresses = {part: f"{reverse('bekleyen', args=[row.pk])}{what}/" for part, what in parts.items()}
    context = _frame(request, _talk_entry(row), row, actor, now) | {
        "title": f"Bekleyen görüşme · {row.citizen}",
        "entries": entries,
        "coming": any(_is_coming(each, now) for each in said),
        "photos": [each.file for each in entries if each.file and each.file.thumbnail_url],
        "tickets": tickets.filter(citizen=row.citizen).select_related("category").order_by("-id")[:TICKETS],
        "refused": refusal,
        "typed_reply": request.POST.get("text", ""),
        "note": request.POST.get("note", ""),
    }
    may = row.ended_at is None
    if may and (telephone := _telephone(row.citizen, actor)):
        context |= telephone | _calls(row.citizen, now)
    context |= reply_box(row.citizen, user_of(request), now, addresses, may=may)
    return _shown(request, "tickets/waiting/talk.html", context, status)


def _telephone(citizen: Citizen, actor: Actor) -> dict[str, Any]:
    """The number of somebody without a ticket, masked; empty where it is not known, or the actor may not open their
    page.
    """
    if not citizen.phone or not visible_citizens(actor).filter(pk=citizen.pk).exists():
        return {}
    return {"phone": masked(citizen.phone), "may_unmask": True, "person": citizen.pk}


def _calls(citizen: Citizen, now: datetime) -> dict[str, Any]:
    """What became of the calls that were of no ticket, and where the next is written down."""
    return {
        "calls": citizen.phone_calls.filter(ticket=None).select_related("by").order_by("-id")[:CALLS],
        "call_form": CitizenCallForm(),
        "call_times": times_offered(now),
    }


def _is_coming(message: ChannelMessage, now: datetime) -> bool:
    """Whether its file may yet be there with the next look."""
    is_file, has_none = message.kind in Attachment.Kind.values, not (message.file or message.attachment)
    return message.direction == "in" and is_file and has_none and message.at > now - FETCHED_WITHIN


def ticket_talk(
    request: HttpRequest,
    ticket: Ticket,
    refusal: str = "",
    status: HTTPStatus = HTTPStatus.OK,
    handover: WaitingConversation | None = None,
    call: CallBack | None = None,
) -> HttpResponse:
    """The ticket's conversation, answer box and next steps; with the waiting conversation that is about it, or whom to
    call again.
    """
    actor, now = clerk(request), timezone.now()
    if handover is None:
        open_ones = visible_handovers(actor).select_related(*_RELATED)
        handover = open_ones.filter(ticket=ticket, ended_at=None).first()
    if call:
        entry = _call_entry(call)
    elif handover:
        entry = _talk_entry(handover)
    else:
        entry = Entry(What.TICKET, ticket.pk, ticket.created_at, TicketReason.GIVEN, assignee=None)
    context = (
        ticket_context(request, ticket)
        | _frame(request, entry, handover or ticket, actor, now)
        | {"title": f"{ticket.number} · Bekleyenler", "refused": refusal, "call": call}
    )
    return _shown(request, "tickets/waiting/ticket.html", context, status)


def _shown(request: HttpRequest, template: str, context: dict[str, Any], status: HTTPStatus) -> HttpResponse:
    """The talk alone for the page's script, else a page of it."""
    if PART in request.headers:
        return render(request, template, context, status=status)
    framed = admin.site.each_context(request) | context | {"part": template, "is_fullwidth": "1"}
    return render(request, "tickets/waiting/talk_page.html", framed, status=status)


def _talk_entry(row: WaitingConversation) -> Entry:
    return Entry(What.TALK, row.pk, row.oldest_word, row.reason, row.assignee_id)


def _call_entry(row: CallBack) -> Entry:
    return Entry(What.CALL, row.pk, row.due_at, TicketReason.CALL, row.assignee_id)


def _frame(
    request: HttpRequest,
    entry: Entry,
    of: WaitingConversation | Ticket | CallBack,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """What stands above every talk: who, why, in whose hands, until when it is put off; others who have it open."""
    rows = rows_of([entry], WaitingTab.ALL, now, is_open=True)
    handover = of if isinstance(of, WaitingConversation) else None
    ticket = of if isinstance(of, Ticket) else None
    _mark(of, actor, now)
    return {
        "row": rows[0].seen_by(user_of(request).pk) if rows else None,
        "handover": handover,
        "snooze": Snooze.objects.filter(handover=handover, ticket=ticket, ended_at=None).first(),
        "call": of if isinstance(of, CallBack) else None,
        "presets": presets(now),
        "colleagues": conversations.colleagues().exclude(pk=handover.assignee_id or 0) if handover else [],
        "mine": handover is not None and actor.user is not None and handover.assignee_id == actor.user.pk,
        "now": now,
    }


def _mark(of: WaitingConversation | Ticket | CallBack, actor: Actor, now: datetime) -> None:
    if actor.user is not None and of.citizen_id is not None:
        leave_talks(user=actor.user, now=now, but=of.citizen_id)
        mark_talk(citizen=of.citizen_id, user=actor.user, now=now)
