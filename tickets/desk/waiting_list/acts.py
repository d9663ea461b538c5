"""What is done with a conversation or a ticket from the list; a refusal says why, and what was typed stands."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tickets.answering import conversations
from tickets.answering.conversation_replies import ticket_to_come
from tickets.answering.snooze_times import moment, spoken, until_of
from tickets.back_office.names import display_name
from tickets.back_office.row_keys import key_of
from tickets.desk.forms.answering import TalkFields, TalkMacroForm, TalkScheduleForm, TalkSendForm
from tickets.desk.waiting_list.talks import clerk, handover_of, talk_page, ticket_of, ticket_talk
from tickets.record.models.ticket import Ticket
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import Actor, visible_to
from tickets.record.workflow import MissingFields, StaleVersion, TransitionError
from tickets.undo.actions import perform

TalkAct = Callable[[HttpRequest, WaitingConversation, Actor, datetime], str]
TicketAct = Callable[[HttpRequest, Ticket, Actor, datetime], str]


@require_POST
def act(request: HttpRequest, key: int, what: str) -> HttpResponse:
    """Does one thing with the conversation; a refusal shows the page again with the reason and what was typed."""
    row, actor, now = handover_of(request, key), clerk(request), timezone.now()
    if what not in _TALK_ACTS:
        raise Http404
    try:
        said = _TALK_ACTS[what](request, row, actor, now)
    except TransitionError as refusal:
        return _refused(request, refusal, lambda *why: talk_page(request, handover_of(request, key), *why))
    return _done(request, said, _next_page(row, actor, what))


@require_POST
def act_on_ticket(request: HttpRequest, key: int, what: str) -> HttpResponse:
    """Does one thing with the ticket that its own page has not: puts it off, or no more."""
    ticket, actor, now = ticket_of(request, key), clerk(request), timezone.now()
    if what not in _TICKET_ACTS:
        raise Http404
    try:
        said = _TICKET_ACTS[what](request, ticket, actor, now)
    except TransitionError as refusal:
        return _refused(request, refusal, lambda *why: ticket_talk(request, ticket, *why))
    return _done(request, said, reverse("admin:tickets_ticket_change", args=[key]))


def _refused(
    request: HttpRequest, refusal: TransitionError, page: Callable[[str, HTTPStatus], HttpResponse]
) -> HttpResponse:
    status = (
        HTTPStatus.CONFLICT
        if isinstance(refusal, StaleVersion | conversations.Ended)
        else HTTPStatus.BAD_REQUEST
    )
    if _asks_for_json(request):
        return JsonResponse({"reason": str(refusal)}, status=status)
    return page(str(refusal), status)


def _done(request: HttpRequest, said: str, to: str) -> HttpResponse:
    """JSON for the page's script, which stays where it is; else the message on the next page."""
    if _asks_for_json(request):
        return JsonResponse({"said": said})
    messages.success(request, said)
    return redirect(to)


def _asks_for_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _next_page(row: WaitingConversation, actor: Actor, what: str) -> str:
    if what in ("basvuru", "ekle", "makro"):
        row.refresh_from_db(fields=["ticket"])
        if row.ticket_id and visible_to(actor).filter(pk=row.ticket_id).exists():
            return reverse("admin:tickets_ticket_change", args=[row.ticket_id])
    stays = what in ("al", "birak", "sonra", "vazgec")
    return reverse("bekleyen", args=[row.pk]) if stays else reverse("bekleyenler")


def _answer(request: HttpRequest, row: WaitingConversation, actor: Actor, now: datetime) -> str:
    perform("answer", handover=row, actor=actor, now=now, **_written(request, TalkSendForm, row))
    return "Cevap gönderiliyor. Görüşme sizde: hat, vatandaşa 4 saat kendiliğinden yazmaz."


def _schedule(request: HttpRequest, row: WaitingConversation, actor: Actor, now: datetime) -> str:
    given = _written(request, TalkScheduleForm, row)
    kept = perform("schedule_answer", handover=row, actor=actor, now=now, **given)
    return f"Gidecek: {moment(kept.due_at, now)}. O zamana kadar görüşme bekler."


def _unschedule(request: HttpRequest, row: WaitingConversation, actor: Actor, now: datetime) -> str:
    key = key_of(request.POST.get("scheduled", "")) or 0
    perform("cancel_answer", handover=row, actor=actor, now=now, scheduled=key)
    return "İleri tarihli cevaptan vazgeçildi."


def _run_macro(request: HttpRequest, row: WaitingConversation, actor: Actor, now: datetime) -> str:
    given = _written(request, TalkMacroForm, row)
    ticket = perform("answer_by_macro", handover=row, actor=actor, now=now, **given)
    return f"{ticket.number} açıldı, makro uygulandı."


def _written(request: HttpRequest, form_class: type[TalkFields], row: WaitingConversation) -> dict[str, Any]:
    """What the reply box holds. Raises MissingFields."""
    to_come = ticket_to_come(row)
    form = form_class(request.POST, files=request.FILES, ticket=to_come, user=request.user)
    if not form.is_valid():
        raise MissingFields({name: " ".join(map(str, texts)) for name, texts in form.errors.items()})
    return form.details()


def _take(request: HttpRequest, row: WaitingConversation, actor: Actor, now: datetime) -> str:
    """To whoever is named, or to the user; whoever presses second is told who has it."""
    chosen = request.POST.get("assignee", "")
    if not chosen:
        perform("take_talk", handover=row, actor=actor, now=now)
        return "Görüşmeyi aldınız."
    colleague = conversations.colleagues().filter(pk=key_of(chosen)).first()
    if colleague is None:
        raise TransitionError("Seçtiğiniz kişi artık çağrı merkezinde çalışmıyor. Başka birini seçin.")
    perform("give_talk", handover=row, actor=actor, now=now, assignee=colleague)
    return f"Görüşme {display_name(colleague)} adlı görevliye verildi."


def _put_back(_request: HttpRequest, row: WaitingConversation, actor: Actor, now: datetime) -> str:
    perform("give_talk", handover=row, actor=actor, now=now, assignee=None)
    return "Görüşme yeniden herkese açık."


def _close(request: HttpRequest, row: WaitingConversation, actor: Actor, now: datetime) -> str:
    perform("close_talk", handover=row, actor=actor, now=now, note=request.POST.get("note", ""))
    return "Görüşme cevapsız kapatıldı."


def _make_ticket(_request: HttpRequest, row: WaitingConversation, actor: Actor, now: datetime) -> str:
    ticket = perform("ticket_of_talk", handover=row, actor=actor, now=now)
    return f"{ticket.number} açıldı, numarası vatandaşa gidiyor."


def _join(request: HttpRequest, row: WaitingConversation, actor: Actor, now: datetime) -> str:
    chosen = key_of(request.POST.get("ticket", ""))
    if not chosen:
        raise TransitionError("Yazışmanın ekleneceği başvuruyu seçin.")
    perform("join_talk", handover=row, actor=actor, now=now, ticket=Ticket(pk=chosen))
    return "Yazışma başvuruya eklendi."


def _snooze(request: HttpRequest, of: Any, actor: Actor, now: datetime) -> str:
    until = until_of(request.POST.get("until", ""), now)
    row = perform("snooze", of=of, actor=actor, now=now, until=until)
    return f"{spoken(row.until, now)} ertelendi. Vatandaş yazarsa hemen döner."


def _wake(_request: HttpRequest, of: Any, actor: Actor, now: datetime) -> str:
    back = perform("wake", of=of, actor=actor, now=now)
    return "Erteleme kaldırıldı." if back else "Ertelenmemişti."


_TALK_ACTS: dict[str, TalkAct] = {
    "cevapla": _answer,
    "sonra": _schedule,
    "vazgec": _unschedule,
    "makro": _run_macro,
    "al": _take,
    "birak": _put_back,
    "kapat": _close,
    "basvuru": _make_ticket,
    "ekle": _join,
    "ertele": _snooze,
    "geri-al": _wake,
}
_TICKET_ACTS: dict[str, TicketAct] = {"ertele": _snooze, "geri-al": _wake}
