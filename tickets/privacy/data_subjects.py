"""Whom a request under the law on personal data is about: looked up by telephone or by the number of a ticket.

Restricted tickets are not the officer's to read: they are found and exported by who may see them.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from departments.text.ticket_number import citation_of
from tickets.access_log.models import Access
from tickets.privacy.models.data_requests import PersonalDataRequest
from tickets.record import channel
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, hidden_from
from tickets.record.phone_numbers import e164
from tickets.record.workflow import ActorKind, NoSuchTransition


@dataclass(frozen=True)
class Subject:
    """The citizens with all their tickets; or one ticket whose citizen nobody knows."""

    people: tuple[Citizen, ...]
    tickets: tuple[Ticket, ...]

    @property
    def keys(self) -> list[int]:
        return [person.pk for person in self.people]

    @property
    def numbers(self) -> list[str]:
        return [ticket.number for ticket in self.tickets]


_REQUEST = re.compile(r"KVKK-(\d{1,18})", re.IGNORECASE)


def subject_of(said: str, actor: Actor) -> Subject:
    """Who has that telephone number now, however it is written, or whose that ticket or request about data is.

    Raises NoSuchTransition where there is nobody, or nobody any more; the text says so. A restricted ticket that the
    actor may not see is answered like one that does not exist.
    """
    said = said.strip()
    cited = citation_of(said)
    if cited and cited.year:
        rows = Ticket.objects.select_related("citizen").filter(number=str(cited))
        found = rows.first()
        return _of_ticket(None if found and is_hidden(found, actor) else found)
    if request := _REQUEST.fullmatch(said):
        return _of_request(PersonalDataRequest.objects.filter(pk=int(request[1])).first())
    phone = e164(re.sub(r"[^\d+]", "", said))
    if phone is None:
        raise NoSuchTransition(
            "Telefon numarası ya da başvuru no yazın: 0532 123 45 67 ya da MG-2026-000001."
        )
    people = Citizen.objects.filter(phone=phone) | Citizen.objects.filter(
        pk__in=channel.channel().data_store().named(phone)
    )
    if not people.exists():
        raise NoSuchTransition("Bu numarayla kayıtlı kimse yok.")
    return _of_people(list(people.order_by("pk")))


def is_hidden(ticket: Ticket, actor: Actor) -> bool:
    """Whether the ticket is restricted and not the actor's to see. A command on the server sees everything."""
    if not ticket.restricted or actor.kind is ActorKind.CLOCK:
        return False
    return hidden_from(actor).filter(pk=ticket.pk).exists()


def shown_to(subject: Subject, actor: Actor) -> list[Ticket]:
    """The tickets of the subject that the actor may read about."""
    return [ticket for ticket in subject.tickets if not is_hidden(ticket, actor)]


def looked_up(*, subject: Subject, actor: Actor, now: datetime) -> None:
    """Keeps in the access log that somebody was looked up."""
    Access.objects.create(
        at=now, what=Access.What.SEARCHED, by=actor.user, citizens=subject.keys, tickets=subject.numbers
    )


def _of_request(asked: PersonalDataRequest | None) -> Subject:
    if asked is None:
        raise NoSuchTransition("Bu numarada kişisel veri talebi yok.")
    if asked.citizen is None:
        raise NoSuchTransition("Bu talebin sahibi silindi: kim olduğu artık bilinmiyor.")
    return _of_people([asked.citizen])


def _of_ticket(ticket: Ticket | None) -> Subject:
    if ticket is None:
        raise NoSuchTransition("Bu numarada başvuru yok.")
    if ticket.forgotten_at:
        raise NoSuchTransition("Bu başvuru anonimleştirildi: kimin olduğu artık bilinmiyor.")
    return _of_people([ticket.citizen]) if ticket.citizen else Subject((), (ticket,))


def _of_people(people: list[Citizen]) -> Subject:
    tickets = Ticket.objects.filter(citizen__in=people).order_by("created_at", "pk")
    return Subject(tuple(people), tuple(tickets))
