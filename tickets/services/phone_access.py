"""A citizen's telephone number is shown to whoever works on the ticket, and each time it is kept who saw it (KVKK)."""

from datetime import datetime

from django.db import transaction

from departments.models import Role
from tickets.models import Access, Citizen, Ticket, TicketEvent
from tickets.permissions import Actor, parties
from tickets.search import telephone_in
from tickets.services._ticket_rows import append_event
from tickets.workflow import NoSuchMove, NotAllowed, TicketRole

_WORKING = frozenset({TicketRole.AGENT, TicketRole.HEAD, TicketRole.SUPERVISOR})


def log_telephone_search(*, text: str, actor: Actor, now: datetime) -> None:
    """Keeps in the access log that somebody searched for a telephone number and whom it found; not the number itself.
    Nothing where the text is none.
    """
    number = telephone_in(text)
    if number is None or actor.user is None:
        return
    found = sorted(Citizen.objects.filter(phone=number).values_list("pk", flat=True))
    Access.objects.create(at=now, what=Access.What.SEARCHED, by=actor.user, citizens=found)


def may_unmask(ticket: Ticket, actor: Actor) -> bool:
    """Whether the actor works on the ticket (call centre, head, the one responsible) or watches over personal data."""
    who = parties(actor, ticket.department.code if ticket.department else None)
    responsible = actor.user is not None and ticket.assignee_id == actor.user.pk
    return bool(who & _WORKING) or responsible or actor.has(Role.DPO)


def unmask(*, ticket: Ticket, actor: Actor, now: datetime) -> str:
    """The citizen's number (E.164). That it was looked at stands on the timeline; the ticket does not change by it.

    Read after the entry was written and in its transaction: nothing is shown that is not written down. Raises
    NotAllowed, and NoSuchMove where no number is known.
    """
    if not may_unmask(ticket, actor):
        raise NotAllowed("Telefon numarasını başvuru üzerinde çalışanlar açar.")
    with transaction.atomic():
        append_event(ticket, TicketEvent.Kind.UNMASKED, actor=actor, now=now)
        people = Citizen.objects.filter(tickets=ticket)
        phone = people.values_list("phone", flat=True).first()
        if not phone:
            raise NoSuchMove("Vatandaşın telefon numarası bilinmiyor.")
    return phone
