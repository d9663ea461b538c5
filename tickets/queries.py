"""Which tickets: by words, by the clock. One meaning for the lists of the API and of the back office."""

import re
from datetime import datetime

from django.db.models import F, Q, QuerySet

from departments.folding import fold
from tickets.models import Ticket
from tickets.workflow import Status

_NUMBER = re.compile(r"MG-\d{4}-\d{6,}", re.IGNORECASE)


def searchable(ticket: Ticket) -> str:
    """What a search looks through, folded: every i and every diacritic alike. Of the number only what counts up."""
    place = ticket.neighbourhood.full_name if ticket.neighbourhood else ""
    running = ticket.number.rpartition("-")[2]
    return fold(f"{running} {ticket.summary} {ticket.description} {ticket.address} {place}")


def matching(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """The one with that number, or those that contain every word of the text, also within words."""
    if _NUMBER.fullmatch(text.strip()):
        return tickets.filter(number=text.strip().upper())
    for word in fold(text).split():
        tickets = tickets.filter(search__contains=word)
    return tickets


def overdue(now: datetime) -> Q:
    """Open and past the resolution target. While a ticket waits for the citizen its clock stands still."""
    running = ~Q(status=Status.WAITING) & Q(resolution_due_at__lt=now)
    paused = Q(status=Status.WAITING, resolution_due_at__lt=F("waiting_since"))
    return Q(outcome__isnull=True) & (running | paused)
