"""Notes of staff on a ticket, for colleagues alone."""

from datetime import datetime

from tickets.casework.mentions import notify_mentioned
from tickets.casework.writing import append_event, locked_ticket
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff
from tickets.record.workflow import MissingFields


def add_note(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    text: str,
    version: int | None = None,
    mentions: bool = True,
) -> Ticket:
    """Adds a note for colleagues, which no citizen ever sees; those whom it names with @ are notified, but with
    `mentions` off, for words that the actor did not type. Raises MissingFields when empty or where one of them may not
    see the ticket, NotAllowed.
    """
    if not text.strip():
        raise MissingFields({"text": "Not boş olamaz."})
    with locked_ticket(ticket, now, version=version) as row:
        require_staff(parties(actor, row.department.code if row.department else None))
        append_event(row, TicketEvent.Kind.NOTE, actor=actor, now=now, note=text.strip())
        if mentions:
            notify_mentioned(ticket=row, text=text, by=actor.user, now=now)
    return row
