"""Who waits for a person: the list, longest wait first, and the page of one conversation with its answer box."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from departments.models import Role
from tickets import ports
from tickets.access_notes import AccessNote, note
from tickets.admin.page.thread import conversation
from tickets.admin.queue.rows import display_name
from tickets.models import Handover, Ticket
from tickets.permissions import Actor, actor_of, masked, visible_handovers, visible_to
from tickets.services import handovers
from tickets.workflow import MoveError, StaleVersion

PAGE = 50
COUNTED = 99  # beyond that the badge says no more
TICKETS = 20  # of the citizen's own, to join what was said to
_RELATED = ("citizen", "ticket__category", "assignee", "ended_by")
Act = Callable[[HttpRequest, Handover, Actor, datetime], HttpResponse | None]


@dataclass(frozen=True)
class WaitingRow:
    """A row of the list. `open_until`: until when free text reaches the citizen."""

    handover: Handover
    who: str
    open_until: datetime | None
    assignee: str
    late: bool


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: the call centre."""
    actor = actor_of(request.user)
    return actor.has(Role.OPERATOR) or actor.sees_everything


def waiting_count(request: HttpRequest) -> str:
    """The badge of the sidebar; '' where nobody waits."""
    if not may_open(request):
        return ""
    waiting = len(visible_handovers(request.user).filter(ended_at=None).values_list("pk")[: COUNTED + 1])
    return f"{COUNTED}+" if waiting > COUNTED else str(waiting or "")


@never_cache
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Whoever waits, longest first; with `?bitti` what ended, newest first."""
    actor, now, ended = _clerk(request), timezone.now(), "bitti" in request.GET
    rows = visible_handovers(actor).select_related(*_RELATED)
    rows = (
        rows.exclude(ended_at=None).order_by("-ended_at")
        if ended
        else rows.filter(ended_at=None).order_by("since")
    )
    if "benim" in request.GET:
        rows = rows.filter(assignee=actor.user)
    page = Paginator(rows, PAGE).get_page(request.GET.get("sayfa"))
    context = {
        "title": "Bekleyenler",
        "page": page,
        "rows": _rows(list(page), now),
        "ended": ended,
        "mine": "benim" in request.GET,
        "now": now,
    }
    return render(request, "tickets/bekleyenler.html", admin.site.each_context(request) | context)


@never_cache
@require_safe
def talk(request: HttpRequest, key: int) -> HttpResponse:
    """The conversation, with what can be done about it."""
    return _page(request, _handover(request, key))


@require_POST
def act(request: HttpRequest, key: int, what: str) -> HttpResponse:
    """Does one thing with the conversation; a refusal shows the page again with the reason and what was typed."""
    row, actor, now = _handover(request, key), _clerk(request), timezone.now()
    if what not in _ACTS:
        raise Http404
    try:
        done = _ACTS[what](request, row, actor, now)
    except StaleVersion as refusal:
        return _page(request, _handover(request, key), str(refusal), HTTPStatus.CONFLICT)
    except MoveError as refusal:
        return _page(request, _handover(request, key), str(refusal), HTTPStatus.BAD_REQUEST)
    return done or redirect("bekleyen", key)


def _answer(request: HttpRequest, row: Handover, actor: Actor, now: datetime) -> HttpResponse:
    handovers.answer(handover=row, actor=actor, now=now, text=request.POST.get("text", ""))
    messages.success(
        request, "Cevap gönderiliyor. Görüşme sizde: hat, vatandaşa 4 saat kendiliğinden yazmaz."
    )
    return redirect("bekleyenler")


def _take(request: HttpRequest, row: Handover, actor: Actor, now: datetime) -> None:
    """To whoever is named, or to the user."""
    chosen = request.POST.get("assignee", "")
    colleague = colleagues().filter(pk=chosen).first() if chosen.isdecimal() else None
    handovers.assign(handover=row, actor=actor, now=now, assignee=colleague or actor.user)
    whose = display_name(colleague) if colleague else ""
    messages.success(request, f"Görüşme {whose} adlı görevliye verildi." if whose else "Görüşmeyi aldınız.")


def _put_back(request: HttpRequest, row: Handover, actor: Actor, now: datetime) -> None:
    handovers.assign(handover=row, actor=actor, now=now, assignee=None)
    messages.success(request, "Görüşme yeniden herkese açık.")


def _close(request: HttpRequest, row: Handover, actor: Actor, now: datetime) -> HttpResponse:
    handovers.close(handover=row, actor=actor, now=now, note=request.POST.get("note", ""))
    messages.success(request, "Görüşme cevapsız kapatıldı.")
    return redirect("bekleyenler")


def _make_ticket(request: HttpRequest, row: Handover, actor: Actor, now: datetime) -> HttpResponse:
    ticket = handovers.make_ticket(handover=row, actor=actor, now=now)
    messages.success(request, f"Başvuru açıldı, vatandaşa numarası gidiyor: {ticket.number}")
    return _to_ticket(ticket, actor)


def _join(request: HttpRequest, row: Handover, actor: Actor, now: datetime) -> HttpResponse:
    chosen = request.POST.get("ticket", "")
    if not chosen.isdecimal():
        raise MoveError("Yazışmanın ekleneceği başvuruyu seçin.")
    handovers.join(handover=row, actor=actor, now=now, ticket=Ticket(pk=int(chosen)))
    messages.success(request, "Yazışma başvuruya eklendi.")
    return _to_ticket(Ticket(pk=int(chosen)), actor)


_ACTS: dict[str, Act] = {
    "cevapla": _answer,
    "al": _take,
    "birak": _put_back,
    "kapat": _close,
    "basvuru": _make_ticket,
    "ekle": _join,
}


def colleagues() -> QuerySet[User]:
    """To whom a conversation can be given: the call centre."""
    return User.objects.filter(
        is_active=True, memberships__role__in=(Role.OPERATOR, Role.SUPERVISOR)
    ).distinct()


def _to_ticket(ticket: Ticket, actor: Actor) -> HttpResponse:
    """Its page, unless its subject is closed to the user."""
    if visible_to(actor).filter(pk=ticket.pk).exists():
        return redirect("admin:tickets_ticket_change", ticket.pk)
    return redirect("bekleyenler")


def _page(
    request: HttpRequest, row: Handover, refusal: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    actor, now = _clerk(request), timezone.now()
    numbers = (row.ticket.number,) if row.ticket else ()
    note(request, AccessNote(tickets=numbers, citizens=(row.citizen_id,)))
    tickets = visible_to(actor)
    talk = ports.channel().talk(row.citizen)
    context = {
        "title": f"Bekleyen görüşme · {row.citizen}",
        "row": _rows([row], now)[0],
        "handover": row,
        "entries": conversation(ports.channel().conversation(row.citizen, tickets)),
        "tickets": tickets.filter(citizen=row.citizen).select_related("category").order_by("-id")[:TICKETS],
        "colleagues": colleagues().exclude(pk=row.assignee_id or 0).order_by("first_name", "username"),
        "talk": talk,
        "is_open": talk is not None and talk.is_open(now),
        "mine": actor.user is not None and row.assignee_id == actor.user.pk,
        "refusal": refusal,
        "typed": request.POST.get("text", ""),
        "note": request.POST.get("note", ""),
        "now": now,
    }
    return render(request, "tickets/bekleyen.html", admin.site.each_context(request) | context, status=status)


def _rows(handed: list[Handover], now: datetime) -> list[WaitingRow]:
    windows = ports.channel().windows([row.citizen_id for row in handed])
    return [_row(row, windows.get(row.citizen_id), now) for row in handed]


def _row(row: Handover, until: datetime | None, now: datetime) -> WaitingRow:
    citizen = row.citizen
    return WaitingRow(
        row,
        citizen.name or (masked(citizen.phone) if citizen.phone else str(citizen)),
        until if until and until > now else None,
        display_name(row.assignee) if row.assignee else "",
        late=row.escalated_at is not None,
    )


def _handover(request: HttpRequest, key: int) -> Handover:
    """Raises PermissionDenied without a role, Http404 where the user may not see it."""
    row = visible_handovers(_clerk(request)).select_related(*_RELATED).filter(pk=key).first()
    if row is None:
        raise Http404
    return row


def _clerk(request: HttpRequest) -> Actor:
    if not may_open(request):
        raise PermissionDenied
    return actor_of(request.user)
