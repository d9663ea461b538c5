"""What is done from the board: giving one thing to somebody, handing over all that one has, giving that back."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from departments.models import Role
from tickets.back_office.names import display_name
from tickets.back_office.row_keys import key_of
from tickets.board import figures
from tickets.board.models.shifts import ShiftChange
from tickets.board.shifts import ShiftTransfer
from tickets.record.permissions import Actor, actor_of, visible_handovers, visible_to
from tickets.record.workflow import TransitionError
from tickets.undo.actions import perform

MOST_TOLD = 10  # of what stayed where it was; the others are counted


def colleagues_of(actor: Actor, besides: User | None = None) -> QuerySet[User]:
    """To whom the actor can give something: the call centre, and a head's own people."""
    works = Q(memberships__role__in=(Role.OPERATOR, Role.SUPERVISOR))
    works |= Q(memberships__department__in=actor.departments(Role.HEAD, Role.CREW))
    users = User.objects.filter(works, is_active=True).exclude(pk=besides.pk if besides else 0)
    return users.distinct().order_by("first_name", "last_name", "username")


@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Gives a waiting talk or a ticket to somebody."""
    actor, now = actor_of(request.user), timezone.now()
    if not figures.may_see(actor):
        raise PermissionDenied
    taker = _person(request, "assignee")
    key = key_of(request.POST.get("key", ""))
    if taker is None or not key:
        messages.error(request, "Kime verileceğini seçin.")
        return redirect("pano")
    try:
        if request.POST.get("what") == "talk":
            talk = visible_handovers(actor).filter(pk=key).first()
            if talk is None:
                raise Http404
            seen = request.POST.get("seen", "")
            perform("give_talk", handover=talk, actor=actor, now=now, assignee=taker, seen=seen)
        else:
            ticket = visible_to(actor).filter(pk=key).first()
            if ticket is None:
                raise Http404
            perform("assign", ticket=ticket, actor=actor, now=now, assignee=taker)
    except TransitionError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{display_name(taker)} adlı görevliye verildi.")
    return redirect("pano")


@require_POST
def transfer_shift(request: HttpRequest) -> HttpResponse:
    """All that one person has goes to another, or back to everybody."""
    actor = actor_of(request.user)
    giver, taker = _person(request, "giver"), _person(request, "taker")
    if giver is None or (taker is None and request.POST.get("taker") != "herkes"):
        messages.error(request, "Kimin işlerinin kime devredileceğini seçin.")
        return _back(actor)
    try:
        note = request.POST.get("note", "")
        result = perform("hand_over", giver=giver, taker=taker, actor=actor, now=timezone.now(), note=note)
    except TransitionError as refusal:
        messages.error(request, str(refusal))
    else:
        change = result.change
        whom = f"{display_name(taker)} adlı görevliye" if taker else "herkese"
        messages.success(request, f"{display_name(giver)}: {change.count} iş {whom} devredildi.")
        _show_left(request, result)
    return _back(actor)


@require_POST
def undo_shift_transfer(request: HttpRequest, key: int) -> HttpResponse:
    """Gives back what was handed over."""
    actor = actor_of(request.user)
    change = ShiftChange.objects.filter(pk=key).first()
    if change is None or not (actor.roles or actor.sees_everything):
        raise Http404
    try:
        result = perform("undo_shift_transfer", change=change, actor=actor, now=timezone.now())
    except TransitionError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "İşler geri verildi.")
        _show_left(request, result)
    return _back(actor)


def _show_left(request: HttpRequest, result: ShiftTransfer) -> None:
    for what, reason in result.left[:MOST_TOLD]:
        messages.warning(request, f"{what}: {reason}.")
    if len(result.left) > MOST_TOLD:
        messages.warning(request, f"Ve {len(result.left) - MOST_TOLD} iş daha yerinde kaldı.")


def _person(request: HttpRequest, name: str) -> User | None:
    return User.objects.filter(pk=key_of(request.POST.get(name, "")), is_active=True).first()


def _back(actor: Actor) -> HttpResponse:
    return redirect("pano" if figures.may_see(actor) else "durumum")
