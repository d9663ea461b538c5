"""The list of those who wait, with room beside it for the talk that is open; its count; what the open page asks for."""

from hashlib import sha256
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tickets.access_log.models import Access
from tickets.access_log.request_notes import AccessNote, note
from tickets.back_office.row_keys import key_of
from tickets.danger import bar
from tickets.danger.open_dangers import is_shut
from tickets.desk.ticket_page.answers import kept_draft
from tickets.desk.ticket_page.view import milliseconds, user_of
from tickets.desk.waiting_list.entries import COUNTED, PAGE, WaitingTab, how_many, newest, waiting
from tickets.desk.waiting_list.list_cache import drawn, listing
from tickets.desk.waiting_list.rows import shut_name
from tickets.desk.waiting_list.talks import clerk, handover_of, may_open, ticket_of
from tickets.presence.marking import leave_talks, mark_talk, mark_viewed
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import actor_of, visible_handovers

_COUNT = "melikgazi.waiting"
BEAT_SECONDS = 20  # from one sign of life of an open talk to the next


def waiting_count(request: HttpRequest) -> str:
    """The badge of the sidebar; '' where nobody waits."""
    if not may_open(request):
        return ""
    if _COUNT in request.META:  # by the list itself
        return str(request.META[_COUNT])
    return shown(how_many(actor_of(request.user), timezone.now()))


def since_of_newest(request: HttpRequest) -> int | None:
    """Since when the one waits who has waited shortest, in milliseconds; None for whoever may not see them."""
    if not may_open(request):
        return None
    return milliseconds(newest(actor_of(request.user)))


def shown(count: int) -> str:
    return f"{COUNTED}+" if count > COUNTED else str(count or "")


@never_cache
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Whoever waits, longest first, dangers above; with `?bitti` the conversations that ended, newest first.

    `?live` is the list alone, for the open page: 304 while nothing of it changed. Its value is the pulse's stamp of
    which the page heard, and with `after` it says when the list was read that it shows.
    """
    actor, now = clerk(request), timezone.now()
    if "bitti" in request.GET:
        return _ended(request)
    user, tab, number = user_of(request).pk, _tab(request), key_of(request.GET.get("sayfa", "")) or 1
    most = max(COUNTED, PAGE * min(number, COUNTED)) + 1
    heard, after = request.GET.get("live", ""), _after(request)
    known = listing(actor, now, most, heard, after, with_rows=number == 1 and tab is WaitingTab.ALL)
    everyone = known.everyone(actor, now, most)
    entries = everyone if tab is WaitingTab.ALL else waiting(actor, tab, now, most)
    page = Paginator(entries, PAGE).get_page(number)
    rows = drawn(list(page), tab, now, user, known.rows if tab is WaitingTab.ALL else {})
    dangers = known.dangers(actor)
    held = [each for each in dangers if each.claimed_by == actor.user]
    above = {WaitingTab.ALL: dangers, WaitingTab.MINE: held}.get(tab, []) if page.number == 1 else []
    came = [each.came for each in everyone if each.came]
    last = max([known.newest, *came] if known.newest else came, default=None)
    context = {
        "tab": tab,
        "page": page,
        "rows": rows,
        "dangers": bar.as_rows(above, (), actor),
        "count": shown(len(entries)),
        "waiting": shown(len(everyone)),
        # By these a page knows somebody new, whatever part of the list it shows; of very many by the newest alone.
        "newest": milliseconds(last),
        "keys": [] if len(everyone) > COUNTED else [each.row_key for each in everyone],
        "mine": shown(len(held) + sum(entry.assignee == user for entry in everyone)),
    }
    request.META[_COUNT] = context["waiting"]
    stamp = _stamp(context)
    if "live" in request.GET and request.headers.get("If-None-Match") == stamp:
        return HttpResponseNotModified(headers={"ETag": stamp})
    note(request, AccessNote(Access.What.LISTED))
    context |= {
        "title": "Bekleyenler",
        "now": now,
        "seconds": BEAT_SECONDS,
        "stamp": stamp,
        "read": repr(known.at),
    }
    if "live" in request.GET:
        answer = HttpResponse(render_to_string("tickets/waiting/list.html", context))
        answer["ETag"] = stamp
        return answer
    framed = admin.site.each_context(request) | context | {"is_fullwidth": "1"}
    return render(request, "tickets/waiting/page.html", framed)


def _after(request: HttpRequest) -> float:
    """When the list was read that the page shows; 0 where it does not say."""
    try:
        return float(request.GET.get("after", 0))
    except ValueError:
        return 0.0


def _tab(request: HttpRequest) -> WaitingTab:
    wanted = request.GET.get("gorunum", "")
    return WaitingTab(wanted) if wanted in WaitingTab.values else WaitingTab.ALL


def _stamp(shown: dict[str, Any]) -> str:
    """An ETag that changes with whatever is shown."""
    seen = {name: value for name, value in shown.items() if name != "page"} | {"number": shown["page"].number}
    return f'"{sha256(repr(seen).encode()).hexdigest()[:32]}"'


def _ended(request: HttpRequest) -> HttpResponse:
    rows = visible_handovers(clerk(request)).exclude(ended_at=None).order_by("-ended_at")
    page = Paginator(rows.select_related("citizen", "ticket", "ended_by"), PAGE).get_page(
        request.GET.get("sayfa")
    )
    context = {
        "title": "Biten görüşmeler",
        "page": page,
        "rows": [(row, shut_name(row.ticket) if row.ticket and is_shut(row.ticket) else "") for row in page],
        "now": timezone.now(),
    }
    return render(request, "tickets/waiting/ended.html", admin.site.each_context(request) | context)


@require_POST
def beat(request: HttpRequest, key: int) -> HttpResponse:
    """A sign of life of an open conversation: the user has it open, and writes if `writing`."""
    row = handover_of(request, key, "ended_by")
    _open(request, row.citizen_id)
    return JsonResponse({"ended": "" if row.ended_at is None else _how_it_ended(row)})


@require_POST
def beat_of_ticket(request: HttpRequest, key: int) -> HttpResponse:
    """The same of a ticket, with its version: it counts as read, too."""
    ticket, now = ticket_of(request, key), timezone.now()
    mark_viewed(ticket=ticket, user=user_of(request), now=now)
    _open(request, ticket.citizen_id)
    return JsonResponse({"ended": "", "version": ticket.version})


def _open(request: HttpRequest, citizen: int | None) -> None:
    if citizen is not None:
        mark_talk(
            citizen=citizen, user=user_of(request), now=timezone.now(), writing="writing" in request.POST
        )


@require_POST
def draft(request: HttpRequest, key: int) -> HttpResponse:
    """Keeps what the user has typed to the citizen."""
    return kept_draft(request, handover_of(request, key).citizen)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """The page was left: no talk counts as open to the user any more."""
    clerk(request)
    leave_talks(user=user_of(request), now=timezone.now())
    return HttpResponse(status=204)


def _how_it_ended(row: WaitingConversation) -> str:
    who = row.ended_by.get_full_name() or row.ended_by.get_username() if row.ended_by else "Başka biri"
    ended: Any = row.ended_at
    return f"{who} kapattı, {timezone.localtime(ended):%H.%M}: {row.get_end_display().lower()}."
