"""Notes of staff on a ticket, for colleagues alone."""

from datetime import datetime

from tickets.models import Ticket, TicketEvent
from tickets.permissions import Actor, parties, require_staff
from tickets.services._ticket_rows import append_event, locked_ticket
from tickets.services.mentions import notify_mentioned
from tickets.workflow import MissingFields


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
