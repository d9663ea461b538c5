"""What the placeholders of canned answers stand for on a ticket."""

from django.utils.timezone import localtime

from tickets.record.models.ticket import Ticket


def placeholder_values(ticket: Ticket) -> dict[str, str]:
    """By the names of `canned_answers.PLACEHOLDERS`; empty where the ticket does not know."""
    aimed = ticket.resolution_due_at if not ticket.is_danger else None
    due = ticket.planned_for or (localtime(aimed).date() if aimed else None)
    return {
        "numara": ticket.number,
        "ad": (ticket.citizen.name or "") if ticket.citizen else "",
        "konu": ticket.category.name if ticket.category else "",
        "birim": ticket.department.name if ticket.department else "",
        "mahalle": ticket.neighbourhood.name if ticket.neighbourhood else "",
        "gün": f"{due:%d.%m.%Y}" if due else "",
    }
