"""A shift is handed over in one act: all that one person has goes to another, or back to everybody.

The talks' conversations are locked first, then the tickets, each in the order of their keys (docs/architecture.md).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from departments.models import Membership, Role
from tickets import ports
from tickets.models import Handover, ShiftChange, Ticket, TicketEvent
from tickets.permissions import Actor, actor_of, visible_handovers, visible_to
from tickets.services._ticket_rows import append_event, save
from tickets.services.notifications import notify_of_work
from tickets.workflow import MissingFields, NoSuchMove, NotAllowed

KEPT = timedelta(days=30)
_LINE = (Role.OPERATOR, Role.SUPERVISOR)


@dataclass
class HandedOver:
    """What came of it: the entry, and what stayed where it was, each with the reason."""

    change: ShiftChange
    left: list[tuple[str, str]] = field(default_factory=list)


def may_hand_over(actor: Actor, giver: User) -> bool:
    """Everybody their own, a supervisor anybody's, a head what their own people have."""
    if actor.sees_everything or (actor.user is not None and actor.user.pk == giver.pk):
        return True
    return giver.memberships.filter(department__in=actor.departments(Role.HEAD)).exists()


def hand_over(*, giver: User, taker: User | None, actor: Actor, now: datetime, note: str = "") -> HandedOver:
    """Gives all open tickets and waiting talks that `giver` has to `taker`; with None to nobody: they wait for all.

    What the taker may not work on stays and is told. Raises NotAllowed, NoSuchMove where there is nothing to hand over,
    MissingFields where both are the same or the taker is none of the staff.
    """
    if actor.user is None or not may_hand_over(actor, giver):
        raise NotAllowed("Bu kişinin işlerini devretme yetkiniz yok.")
    if taker is not None and (taker.pk == giver.pk or not taker.is_active):
        raise MissingFields({"taker": "İşleri devralacak başka bir görevli seçin."})
    with transaction.atomic():
        talks = _locked_talks(visible_handovers(actor), giver)
        tickets = _locked_tickets(visible_to(actor), giver)
        if not talks and not tickets:
            raise NoSuchMove("Bu kişinin elinde devredilecek iş yok.")
        change = ShiftChange(at=now, by=actor.user, giver=giver, taker=taker)
        change.note = note.strip()[: ShiftChange.NOTE_LENGTH]
        result = HandedOver(change)
        change.talks = _pass_talks(talks, taker, now, result)
        change.tickets = _pass_tickets(tickets, taker, actor, now, result)
        if not change.talks and not change.tickets:
            raise NoSuchMove(f"Hiçbiri devredilemedi: {result.left[0][1]}")
        change.save()
        ShiftChange.objects.filter(at__lt=now - KEPT).delete()  # a note may name somebody
    return result


def return_shift(*, change: ShiftChange, actor: Actor, now: datetime) -> HandedOver:
    """Gives it back later: whatever is still where it went is again with whoever had it. What somebody has taken, ended
    or given on meanwhile stays, and is told.

    Raises NotAllowed, NoSuchMove where it was returned already, or whoever had it is no longer there.
    """
    if actor.user is None or not (actor.sees_everything or change.by_id == actor.user.pk):
        raise NotAllowed("Bu işleri devri yapan ya da çağrı merkezi sorumlusu geri verebilir.")
    with transaction.atomic():
        row = ShiftChange.objects.select_for_update().select_related("giver").get(pk=change.pk)
        if row.returned_at is not None:
            raise NoSuchMove("Bu devrin işleri daha önce geri verilmiş.")
        if not row.giver.is_active:
            raise NoSuchMove("İşleri devreden kişinin hesabı kapalı. İşleri başka birine verin.")
        result = HandedOver(row)
        talks = _locked_talks(Handover.objects.filter(pk__in=row.talks), row.taker)
        tickets = _locked_tickets(Ticket.objects.filter(pk__in=row.tickets), row.taker)
        back = _pass_talks(talks, row.giver, now, result)
        back += _pass_tickets(tickets, row.giver, actor, now, result)
        gone = len(row.talks) + len(row.tickets) - len(back) - len(result.left)
        if gone:
            result.left.append((f"{gone} iş", "devirden sonra başkası almış ya da bitmiş"))
        row.returned_at, row.returned_by = now, actor.user
        row.save(update_fields=["returned_at", "returned_by"])
    return result


def _locked_talks(rows: QuerySet[Handover], holder: User | None) -> list[Handover]:
    """Those that the holder has, under their conversations, which are locked first."""
    held = {"assignee": holder, "ended_at": None}
    waiting = list(rows.filter(**held).values_list("pk", "citizen"))
    ports.channel().lock(sorted(citizen for _, citizen in waiting))
    found = Handover.objects.select_for_update(no_key=True, of=("self",)).filter(**held)
    keys = [key for key, _ in waiting]
    return list(found.filter(pk__in=keys).select_related("citizen").order_by("pk"))


def _locked_tickets(rows: QuerySet[Ticket], holder: User | None) -> list[Ticket]:
    held = {"assignee": holder, "outcome": None}
    keys = list(rows.filter(**held).values_list("pk", flat=True))
    found = Ticket.objects.select_for_update(no_key=True).filter(pk__in=keys, **held)
    return list(found.order_by("pk"))


def _pass_talks(
    talks: Collection[Handover], taker: User | None, now: datetime, result: HandedOver
) -> list[int]:
    if taker is not None and not _of_the_line(taker):
        result.left += [(str(row.citizen), "görüşmeler yalnızca çağrı merkezinindir") for row in talks]
        return []
    keys = [row.pk for row in talks]
    Handover.objects.filter(pk__in=keys).update(assignee=taker, assigned_at=now if taker else None)
    return keys


def _pass_tickets(
    tickets: Collection[Ticket], taker: User | None, actor: Actor, now: datetime, result: HandedOver
) -> list[int]:
    theirs = _may_work_on(taker, tickets) if taker else {row.pk for row in tickets}
    name = taker.get_username() if taker else ""
    passed = []
    for row in tickets:
        if row.pk not in theirs:
            result.left.append((row.number, "devralan bu başvuruda çalışamaz"))
            continue
        row.assignee = taker
        append_event(
            row,
            TicketEvent.Kind.ASSIGNED,
            actor=actor,
            now=now,
            data={"assignee": name},
            note=result.change.note,
        )
        save(row, now)
        if taker is not None and taker != actor.user:
            notify_of_work(row, now, assignee=taker)
        passed.append(row.pk)
    return passed


def _may_work_on(user: User, tickets: Collection[Ticket]) -> set[int]:
    """The keys of those that they see, and that are of their department or, for the call centre, anybody's."""
    seen = visible_to(actor_of(user)).filter(pk__in=[row.pk for row in tickets])
    if not _of_the_line(user):
        held = Membership.objects.filter(user=user, role__in=(Role.HEAD, Role.CREW))
        seen = seen.filter(Q(department__in=held.values("department")))
    return set(seen.values_list("pk", flat=True))


def _of_the_line(user: User) -> bool:
    return user.memberships.filter(role__in=_LINE).exists()
