"""A citizen's telephone number is shown to whoever works on the ticket, and each time it is kept who saw it (KVKK)."""

from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction

from departments.models import Role
from tickets.access_log.models import Access
from tickets.access_log.request_notes import AccessNote
from tickets.casework.writing import append_event
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, unmaskable, visible_citizens, visible_to
from tickets.record.search import last_digits_in, people_named, telephone_in
from tickets.record.workflow import NoSuchTransition, NotAllowed, TicketRole

MOST_FOUND = 200
_WORKING = frozenset({TicketRole.AGENT, TicketRole.HEAD, TicketRole.SUPERVISOR})


def search_note(text: str, actor: Actor) -> AccessNote:
    """What the access log keeps of a search for this text: of a telephone number, or the last digits of one, whom it
    found of those that the actor may see; never the text itself.
    """
    unmaskables = visible_to(actor).filter(unmaskable(actor))
    if number := telephone_in(text):
        people = people_named(visible_citizens(actor), number, unmaskables)
    elif last := last_digits_in(text):
        people = people_named(Citizen.objects.all(), last, unmaskables)
    else:
        return AccessNote(Access.What.SEARCHED)
    found = ArraySubquery(people.order_by("pk").values("pk")[:MOST_FOUND])
    return AccessNote(Access.What.SEARCHED, citizens=found)


def may_unmask(ticket: Ticket, actor: Actor) -> bool:
    """Whether the actor works on the ticket (call centre, head, the one responsible) or watches over personal data."""
    return works_on(ticket, actor) or actor.has(Role.DPO)


def works_on(ticket: Ticket, actor: Actor) -> bool:
    """Whether the actor works on the ticket: call centre, head, the one responsible."""
    who = parties(actor, ticket.department.code if ticket.department else None)
    given = actor.user is not None and not actor.is_program and ticket.assignee_id == actor.user.pk
    return bool(who & _WORKING) or given


def unmask_citizen(*, citizen: Citizen, actor: Actor) -> str:
    """The number (E.164) of a person whose page the actor has before them; whoever shows it notes it for the access
    log. Raises NotAllowed for all but those who may open it on one of their tickets, or are of the call centre;
    NoSuchTransition where none is known.
    """
    works = visible_to(actor).filter(unmaskable(actor), citizen=citizen).exists()
    if not works and not (actor.is_call_centre and visible_citizens(actor).filter(pk=citizen.pk).exists()):
        raise NotAllowed("Telefon numarasını kişinin başvurusu üzerinde çalışanlar açar.")
    if not citizen.phone:
        raise NoSuchTransition("Vatandaşın telefon numarası bilinmiyor.")
    return citizen.phone


def unmask(*, ticket: Ticket, actor: Actor, now: datetime) -> str:
    """The citizen's number (E.164). That it was looked at stands on the timeline; the ticket does not change by it.

    Read after the entry was written and in its transaction: nothing is shown that is not written down. Raises
    NotAllowed, and NoSuchTransition where no number is known.
    """
    if not may_unmask(ticket, actor):
        raise NotAllowed("Telefon numarasını başvuru üzerinde çalışanlar açar.")
    with transaction.atomic():
        append_event(ticket, TicketEvent.Kind.UNMASKED, actor=actor, now=now)
        people = Citizen.objects.filter(tickets=ticket)
        phone = people.values_list("phone", flat=True).first()
        if not phone:
            raise NoSuchTransition("Vatandaşın telefon numarası bilinmiyor.")
    return phone
