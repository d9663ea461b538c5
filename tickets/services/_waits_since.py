"""Since when the citizen of a ticket waits for a person: kept with the ticket, as entries of its timeline come."""

from collections.abc import Iterable
from datetime import datetime

from tickets.models import Ticket, TicketEvent
from tickets.workflow import ActorKind

_WORDS = frozenset(
    {
        TicketEvent.Kind.DESCRIBED,
        TicketEvent.Kind.ATTACHED,
        TicketEvent.Kind.LOCATED,
        TicketEvent.Kind.MOVED,
    }
)


def count_waiting(ticket: Ticket, entries: Iterable[TicketEvent]) -> None:
    """Sets `waits_since` by what these new entries say; the caller saves the ticket.

    The citizen's last word starts it, what staff tell them by hand ends it, and so does the ticket's outcome.
    """
    for entry in entries:
        ticket.waits_since = _after(ticket.waits_since, entry)
    if ticket.outcome is not None:
        ticket.waits_since = None


def _after(since: datetime | None, entry: TicketEvent) -> datetime | None:
    if entry.kind == TicketEvent.Kind.CREATED:
        return entry.at
    if entry.actor_kind == ActorKind.CITIZEN and entry.kind in _WORDS:
        return entry.at
    told = entry.actor_kind == ActorKind.STAFF and entry.announce
    return None if told else since
