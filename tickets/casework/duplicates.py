"""Tickets that follow another one, since they report the same: whom they may follow, and what they are told.

A ticket becomes a duplicate by the transition to DUPLICATE (`transitions.change_status`).
"""

from collections.abc import Iterator
from datetime import datetime

from tickets.casework.writing import append_event
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor
from tickets.record.workflow import MissingFields


def check_original(row: Ticket, target: Ticket | None) -> None:
    """A duplicate points at a ticket that is none itself, so that no chain of them can close into a ring."""
    if target is None:
        return
    if target.restricted or row.restricted:
        raise MissingFields({"duplicate_of": "Gizli başvuru başka bir başvuruyla birleştirilmez."})
    if target.pk == row.pk:
        raise MissingFields({"duplicate_of": "Başvuru kendisinin mükerreri olamaz. Asıl başvuruyu seçin."})
    target.refresh_from_db(fields=["duplicate_of"])
    if target.duplicate_of is not None:
        original = target.duplicate_of.number
        raise MissingFields(
            {"duplicate_of": f"{target.number} de mükerrer. Asıl başvuruyu ({original}) seçin."}
        )


def followers_of(ticket: Ticket) -> set[int]:
    """The keys of the tickets that follow this one, and of those that follow them."""
    found: set[int] = set()
    new = {ticket.pk}
    while new := set(Ticket.objects.filter(duplicate_of__in=new).values_list("pk", flat=True)):
        found |= new
    return found


def announce_to_duplicates(row: Ticket, event: TicketEvent, actor: Actor, now: datetime) -> None:
    """The citizens of all that follow this ticket read the news of it, too; of a restricted one nobody does."""
    if row.restricted:
        return
    for duplicate in _duplicates(row):
        append_event(
            duplicate,
            TicketEvent.Kind.FOLLOWED,
            actor=actor,
            now=now,
            announce=True,
            to_status=event.to_status,
            public_text=event.public_text,
            data=event.data | {"duplicate_of": row.number},
        )
        duplicate.version += 1
        duplicate.updated_at = now
        duplicate.save(update_fields=["version", "updated_at"])


def _duplicates(row: Ticket) -> Iterator[Ticket]:
    """Locked, nearest first: the tickets that follow this one, and those that follow them."""
    for duplicate in row.duplicates.select_for_update(no_key=True).order_by("pk"):
        yield duplicate
        yield from _duplicates(duplicate)
