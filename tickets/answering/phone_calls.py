"""Calls of staff to citizens, and whom to call again."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from tickets.answering.models.phone_calls import CallBack, PhoneCall
from tickets.casework.writing import GONE
from tickets.citizens.phone_access import works_on
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, seen_by, visible_citizens
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

LATEST = timedelta(days=90)


def log_call(
    *,
    citizen: Citizen | None,
    actor: Actor,
    now: datetime,
    result: str,
    ticket: Ticket | None = None,
    note: str = "",
    again_at: datetime | None = None,
    again_by: User | None = None,
) -> PhoneCall:
    """Writes down that the citizen was called. It ends the call-back that there was; `again_at` makes another, for
    `again_by` or for whoever is free.

    Raises NotAllowed for those who may neither see the person nor work on the ticket, NoSuchTransition where nobody
    knows who it is, MissingFields.
    """
    if citizen is None:
        raise NoSuchTransition("Başvuru sahibi bilinmiyor: aranacak kimse yok.")
    _check(citizen, actor, ticket)
    if again_at is not None and not now < again_at <= now + LATEST:
        raise MissingFields({"again_at": f"Gelecekte, en çok {LATEST.days} gün sonra bir saat seçin."})
    assert actor.user is not None  # noqa: S101 - whoever calls is somebody
    with transaction.atomic():
        Citizen.objects.select_for_update(no_key=True).get(pk=citizen.pk)
        if ticket is not None and not _still_there(ticket):
            raise NoSuchTransition(GONE)
        CallBack.objects.filter(citizen=citizen, ended_at=None).update(ended_at=now)
        if again_at is not None:
            CallBack.objects.create(
                citizen=citizen, ticket=ticket, due_at=again_at, assignee=again_by, created_at=now
            )
        return PhoneCall.objects.create(
            citizen=citizen,
            ticket=ticket,
            result=PhoneCall.Result(result),
            note=note.strip()[: PhoneCall.LENGTH],
            by=actor.user,
            at=now,
        )


def _still_there(ticket: Ticket) -> bool:
    """Whether the ticket's opening was not taken back; it stays until the end of the transaction."""
    rows = Ticket.objects.select_for_update(no_key=True).filter(pk=ticket.pk)
    return rows.values_list("pk", flat=True).first() is not None


def end_call_back(*, call_back: CallBack, actor: Actor, now: datetime) -> None:
    """The citizen need not be called any more. Raises NotAllowed, NoSuchTransition where it has ended."""
    _check(call_back.citizen, actor, call_back.ticket)
    if not CallBack.objects.filter(pk=call_back.pk, ended_at=None).update(ended_at=now):
        raise NoSuchTransition("Bu geri arama artık beklemiyor.")


def due_call_backs(actor: Actor, now: datetime) -> QuerySet[CallBack]:
    """The call-backs whose time has come and that are the actor's or nobody's, for a supervisor anybody's; longest due
    first.
    """
    theirs = Q() if actor.sees_everything else Q(assignee=actor.user) | Q(assignee=None)
    waiting = call_backs_by_now(actor, now).filter(theirs)
    return waiting.select_related("citizen", "ticket", "assignee").order_by("due_at", "pk")


def call_backs_by_now(actor: Actor, now: datetime) -> QuerySet[CallBack]:
    """Those whose time has come, whoever is to call, of people and tickets that the actor sees."""
    return visible_call_backs(actor).filter(due_at__lte=now)


def visible_call_backs(actor: Actor) -> QuerySet[CallBack]:
    """Those that wait, of people and tickets that the actor sees."""
    of_seen = Q(ticket=None) | seen_by(actor, "ticket")
    person = visible_citizens(actor).filter(pk=OuterRef("citizen"))
    return CallBack.objects.filter(of_seen, Exists(person), ended_at=None)


def may_call(citizen: Citizen, actor: Actor, ticket: Ticket | None) -> bool:
    """Whoever works on the ticket, and the call centre."""
    if ticket is not None and ticket.citizen_id == citizen.pk and works_on(ticket, actor):
        return True
    return actor.is_call_centre and visible_citizens(actor).filter(pk=citizen.pk).exists()


def _check(citizen: Citizen, actor: Actor, ticket: Ticket | None) -> None:
    if not may_call(citizen, actor, ticket):
        raise NotAllowed("Aramayı başvuru üzerinde çalışanlar ve çağrı merkezi kaydeder.")
