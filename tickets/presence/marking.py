"""Who has a ticket or a talk open and up to when they have read it. Neither changes by being looked at."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection

from tickets.presence.models.view_marks import ConversationViewer, ViewMark
from tickets.record.models.ticket import Ticket

# Three times what passes between two times that signs of life are written (tickets/desk/pulse.py).
OPEN_FOR = timedelta(seconds=45)
WRITES_FOR = timedelta(seconds=20)  # after the last letter


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


def mark_talk(*, citizen: int, user: User, now: datetime, writing: bool = False) -> None:
    """The user has the talk with the citizen of that key open, and has just written in its box if `writing`."""
    row = ConversationViewer(
        citizen_id=citizen,
        user=user,
        open_until=now + OPEN_FOR,
        writing_until=now + WRITES_FOR if writing else None,
    )
    ConversationViewer.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["citizen", "user"],
        update_fields=["open_until", "writing_until"],
    )


def leave_talks(*, user: User, now: datetime, but: int | None = None) -> None:
    """The user has no talk open any more, but the one with the citizen of that key."""
    rows = ConversationViewer.objects.filter(user=user, open_until__gt=now)
    rows.exclude(citizen=but).update(open_until=now, writing_until=None)


def keep_open(said: Collection[tuple[int, int, int]], now: datetime) -> None:
    """Of each (user, citizen, ticket), by their keys and 0 for none: what counts as open to them does so on. What does
    not is not opened by it, and no ticket counts as read by it. Rows that somebody is writing are left to them.
    """
    given = [list(each) for each in zip(*said, strict=True)]
    until = now + OPEN_FOR
    with connection.cursor() as cursor:
        for table, column, keys in (
            ("tickets_talkpresence", "citizen_id", given[1]),
            ("tickets_viewmark", "ticket_id", given[2]),
        ):
            cursor.execute(
                f"UPDATE {table} SET open_until = %s WHERE id IN (SELECT mark.id FROM {table} AS mark"  # noqa: S608 - constants
                f" JOIN unnest(%s::integer[], %s::bigint[]) AS said (user_id, key)"
                f" ON mark.user_id = said.user_id AND mark.{column} = said.key"
                " WHERE mark.open_until > %s FOR UPDATE OF mark SKIP LOCKED)",
                (until, given[0], keys, now),
            )


def forget_talks(now: datetime) -> int:
    """Deletes who had which talk open; returns how many."""
    gone, _ = ConversationViewer.objects.filter(open_until__lt=now - timedelta(hours=1)).delete()
    return gone
