"""What is shown of the citizen beside a ticket's thread."""

from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, masked, visible_to

OTHERS = 8  # of their other tickets


def phone(citizen: Citizen | None) -> str:
    """The citizen's number, masked; empty where none is known."""
    return masked(citizen.phone) if citizen and citizen.phone else ""


def others_of(ticket: Ticket, actor: Actor) -> list[Ticket]:
    """The citizen's newest other tickets that the actor may see."""
    if ticket.citizen_id is None:
        return []
    rows = visible_to(actor).filter(citizen=ticket.citizen_id).exclude(pk=ticket.pk)
    return list(
        rows.only("number", "status", "summary", "created_at", "restricted").order_by("-created_at")[:OTHERS]
    )
