"""Calls of staff to citizens, and whom to call again."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from tickets.models import CallBack, Citizen, PhoneCall, Ticket
from tickets.permissions import Actor, at_the_desk, visible_citizens, visible_to
from tickets.services.phone_access import works_on
from tickets.workflow import MissingFields, NoSuchMove, NotAllowed

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

    Raises NotAllowed for those who may neither see the person nor work on the ticket, NoSuchMove where nobody knows who
    it is, MissingFields.
    """
    if citizen is None:
        raise NoSuchMove("Başvuru sahibi bilinmiyor: aranacak kimse yok.")
    _check(citizen, actor, ticket)
    if again_at is not None and not now < again_at <= now + LATEST:
        raise MissingFields({"again_at": f"Gelecekte, en çok {LATEST.days} gün sonra bir saat seçin."})
    assert actor.user is not None  # noqa: S101 - whoever calls is somebody
    with transaction.atomic():
        Citizen.objects.select_for_update(no_key=True).get(pk=citizen.pk)
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


def end_call_back(*, call_back: CallBack, actor: Actor, now: datetime) -> None:
    """The citizen need not be called any more. Raises NotAllowed, NoSuchMove where it has ended."""
    _check(call_back.citizen, actor, call_back.ticket)
    if not CallBack.objects.filter(pk=call_back.pk, ended_at=None).update(ended_at=now):
        raise NoSuchMove("Bu geri arama artık beklemiyor.")


def due_call_backs(actor: Actor, now: datetime) -> QuerySet[CallBack]:
    """The call-backs whose time has come and that are the actor's or nobody's, longest due first."""
    mine = Q(assignee=actor.user) | Q(assignee=None)
    waiting = CallBack.objects.filter(mine, ended_at=None, due_at__lte=now)
    seen = waiting.filter(
        Q(ticket=None) | Q(ticket__in=visible_to(actor)), citizen__in=visible_citizens(actor)
    )
    return seen.select_related("citizen", "ticket", "assignee").order_by("due_at", "pk")


def _check(citizen: Citizen, actor: Actor, ticket: Ticket | None) -> None:
    of_ticket = ticket is not None and ticket.citizen_id == citizen.pk and works_on(ticket, actor)
    if not of_ticket and not (at_the_desk(actor) and visible_citizens(actor).filter(pk=citizen.pk).exists()):
        raise NotAllowed("Aramayı başvuru üzerinde çalışanlar ve çağrı merkezi kaydeder.")
