"""The change feed: what changed of the tickets that somebody sees, in an order that misses nothing.

Each ticket carries the transaction that wrote it last (`changed_in`, by a trigger); a TicketChange carries what the row
does not say. The feed goes through both in the order of transactions, and ends before the oldest transaction that is
still running here: what that one wrote could only be seen later, and would lie behind a reader who had passed it.

1. A cursor says up to where (transaction, ticket) a reader has read. What changes again moves ahead of it.
2. What a reader lost sight of is told by its number alone, if they saw it as it was: deleted, or not theirs any more.
3. Where what somebody sees changed as a whole (roles, duty, restricted categories), their cursor is older than what is
   kept of losses, or the database went back to an earlier moment, they are to begin anew (CursorGone).
"""

import base64
import binascii
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex

from django.contrib.postgres.aggregates import BoolOr
from django.db import connection, transaction
from django.db.models import Max, Min, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan
from rest_framework import exceptions, status

from departments.models import Category
from tickets.api_clients.models.change_feed import FeedEpoch, TicketChange
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, lost_by, visibility_key, visible_to
from tickets.undo.actions import just_opened

KEPT = timedelta(days=30)  # a reader who comes more rarely begins anew
_END = 2**63 - 1
_BEGINNING = (-1, _END)
Position = tuple[int, int]  # a transaction, and the key of a ticket

_CLUSTER = "SELECT system_identifier FROM pg_control_system()"
_TIMELINE = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)"
# Running transactions of other databases of the cluster concern nobody here. Whose transactions we may not see, or are
# only prepared, could be any: then all of the cluster count. Ids are of 32 bits there: counted back from the next one.
_HORIZON = """
WITH ids AS (
    SELECT pg_snapshot_xmin(shot)::text::bigint AS oldest, pg_snapshot_xmax(shot)::text::bigint AS next
    FROM pg_current_snapshot() shot
), others AS (
    SELECT query = '<insufficient privilege>' AS hidden, backend_xid::text::bigint AS id FROM pg_stat_activity
    WHERE datname = current_database() AND usesysid IS NOT NULL AND pid <> pg_backend_pid()
), running AS (
    SELECT (next % 4294967296 - id + 4294967296) % 4294967296 AS back FROM others, ids WHERE id IS NOT NULL
)
SELECT CASE
    WHEN EXISTS (SELECT FROM others WHERE hidden) OR EXISTS (SELECT FROM pg_prepared_xacts) THEN oldest
    ELSE next - coalesce((SELECT max(back) FROM running WHERE back < 2147483648), 0)
END FROM ids
"""
_OF_CITIZENS = """
SELECT DISTINCT change.changed_in, ticket.id
FROM tickets_ticketchange change JOIN tickets_ticket ticket ON ticket.citizen_id = change.of_citizen
WHERE change.changed_in >= %s AND change.changed_in < %s AND (change.changed_in, ticket.id) > (%s, %s)
ORDER BY 1, 2 LIMIT %s
"""


class CursorGone(exceptions.APIException):
    """What lies between the cursor and now cannot be told any more: the reader begins anew, without a cursor."""

    status_code = status.HTTP_410_GONE
    default_code = "cursor_gone"


@dataclass(frozen=True)
class FeedCursor:
    """Up to where a reader has read: all up to `at`. They began at `since`: no earlier loss concerns them."""

    epoch: str
    sight: str
    since: int
    at: Position

    def encode(self) -> str:
        text = f"{self.epoch}.{self.sight}.{self.since}.{self.at[0]}.{self.at[1]}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "FeedCursor":
        """Raises ValueError for what is none."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            epoch, seen, *numbers = base64.b64decode(padded, b"-_", validate=True).decode("ascii").split(".")
            since, transaction_id, key = map(int, numbers)
        except (binascii.Error, UnicodeError) as error:
            raise ValueError(text) from error
        if not all(-1 <= number <= _END for number in (since, transaction_id, key)):
            raise ValueError(text)
        return cls(epoch, seen, since, (transaction_id, key))


@dataclass(frozen=True)
class FeedPage:
    """Changes in their order: a ticket as it is, or the number of one that was lost sight of. `more` come at once."""

    changes: list[Ticket | str]
    cursor: FeedCursor
    more: bool


def start(actor: Actor, updated_after: datetime | None, now: datetime) -> FeedCursor:
    """The cursor of somebody who has nothing yet, or all up to that moment. Raises CursorGone."""
    epoch, end = _epoch(), _horizon(now)
    at, since = _BEGINNING, end
    if updated_after is not None:
        if updated_after < now - KEPT:
            raise CursorGone
        written = Ticket.objects.filter(updated_at__gte=updated_after).aggregate(first=Min("changed_in"))
        told = TicketChange.objects.filter(at__gte=updated_after).aggregate(first=Min("changed_in"))
        since = min([end, *(each["first"] for each in (written, told) if each["first"] is not None)])
        at = (since - 1, _END)
    return FeedCursor(f"{epoch.epoch}-{_timeline()}", _digest(actor), since, at)


def read(actor: Actor, cursor: FeedCursor, size: int, now: datetime, related: Sequence[str] = ()) -> FeedPage:
    """The next `size` changes at most, with the rows that the tickets refer to by `related`. Raises CursorGone."""
    known = max(cursor.at[0], cursor.since)
    end = _horizon(now)
    lost = _changed_or_gone(actor, cursor, end, size)
    sources = [_written(actor, cursor, end, size), sorted(lost), _of_citizens(cursor, end, size)]
    cut = [source[-1] for source in sources if len(source) > size]
    complete = min(cut, default=None)
    found = sorted({at for source in sources for at in source if complete is None or at <= complete})
    taken = found[:size]
    more = bool(cut) or len(found) > size
    rows = visible_to(actor).prefetch_related(*related).filter(pk__in=[key for _, key in taken])
    tickets = {ticket.pk: ticket for ticket in rows}
    epoch = _epoch()  # after all that was read, which may have been deleted meanwhile
    name = f"{epoch.epoch}-{_timeline()}"
    if (cursor.epoch, cursor.sight) != (name, _digest(actor)) or known <= epoch.forgotten_to:
        raise CursorGone
    changes: dict[int, Ticket | str] = {}
    for at in taken:
        told = tickets.get(at[1]) or lost.get(at)
        if told:
            changes[at[1]] = told
    reached = taken[-1] if more else max(cursor.at, (end - 1, _END))
    return FeedPage(list(changes.values()), replace(cursor, at=reached), more)


def forget(now: datetime) -> None:
    """Deletes what was told more than 30 days ago."""
    old = TicketChange.objects.filter(at__lt=now - KEPT)
    with transaction.atomic():
        last = old.aggregate(last=Max("changed_in"))["last"]
        if last is not None:
            # Before they go: whoever reads in between is refused, or reads all.
            FeedEpoch.objects.update(forgotten_to=last)
            old.filter(changed_in__lte=last).delete()


def begin_anew() -> None:
    """After a restore: cursors of what was lost lead nowhere, and transactions of another cluster have other numbers.
    All tickets count as written now.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE tickets_feedepoch IN SHARE ROW EXCLUSIVE MODE")
        FeedEpoch.objects.all().delete()
        TicketChange.objects.all().delete()
        cursor.execute("UPDATE tickets_ticket SET changed_in = 0")  # the trigger writes the transaction
        FeedEpoch.objects.create(epoch=token_hex(4), cluster=_cluster())


def _epoch() -> FeedEpoch:
    """The epoch; a new one where the database was restored into another cluster by other means than ours."""
    cluster = _cluster()
    known = FeedEpoch.objects.filter(cluster=cluster).first()
    if known is None:
        begin_anew()
        known = FeedEpoch.objects.get(cluster=cluster)
    return known


def _timeline() -> str:
    """Another one after each failover and each return to an earlier moment: what readers had seen may be lost."""
    with connection.cursor() as cursor:
        cursor.execute(_TIMELINE)
        return str(cursor.fetchone()[0])


def _cluster() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_CLUSTER)
        return int(cursor.fetchone()[0])


def _horizon(now: datetime) -> int:
    """All transactions before this one have ended, and what they wrote is not taken back any more. What they wrote is
    seen by statements that begin after this returned.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(_HORIZON)
        (end,) = cursor.fetchone()
    opened = Ticket.objects.filter(pk__in=just_opened(now)).aggregate(first=Min("changed_in"))
    first: int | None = opened["first"]
    return int(end) if first is None else min(int(end), first)


def _written(actor: Actor, cursor: FeedCursor, end: int, size: int) -> list[Position]:
    rows = visible_to(actor).filter(_after("id", cursor), changed_in__lt=end)
    return list(rows.order_by("changed_in", "id").values_list("changed_in", "id")[: size + 1])


def _changed_or_gone(actor: Actor, cursor: FeedCursor, end: int, size: int) -> dict[Position, str]:
    """Where something is to be told of a ticket, with its number where the actor may have lost sight of it."""
    rows = TicketChange.objects.filter(Q(lost=False) | lost_by(actor), ticket_key__isnull=False)
    rows = rows.filter(_after("ticket_key", cursor), changed_in__gte=cursor.since, changed_in__lt=end)
    each = rows.order_by("changed_in", "ticket_key").values_list("changed_in", "ticket_key")
    found = each.annotate(gone=BoolOr("lost"), last=Max("number"))[: size + 1]
    return {(changed_in, key): number if gone else "" for changed_in, key, gone, number in found}


def _of_citizens(cursor: FeedCursor, end: int, size: int) -> list[Position]:
    with connection.cursor() as database:
        database.execute(_OF_CITIZENS, [max(cursor.since, cursor.at[0]), end, *cursor.at, size + 1])
        return [(changed_in, key) for changed_in, key in database.fetchall()]


def _after(key: str, cursor: FeedCursor) -> TupleGreaterThan:
    return TupleGreaterThan(Tuple("changed_in", key), cursor.at)


def _digest(actor: Actor) -> str:
    """The same as long as the actor sees the same kinds of tickets."""
    secret = sorted(Category.objects.filter(restricted=True).values_list("pk", flat=True))
    return sha256(f"{_canonical(visibility_key(actor))} {secret}".encode()).hexdigest()[:16]


def _canonical(what: Hashable) -> str:
    """The same text for the same value, in every process."""
    if isinstance(what, frozenset):
        return "{" + ",".join(sorted(map(_canonical, what))) + "}"
    if isinstance(what, tuple):
        return "(" + ",".join(map(_canonical, what)) + ")"
    return str(what)
