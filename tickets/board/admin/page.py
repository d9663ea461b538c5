"""The board's page, and the part of it that the browser asks for every few seconds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from departments.common.durations import waited
from tickets.answering.waiting_limits import ANSWERED_WITHIN
from tickets.back_office.clock_cells import LEGAL_STATES, clock_of
from tickets.back_office.names import display_name, initials, name_of_citizen
from tickets.board import figures
from tickets.board.figures import Board, ClosingWindow, Colleague
from tickets.board.models.shifts import ShiftChange
from tickets.board.shifts import shift_changes
from tickets.danger.open_dangers import is_shut, name_of
from tickets.presence.at_desk import Desk
from tickets.record.legal_limits import legal_state
from tickets.record.models.ticket import Ticket
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import actor_of, visible_to

LOOK_AGAIN_SECONDS = 10
_DAYS = ("Pazartesi", "Salı", "Çarşamba", "Perşembe", "Cuma", "Cumartesi", "Pazar")


@dataclass(frozen=True)
class BoardRow:
    """Somebody who waits: a talk, or a ticket. `who` is empty where no name is shown."""

    what: str
    key: int
    who: str
    about: str
    waits: str
    late: bool
    whose: str
    seen: str = ""  # the stamp of a talk


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: supervisors, and heads for their department."""
    return figures.may_see(actor_of(request.user))


@require_safe
def live_board(request: HttpRequest) -> HttpResponse:
    """The whole page; with `?live` only what changes, or 304 while that is the same."""
    if not may_open(request):
        raise PermissionDenied
    actor, now = actor_of(request.user), timezone.now()
    shown = figures.of(actor, now)
    context = _context(shown)
    if "live" in request.GET:
        html = render_to_string("tickets/board/live.html", context, request)
        stamp = f'"{sha256(_steady(html).encode()).hexdigest()[:32]}"'
        headers = {"ETag": stamp, "Cache-Control": "no-store"}
        if request.headers.get("If-None-Match") == stamp:
            return HttpResponseNotModified(headers=headers)
        return HttpResponse(html, headers=headers)
    context |= admin.site.each_context(request) | {"title": "Canlı pano", "is_fullwidth": "1"}
    context |= {"seconds": LOOK_AGAIN_SECONDS, "walls": actor.sees_everything}
    return TemplateResponse(
        request, "tickets/board/page.html", context, headers={"Cache-Control": "no-store"}
    )


def _steady(html: str) -> str:
    """Without the tokens against forgery, which differ each time."""
    return "".join(line for line in html.splitlines() if "csrfmiddlewaretoken" not in line)


def _context(shown: Board) -> dict[str, Any]:
    actor, now = shown.actor, shown.now
    visible = visible_to(actor)
    counts = figures.counted(visible, now)
    waiting = _waiting(shown)
    windows, more_windows = figures.closing_windows(actor, shown.talks, now)
    takers = _takers(shown.people)
    here = [each for each in shown.people if each.desk in (Desk.HERE, Desk.IDLE)]
    return {
        "now": now,
        "counts": counts.shown(),
        "calls": shown.calls,
        "waiting": waiting,
        "waiting_count": len(shown.not_snoozed) if actor.sees_everything else len(waiting),
        "of_line": actor.sees_everything,
        "longest": waiting[0] if waiting else None,
        "people": [_person(each) for each in shown.people],
        "here": len(here),
        "on_break": sum(each.desk is Desk.BREAK for each in shown.people),
        "leavers": [_person(each) for each in shown.people if each.left_work],
        "due": [_due(ticket, now) for ticket in figures.due_tickets(visible, now)],
        "windows": [_window(each, now) for each in windows],
        "more_windows": more_windows,
        "changes": [_change(each, actor.user) for each in shift_changes(actor, now)],
        "takers": takers,
        "taker_options": _options(takers),  # made once, for each row
    }


def _takers(people: list[Colleague]) -> list[User]:
    """To whom something is given: whoever is at the desk comes first, with the least in hand before the others."""
    return [each.user for each in sorted(people, key=lambda each: (each.desk is not Desk.HERE, each.has))]


def _options(takers: list[User]) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}">{}</option>',
        ((user.pk, user.get_full_name() or user.username) for user in takers),
    )


def _person(each: Colleague) -> dict[str, Any]:
    clock = localtime(each.since) if each.since else None
    return {
        "user": each.user,
        "name": display_name(each.user),
        "initials": initials(display_name(each.user)),
        "desk": each.desk.value,
        "label": each.desk.label,
        "since": f"{clock:%H.%M}" if clock and each.desk is not Desk.HERE else "",
        "talks": each.talks,
        "tickets": each.tickets,
        "has": each.has,
        "oldest": waited(timezone.now() - each.oldest) if each.oldest else "–",
    }


def _waiting(shown: Board) -> list[BoardRow]:
    """The first of the talks that wait for the call centre; for a head of the tickets whose citizens wait."""
    if shown.actor.sees_everything:
        return [_talk(each, shown.now) for each in shown.not_snoozed[: figures.ROWS]]
    return [_ticket(each, shown.now) for each in figures.waiting_tickets(shown.actor)]


def _talk(row: WaitingConversation, now: datetime) -> BoardRow:
    shut = row.ticket is not None and is_shut(row.ticket)
    place = str(row.ticket.neighbourhood or "") if row.ticket and not shut else ""
    about = " · ".join(filter(None, (row.get_reason_display(), place)))
    whose = display_name(row.assignee) if row.assignee else ""
    wait = now - row.oldest_word
    who = "" if shut else name_of_citizen(row.citizen)
    return BoardRow("talk", row.pk, who, about, waited(wait), wait > ANSWERED_WITHIN, whose, row.stamp)


def _ticket(row: Ticket, now: datetime) -> BoardRow:
    shut = is_shut(row)
    whose = display_name(row.assignee) if row.assignee else ""
    about = "Gizli acil bildirim" if row.restricted else str(row.category or "Konusu belirsiz")
    who = "" if shut else name_of_citizen(row.citizen)
    wait = now - row.waits_since if row.waits_since else timedelta()
    late = (
        row.first_action_at is None and row.first_action_due_at is not None and row.first_action_due_at < now
    )
    return BoardRow("ticket", row.pk, who, about, waited(wait), late, whose)


def _due(ticket: Ticket, now: datetime) -> dict[str, Any]:
    about = str(ticket.category or "Konusu belirsiz")
    if ticket.is_danger:
        about = "Gizli acil bildirim" if ticket.restricted else name_of(ticket.danger)
    return {
        "ticket": ticket,
        "serial": ticket.number.rpartition("-")[2],
        "about": about,
        "unit": ticket.department.name.removesuffix(" Müdürlüğü") if ticket.department else "–",
        "clock": clock_of(ticket, now),
        "legal": LEGAL_STATES.get(legal_state(ticket, now), "") if not ticket.is_danger else "",
        "whose": display_name(ticket.assignee) if ticket.assignee else "",
    }


def _window(each: ClosingWindow, now: datetime) -> dict[str, Any]:
    shut = each.ticket is not None and is_shut(each.ticket)
    until, today = localtime(each.until), localtime(now).date()
    days = (until.date() - today).days
    day = {0: "Bugün", 1: "Yarın"}.get(days, _DAYS[until.weekday()])
    return {
        "who": "" if shut else name_of_citizen(each.citizen),
        "until": f"{day} {until:%H.%M}",
        "talk": each.talk,
        "ticket": each.ticket,
    }


def _change(change: ShiftChange, user: User | None) -> dict[str, Any]:
    return {
        "change": change,
        "giver": display_name(change.giver),
        "taker": display_name(change.taker) if change.taker else "herkes",
        "by": display_name(change.by),
        "count": change.count,
        "mine": user is not None and change.by_id == user.pk,
    }
