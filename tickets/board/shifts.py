"""A shift is handed over in one act: all that one person has goes to another, or back to everybody.

The talks' conversations are locked first, then the people to call again and the tickets, each in the order of their
keys (docs/failures-and-locks.md).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from departments.models import Membership, Role
from tickets.answering.models.phone_calls import CallBack
from tickets.answering.phone_calls import may_call, visible_call_backs
from tickets.board.models.shifts import ShiftChange
from tickets.casework.writing import append_event, save
from tickets.danger.services import name_of
from tickets.notifications.notifications import notify_of_talk, notify_of_work
from tickets.record import channel
from tickets.record.models.citizen import Citizen
from tickets.record.models.snoozes import Snooze
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import Actor, actor_of, refresh_permissions, visible_handovers, visible_to
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

KEPT = timedelta(days=30)  # that a shift was handed over
RETURNED_WITHIN = timedelta(days=1)  # it is offered to be given back
CHANGES_SHOWN = 8
_LINE = (Role.OPERATOR, Role.SUPERVISOR)


@dataclass
class ShiftTransfer:
    """What came of it: the entry, and what stayed where it was, each with the reason."""

    change: ShiftChange
    left: list[tuple[str, str]] = field(default_factory=list)


def may_hand_over_shift(actor: Actor, giver: User) -> bool:
    """Everybody their own, a supervisor anybody's, a head what their own people have."""
    if actor.sees_everything or (actor.user is not None and actor.user.pk == giver.pk):
        return True
    return giver.memberships.filter(department__in=actor.departments(Role.HEAD)).exists()


def transfer_shift(
    *, giver: User, taker: User | None, actor: Actor, now: datetime, note: str = ""
) -> ShiftTransfer:
    """Gives all open tickets, waiting talks and call-backs that `giver` has to `taker`, and what they put off; with
    None to nobody: they wait for all.

    What the taker may not work on stays and is told, and so does a claimed danger that nobody takes. Raises NotAllowed,
    NoSuchTransition where there is nothing to hand over, MissingFields where both are the same or the taker is none of
    the staff.
    """
    if actor.user is None or not may_hand_over_shift(actor, giver):
        raise NotAllowed("Bu kişinin işlerini devretme yetkiniz yok.")
    if taker is not None and (taker.pk == giver.pk or not taker.is_active):
        raise MissingFields({"taker": "İşleri devralacak başka bir görevli seçin."})
    with transaction.atomic():
        held = _locked(actor, giver)
        if not any(held):
            raise NoSuchTransition("Bu kişinin elinde devredilecek iş yok.")
        change = ShiftChange(at=now, by=actor.user, giver=giver, taker=taker)
        change.note = note.strip()[: ShiftChange.NOTE_LENGTH]
        result = ShiftTransfer(change)
        change.talks = _pass_talks(held.talks, taker, actor, now, result)
        change.call_backs = _pass_call_backs(held.call_backs, taker, result)
        change.tickets = _pass_tickets(held.tickets, giver, taker, actor, now, result)
        change.dangers = _pass_dangers(held.tickets, giver, taker, actor, now, result)
        change.snoozes = _pass_snoozes(held.snoozes, taker)
        if not change.count and not change.snoozes:
            why = result.left[0][1] if result.left else "ertelenen işler bir kişiye devredilir"
            raise NoSuchTransition(f"Hiçbiri devredilemedi: {why}")
        change.save()
        ShiftChange.objects.filter(at__lt=now - KEPT).delete()  # a note may name somebody
    return result


def shift_changes(actor: Actor, now: datetime) -> list[ShiftChange]:
    """Those that can still be given back, newest first: all for a supervisor, their own for everybody else."""
    rows = ShiftChange.objects.filter(at__gt=now - RETURNED_WITHIN).select_related("by", "giver", "taker")
    if not actor.sees_everything:
        rows = rows.filter(Q(by=actor.user) | Q(giver=actor.user) | Q(taker=actor.user))
    return list(rows.order_by("-at")[:CHANGES_SHOWN])


def undo_shift_transfer(*, change: ShiftChange, actor: Actor, now: datetime) -> ShiftTransfer:
    """Gives it back later: whatever is still where it went is again with whoever had it. What somebody has taken, ended
    or given on meanwhile stays, and is told.

    Raises NotAllowed, NoSuchTransition where it was returned already, or whoever had it is no longer there.
    """
    if actor.user is None or not (actor.sees_everything or change.by_id == actor.user.pk):
        raise NotAllowed("Bu işleri devri yapan ya da çağrı merkezi sorumlusu geri verebilir.")
    with transaction.atomic():
        row = ShiftChange.objects.select_for_update().select_related("giver").filter(pk=change.pk).first()
        if row is None:
            raise NoSuchTransition("Bu devir artık yok: devri yapan geri aldı. Sayfayı yenileyin.")
        if row.returned_at is not None:
            raise NoSuchTransition("Bu devrin işleri daha önce geri verilmiş.")
        if not row.giver.is_active:
            raise NoSuchTransition("İşleri devreden kişinin hesabı kapalı. İşleri başka birine verin.")
        result = ShiftTransfer(row)
        held = _locked(actor, row.taker, row)
        back = _pass_talks(held.talks, row.giver, actor, now, result)
        back += _pass_call_backs(held.call_backs, row.giver, result)
        assigned = [each for each in held.tickets if each.pk in row.tickets]
        claimed = [each for each in held.tickets if each.pk in row.dangers]
        back += _pass_tickets(assigned, row.taker, row.giver, actor, now, result)
        dangers = _pass_dangers(claimed, row.taker, row.giver, actor, now, result)
        back += set(dangers).difference(row.tickets)
        _pass_snoozes(held.snoozes, row.giver)
        gone = row.count - len(back) - len(result.left)
        if gone > 0:
            result.left.append((f"{gone} iş", "devirden sonra başkası almış ya da bitmiş"))
        row.returned_at, row.returned_by = now, actor.user
        row.save(update_fields=["returned_at", "returned_by"])
    return result


class _Held(NamedTuple):
    """What somebody has, locked: conversations first, then the people to call, then tickets."""

    talks: list[WaitingConversation]
    call_backs: list[CallBack]
    tickets: list[Ticket]
    snoozes: list[Snooze]


def _locked(actor: Actor, holder: User | None, change: ShiftChange | None = None) -> _Held:
    """All that the holder has and the actor sees; or what of a change went to the holder and is there still."""
    talks, tickets = visible_handovers(actor), visible_to(actor)
    call_backs, snoozes = visible_call_backs(actor), Snooze.objects.filter(ended_at=None)
    if change is None:
        snoozes = snoozes.filter(Q(ticket__in=tickets) | Q(handover__in=talks))
    else:
        talks = WaitingConversation.objects.filter(pk__in=change.talks)
        call_backs = CallBack.objects.filter(pk__in=change.call_backs, ended_at=None)
        tickets = Ticket.objects.filter(pk__in=[*change.tickets, *change.dangers])
        snoozes = snoozes.filter(pk__in=change.snoozes)
    return _Held(
        _locked_talks(talks, holder),
        _locked_call_backs(call_backs, holder),
        _locked_tickets(tickets, holder),
        list(snoozes.filter(user=holder).order_by("pk").select_for_update(of=("self",))),
    )


def _locked_talks(rows: QuerySet[WaitingConversation], holder: User | None) -> list[WaitingConversation]:
    """Those that the holder has, under their conversations, which are locked first."""
    held = {"assignee": holder, "ended_at": None}
    waiting = list(rows.filter(**held).values_list("pk", "citizen"))
    channel.channel().lock(sorted(citizen for _, citizen in waiting))
    found = WaitingConversation.objects.select_for_update(no_key=True, of=("self",)).filter(**held)
    keys = [key for key, _ in waiting]
    return list(found.filter(pk__in=keys).select_related("citizen").order_by("pk"))


def _locked_call_backs(rows: QuerySet[CallBack], holder: User | None) -> list[CallBack]:
    """Those that the holder is to make, under the people to call."""
    waiting = list(rows.filter(assignee=holder).values_list("pk", "citizen"))
    if not waiting:
        return []
    people = Citizen.objects.select_for_update(no_key=True).filter(pk__in=[each for _, each in waiting])
    list(people.order_by("pk").values_list("pk"))
    found = CallBack.objects.filter(pk__in=[key for key, _ in waiting], assignee=holder, ended_at=None)
    return list(found.select_related("citizen", "ticket__department").order_by("pk"))


def _locked_tickets(rows: QuerySet[Ticket], holder: User | None) -> list[Ticket]:
    """Those that the holder works on, and the dangers that they claimed."""
    held = Q(assignee=holder) | Q(claimed_by=holder) if holder else Q(assignee=None)
    keys = list(rows.filter(held, outcome=None).values_list("pk", flat=True))
    found = Ticket.objects.select_for_update(no_key=True).filter(held, pk__in=keys, outcome=None)
    return list(found.order_by("pk"))


def _pass_talks(
    talks: Collection[WaitingConversation],
    taker: User | None,
    actor: Actor,
    now: datetime,
    result: ShiftTransfer,
) -> list[int]:
    if taker is not None and not _of_the_line(taker):
        result.left += [(str(row.citizen), "görüşmeler yalnızca çağrı merkezinindir") for row in talks]
        return []
    keys = [row.pk for row in talks]
    WaitingConversation.objects.filter(pk__in=keys).update(assignee=taker, assigned_at=now if taker else None)
    if taker is not None and taker != actor.user:
        for row in talks:
            notify_of_talk(row, now, assignee=taker)
    return keys


def _pass_call_backs(
    call_backs: Collection[CallBack], taker: User | None, result: ShiftTransfer
) -> list[int]:
    passed = []
    for row in call_backs:
        if taker is not None and not may_call(row.citizen, actor_of(taker), row.ticket):
            result.left.append((str(row.citizen), "devralan bu kişiyi arayamaz"))
            continue
        CallBack.objects.filter(pk=row.pk).update(assignee=taker)
        passed.append(row.pk)
    return passed


def _pass_snoozes(snoozes: Collection[Snooze], taker: User | None) -> list[int]:
    """What nobody takes comes back to everybody at its time."""
    keys = [row.pk for row in snoozes] if taker else []
    Snooze.objects.filter(pk__in=keys).update(user=taker)
    return keys


def _pass_tickets(
    tickets: Iterable[Ticket],
    holder: User | None,
    taker: User | None,
    actor: Actor,
    now: datetime,
    result: ShiftTransfer,
) -> list[int]:
    passed, key = [], holder.pk if holder else None
    for row in _workable([row for row in tickets if row.assignee_id == key], taker, result):
        row.assignee = taker
        name = taker.get_username() if taker else ""
        append_event(
            row,
            TicketEvent.Kind.ASSIGNED,
            actor=actor,
            now=now,
            data={"assignee": name},
            note=result.change.note,
        )
        _save(row, taker, actor, now)
        passed.append(row.pk)
    return passed


def _pass_dangers(
    tickets: Iterable[Ticket],
    holder: User | None,
    taker: User | None,
    actor: Actor,
    now: datetime,
    result: ShiftTransfer,
) -> list[int]:
    """Somebody has each of them at every moment: nobody else hears of it ringing anew."""
    claimed = [row for row in tickets if holder is not None and row.claimed_by_id == holder.pk]
    if taker is None:
        result.left += [(row.number, "üstlenilmiş tehlike yalnızca bir kişiye devredilir") for row in claimed]
        return []
    passed = []
    for row in _workable(claimed, taker, result):
        row.claimed_by = taker
        refresh_permissions(taker)
        note = f"Vardiya devriyle {name_of(taker)} üstlendi"
        append_event(row, TicketEvent.Kind.CLAIMED, actor=actor, now=now, note=note)
        _save(row, taker, actor, now)
        passed.append(row.pk)
    return passed


def _workable(tickets: list[Ticket], taker: User | None, result: ShiftTransfer) -> list[Ticket]:
    """Those on which the taker may work; of the others it is told."""
    theirs = _may_work_on(taker, tickets) if taker else {row.pk for row in tickets}
    result.left += [
        (row.number, "devralan bu başvuruda çalışamaz") for row in tickets if row.pk not in theirs
    ]
    return [row for row in tickets if row.pk in theirs]


def _save(row: Ticket, taker: User | None, actor: Actor, now: datetime) -> None:
    save(row, now)
    if taker is not None and taker != actor.user:
        notify_of_work(row, now, assignee=taker)


def _may_work_on(user: User, tickets: Collection[Ticket]) -> set[int]:
    """The keys of those that they see, and that are of their department or, for the call centre, anybody's."""
    seen = visible_to(actor_of(user)).filter(pk__in=[row.pk for row in tickets])
    if not _of_the_line(user):
        held = Membership.objects.filter(user=user, role__in=(Role.HEAD, Role.CREW))
        seen = seen.filter(Q(department__in=held.values("department")))
    return set(seen.values_list("pk", flat=True))


def _of_the_line(user: User) -> bool:
    return user.memberships.filter(role__in=_LINE).exists()
