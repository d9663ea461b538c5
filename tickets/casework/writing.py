"""How every service writes: the locked row and its timeline entry in one transaction, the channel woken on commit."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from departments.common.bulk_insert import insert
from tickets.api_clients import webhooks
from tickets.casework.waiting_since import count_waiting
from tickets.record import channel
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor
from tickets.record.search import searchable
from tickets.record.undo_window import undo_until
from tickets.record.workflow import ActorKind, NoSuchTransition, StaleVersion

GONE = "Bu başvuru artık yok: açılması geri alındı. Listeyi yenileyin."


@contextmanager
def locked_ticket(
    ticket: Ticket, now: datetime, *, version: int | None = None, beside: Collection[int] = ()
) -> Iterator[Ticket]:
    """The ticket's row as it stands, locked; saved with the next version when the block ends well.

    `version` is what the caller read: StaleVersion if the row has moved on. The tickets with the keys `beside` are
    locked with it (all in the order of their keys, so that two such writers cannot block each other).
    """
    with unversioned_lock(ticket, version=version, beside=beside) as row:
        yield row
        save(row, now)


def save(row: Ticket, now: datetime) -> None:
    """Writes what was changed of a locked row as its next version, and wakes the channel on commit.

    Other columns stay as they are in the database: the caller's transaction may have written them by another statement
    since the row was read.
    """
    row.version += 1
    row.updated_at = now
    row.search = searchable(row)
    row.save_changes()
    wake_channel_on_commit()


@contextmanager
def unversioned_lock(
    ticket: Ticket, *, version: int | None = None, beside: Collection[int] = ()
) -> Iterator[Ticket]:
    """The ticket's row as it stands, locked until the end of the block; it is saved by the caller, if at all.

    Raises StaleVersion, NoSuchTransition where its opening was taken back.
    """
    with transaction.atomic():
        keys = {ticket.pk, *beside}
        rows = Ticket.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
        row = next((row for row in rows if row.pk == ticket.pk), None)
        if row is None:
            raise NoSuchTransition(GONE)
        if version is not None and version != row.version:
            raise StaleVersion("Başvuru siz bakarken değişti. Sayfayı yenileyip yeniden deneyin.")
        yield row


def wake_channel_on_commit() -> None:
    """Tells the channel after the commit; robust, since what was committed stands whatever the channel does."""
    transaction.on_commit(lambda: channel.channel().wake(), robust=True)


def append_event(
    ticket: Ticket,
    kind: TicketEvent.Kind,
    *,
    actor: Actor,
    now: datetime,
    announce: bool = False,
    **facts: Any,
) -> TicketEvent:
    """Adds an entry to the timeline, with the calls that tell it to other systems."""
    event = new_event(ticket, kind, actor=actor, now=now, announce=announce, **facts)
    append_events(ticket, [event])
    return event


def append_events(ticket: Ticket, events: Sequence[TicketEvent]) -> None:
    """Adds entries to the timeline in their order, with the calls that tell them to other systems.

    How long the citizen waits changes on `ticket` with them; the caller saves it.
    """
    insert(events)
    count_waiting(ticket, events)
    webhooks.queue(events, ticket)


def new_event(
    ticket: Ticket,
    kind: TicketEvent.Kind,
    *,
    actor: Actor,
    now: datetime,
    announce: bool = False,
    **facts: Any,
) -> TicketEvent:
    """An entry that is still to be appended; `announce` is dropped where there is nobody to tell.

    Of a restricted ticket the citizen hears what staff write themselves, and in despair that somebody has claimed it:
    the telephone may be in another hand.
    """
    tells = not ticket.restricted or kind in (TicketEvent.Kind.REPLIED, TicketEvent.Kind.CLAIMED)
    return TicketEvent(
        ticket=ticket,
        kind=kind,
        at=now,
        actor=actor.user,
        actor_kind=actor.kind,
        announce=announce and ticket.citizen_id is not None and tells,
        undo_until=undo_until(),
        **facts,
    )


def by_staff(actor: Actor) -> bool:
    return actor.kind is ActorKind.STAFF
