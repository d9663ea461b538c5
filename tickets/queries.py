"""Which tickets: by words, by the clock. One meaning for the lists of the API and of the back office."""

import re
from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from departments.folding import fold
from tickets.models import Reading, Ticket
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


def unread(user: User) -> Q:
    """Whether something happened on a ticket since the user last read it: for `filter` and `annotate`."""
    known = Reading.objects.filter(ticket=OuterRef("pk"), user=user, read_at__gte=OuterRef("updated_at"))
    return ~Q(Exists(known))


def open_by(tickets: Collection[int], now: datetime, *, besides: User) -> dict[int, list[User]]:
    """Who else has which of the tickets open, by the tickets' keys; those that nobody has are not in it."""
    rows = Reading.objects.filter(ticket__in=tickets, open_until__gt=now).exclude(user=besides)
    found: dict[int, list[User]] = {}
    for row in rows.select_related("user").order_by("user__username"):
        found.setdefault(row.ticket_id, []).append(row.user)
    return found
