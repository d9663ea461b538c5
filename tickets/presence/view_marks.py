"""Who has read a ticket, and who has its page open."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from tickets.presence.models.view_marks import ViewMark


def unread(user: User) -> Q:
    """Whether a ticket changed since the user last read it; for `filter` and `annotate`."""
    known = ViewMark.objects.filter(ticket=OuterRef("pk"), user=user, read_at__gte=OuterRef("updated_at"))
    return ~Q(Exists(known))


def open_by(tickets: Collection[int], now: datetime, *, besides: User) -> dict[int, list[User]]:
    """The other users who have each ticket's page open, by ticket key; tickets that nobody has open are left out."""
    rows = ViewMark.objects.filter(ticket__in=tickets, open_until__gt=now).exclude(user=besides)
    found: dict[int, list[User]] = {}
    for row in rows.select_related("user").order_by("user__username"):
        found.setdefault(row.ticket_id, []).append(row.user)
    return found
