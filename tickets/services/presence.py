"""Who has a ticket open and up to when they have read it. The ticket itself does not change by being looked at."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from tickets.models import Ticket, ViewMark

# Three times what an open page lets pass between two signs of life.
OPEN_FOR = timedelta(seconds=45)


def mark_viewed(*, ticket: Ticket, user: User, now: datetime) -> None:
    """The user has the ticket before their eyes, as it stands now: open to them, and read."""
    row = ViewMark(ticket=ticket, user=user, read_at=now, open_until=now + OPEN_FOR)
    ViewMark.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["ticket", "user"],
        update_fields=["read_at", "open_until"],
    )


def leave(*, ticket: Ticket, user: User, now: datetime) -> None:
    """The user went away from the ticket; what was read stays read."""
    ViewMark.objects.filter(ticket=ticket, user=user, open_until__gt=now).update(open_until=now)
