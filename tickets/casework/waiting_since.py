"""Since when the citizen of a ticket waits for a person: their first word that nobody has answered, or their asking for
a person. Kept with the ticket, as entries of its timeline come and conversations wait.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.workflow import ActorKind

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

    The citizen's first word starts it, what staff tell them by hand ends it, and so does the ticket's outcome.
    """
    for entry in entries:
        ticket.waits_since = _after(ticket.waits_since, entry)
    if ticket.outcome is not None:
        ticket.waits_since = None


def _after(since: datetime | None, entry: TicketEvent) -> datetime | None:
    if entry.kind == TicketEvent.Kind.CREATED:
        return entry.at
    if entry.actor_kind == ActorKind.CITIZEN and entry.kind in _WORDS:
        return since or entry.at
    told = entry.actor_kind == ActorKind.STAFF and entry.announce
    return None if told else since


def counts_from(ticket: Ticket, since: datetime) -> None:
    """Whoever has waited since then, and waits for this ticket by now, has waited for it as long. `ticket` itself says
    so, too: the caller may save it.
    """
    later = Q(waits_since=None) | Q(waits_since__gt=since)
    Ticket.objects.filter(later, pk=ticket.pk, outcome=None).update(waits_since=since)
    if ticket.outcome is None:
        ticket.waits_since = min(ticket.waits_since or since, since)


def first_word_after(ticket: Ticket, moment: datetime) -> datetime | None:
    """When the citizen first wrote after that moment of those that still wait, as far as it is known."""
    words = ticket.events.filter(actor_kind=ActorKind.CITIZEN, kind__in=_WORDS, at__gt=moment)
    talks = WaitingConversation.objects.filter(ticket=ticket, ended_at=None, last_at__gt=moment)
    found = (
        words.order_by("at").values_list("at", flat=True).first(),
        talks.values_list("last_at", flat=True).first(),
    )
    return min(filter(None, found), default=None)
