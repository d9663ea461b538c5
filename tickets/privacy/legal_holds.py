"""Holds: what keeps the data of a citizen or a ticket from every destruction, for as long as the law needs it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from departments.common.bulk_insert import insert_new
from departments.text.pseudonyms import nameless
from tickets.access_log.models import Access
from tickets.privacy.models.legal_holds import LegalHold
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed


@dataclass(frozen=True)
class LegalHoldIds:
    """The keys of the people and tickets that nothing is taken from."""

    people: set[int]
    tickets: set[int]


def legal_hold_ids() -> LegalHoldIds:
    """Those under a hold; with a ticket its citizen, with a citizen all their tickets."""
    holds = LegalHold.objects.filter(lifted_at=None)
    held = set(holds.filter(ticket__isnull=False).values_list("ticket", flat=True))
    people = set(holds.filter(citizen__isnull=False).values_list("citizen", flat=True))
    people |= set(Ticket.objects.filter(pk__in=held, citizen__isnull=False).values_list("citizen", flat=True))
    return LegalHoldIds(
        people, held | set(Ticket.objects.filter(citizen__in=people).values_list("pk", flat=True))
    )


def held_since(ticket: Ticket) -> datetime | None:
    """Since when nothing of the ticket may be destroyed; None where nothing keeps it from that."""
    theirs = Q(ticket=ticket)
    if ticket.citizen_id:
        theirs |= Q(citizen=ticket.citizen_id) | Q(ticket__citizen=ticket.citizen_id)
    holds = LegalHold.objects.filter(theirs, lifted_at=None).order_by("set_at")
    return holds.values_list("set_at", flat=True).first()


def place_hold(
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    citizen: Citizen | None = None,
    ticket: Ticket | None = None,
) -> LegalHold:
    """Puts a hold on one of the two. Raises NotAllowed, Missing without a reason, NoSuchTransition where there is one
    or where they were erased already.
    """
    _require_officer(actor)
    if not reason.strip():
        raise MissingFields({"reason": "İmha engelinin nedenini yazın: örneğin mahkeme ve dosya no."})
    person = citizen or (ticket.citizen if ticket else None)
    said = nameless(reason.strip(), [person.name] if person and person.name else [])[:300]
    row = LegalHold(citizen=citizen, ticket=ticket, reason=said, set_at=now, set_by=actor.user)
    with transaction.atomic():
        _check_not_forgotten(person, ticket)
        if not insert_new([row]):
            raise NoSuchTransition("Burada zaten bir imha engeli var.")
        _log(Access.What.HELD, row, actor, now, said)
    return row


def _check_not_forgotten(person: Citizen | None, ticket: Ticket | None) -> None:
    """Under the lock that erasure takes, too: it is either over by now, or finds the hold."""
    row = person or ticket
    if row is None:
        raise ValueError("a hold is on a citizen or on a ticket")
    known = type(row)._default_manager.select_for_update(no_key=True).filter(pk=row.pk, forgotten_at=None)
    if known.first() is None:
        raise NoSuchTransition("Bu kişi ya da başvuru anonimleştirildi: korunacak veri kalmadı.")


def lift_hold(*, held: LegalHold, actor: Actor, now: datetime) -> None:
    """Ends a hold: what is due goes with the next night. Raises NotAllowed, NoSuchTransition where it was lifted."""
    _require_officer(actor)
    with transaction.atomic():
        active = LegalHold.objects.filter(pk=held.pk, lifted_at=None)
        if not active.update(lifted_at=now, lifted_by=actor.user):
            raise NoSuchTransition("Bu imha engeli zaten kaldırılmış.")
        _log(Access.What.LIFTED, held, actor, now, held.reason)


def _require_officer(actor: Actor) -> None:
    if not actor.keeps_personal_data:
        raise NotAllowed("İmha engelini KVKK görevlisi koyar ve kaldırır.")


def _log(what: Access.What, row: LegalHold, actor: Actor, now: datetime, reason: str) -> None:
    Access.objects.create(
        at=now,
        what=what,
        by=actor.user,
        reason=reason,
        citizens=[row.citizen_id] if row.citizen_id else [],
        tickets=[row.ticket.number] if row.ticket else [],
    )
