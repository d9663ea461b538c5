"""The numbers of other registries that a ticket needs."""

from tickets.casework.registry import LABELS, required_numbers
from tickets.record.models.ticket import Ticket


def missing_numbers(ticket: Ticket) -> list[str]:
    """The names of the registries' numbers that the ticket has to have and has not."""
    needed = required_numbers(ticket.channel, ticket.kind)
    return [label for name, label in LABELS.items() if name in needed and not getattr(ticket, name)]
