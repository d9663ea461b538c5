"""Puts the rows that an act wrote back as they were, from what the trigger `journal` kept of them (ActChange)."""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Model, ProtectedError
from django.utils.timezone import localtime

from departments import reference
from tickets.casework.awaiting_staff import request_staff
from tickets.casework.writing import new_event, save
from tickets.notifications.models import Notification
from tickets.record import channel
from tickets.record.models.acts import Act
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import ActorKind, NoSuchTransition
from tickets.undo.journal import ChangedRow, citizens_of, model_of, parts_of

log = logging.getLogger(__name__)
# docs/failures-and-locks.md; the talks and whose they are were locked before.
_LOCKED = (
    "whatsapp_conversation",
    "whatsapp_message",
    "whatsapp_media",
    "tickets_ticket",
    "tickets_ticketevent",
    "whatsapp_outbox",
)
# A ticket that was taken back is another version, all the same: somebody may have read the one in between.
_MOVES_ON = {"tickets_ticket": ("version", "updated_at")}
# What a citizen who writes in the meantime, and the line that hears them, change: it stays. A ticket of which they said
# more is another version, too.
_OF_THE_CITIZEN = {
    "tickets_ticket": ("waits_since",),
    "whatsapp_conversation": ("wake_at", "silent_until"),
}
_OF_THEIR_WORDS = {"tickets_ticket": ("version", "updated_at", "search")}
# By model: what to do before deleting a row that an act inserted; tickets/undoable.py fills it.
BEFORE_DELETION: dict[type[Model], Callable[[Any, datetime], object]] = {}
_ON_ITS_WAY = "Geri alınamadı: haber bu arada yola çıktı. Gerekirse yeni bir işlemle düzeltin."
_ERASED = "Geri alınamadı: kişinin verileri bu arada silindi."


def restore(act: Act, actor: Actor, now: datetime) -> list[str]:
    """Puts back what the act changed and leaves an entry on its tickets, under the locks of all that it touches.

    Of an act on a selection a ticket that was changed since stays; returns a sentence for each. Raises NoSuchTransition
    where all of it has left, was changed or erased since.
    """
    parts = parts_of(act)
    newest = dict(enumerate(act.newest_entries))  # empty where the release before did it
    _lock([row for rows in parts.values() for row in rows])
    stayed = []
    for part, rows in parts.items():
        try:
            _restore(rows, newest.get(part, 0), actor, now)
        except NoSuchTransition as refusal:
            stayed.append(str(refusal))
    if stayed and len(stayed) == len(parts):
        raise NoSuchTransition(stayed[0])
    return stayed


def _restore(rows: Sequence[ChangedRow], newest: int, actor: Actor, now: datetime) -> None:
    """Puts one part back. `newest` is the key of the newest entry when it was done."""
    events = [int(row.key) for row in rows if row.table == "tickets_ticketevent" and row.before is None]
    tickets = [int(row.key) for row in rows if row.table == "tickets_ticket"]
    done = list(TicketEvent.objects.filter(pk__in=events).order_by("pk"))
    if any(event.announced_at is not None for event in done):
        raise NoSuchTransition(_ON_ITS_WAY)
    since = _since(tickets, newest or max(events, default=0))
    if any(event.actor_kind == ActorKind.STAFF for event in since):
        raise NoSuchTransition(_why_not(since))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            newer = _taken_away_newer(rows, actor)
            wrote = {event.ticket_id for event in since}
            cursor.execute("SELECT set_config('tickets.taking_back', 'on', true)")
            for row in reversed(rows):
                _put_back(row, wrote, now)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what points at a row that goes is seen here
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute("SELECT set_config('tickets.taking_back', '', true)")
            for talk in newer:
                request_staff(
                    citizen=talk.citizen,
                    reason=WaitingConversation.Reason(talk.reason),
                    now=talk.last_at,
                    words=talk.last_words,
                    ticket=talk.ticket,
                )
    except (_ChangedError, IntegrityError, ProtectedError) as error:
        raise NoSuchTransition(_why_not(since)) from error
    for ticket in Ticket.objects.filter(pk__in={event.ticket_id for event in done} & {*tickets}).order_by(
        "pk"
    ):
        _settle(ticket, [event for event in done if event.ticket_id == ticket.pk], actor, now)


class _ChangedError(Exception):
    """The row is not any more as the act left it."""


def _lock(rows: Collection[ChangedRow]) -> None:
    """Talks first, then whose they are, then what stands in the declared order, each table by its keys.

    Raises NoSuchTransition where one of these people or tickets was erased since.
    """
    keys: dict[str, list[int]] = {}
    for row in rows:
        keys.setdefault(row.table, []).append(int(row.key))
    people = sorted(citizens_of(rows))
    channel.channel().lock(people)
    citizens = list(Citizen.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))
    with connection.cursor() as cursor:
        for table in _LOCKED:
            if table in keys:
                cursor.execute(
                    f'SELECT "id" FROM "{table}" WHERE "id" = ANY(%s) ORDER BY "id" FOR UPDATE',  # noqa: S608
                    [keys[table]],
                )
    tickets = Ticket.objects.filter(pk__in=keys.get("tickets_ticket", ()))
    if any(each.forgotten_at for each in citizens) or tickets.exclude(forgotten_at=None).exists():
        raise NoSuchTransition(_ERASED)


def _since(tickets: Collection[int], newest: int) -> list[TicketEvent]:
    """The entries that these tickets got since, in their order. The act had the tickets locked until it was committed,
    so that every later entry has a higher key.
    """
    newer = TicketEvent.objects.filter(ticket__in=tickets, pk__gt=newest)
    return list(newer.select_related("actor", "ticket").order_by("pk"))


def _taken_away_newer(rows: Iterable[ChangedRow], actor: Actor) -> list[WaitingConversation]:
    """Whoever waited, was answered by the act and has written since waits again, once: what waits since then is deleted
    and returned, for its words to join what waited before.
    """
    ended = [
        int(row.key)
        for row in rows
        if row.table == WaitingConversation._meta.db_table
        and row.before
        and row.before.get("ended_at", "") is None
    ]
    inserted = [
        row.key for row in rows if row.table == WaitingConversation._meta.db_table and row.before is None
    ]
    people = WaitingConversation.objects.filter(pk__in=ended).values("citizen")
    newer = WaitingConversation.objects.filter(citizen__in=people, ended_at=None).exclude(
        pk__in=[*ended, *inserted]
    )
    found = list(newer.select_related("citizen", "ticket"))
    for row in found:
        if row.assignee not in (None, actor.user):
            raise _ChangedError
    WaitingConversation.objects.filter(pk__in=[row.pk for row in found]).delete()
    return found


def _put_back(row: ChangedRow, wrote: Collection[int], now: datetime) -> None:
    """`wrote` are the tickets of which citizens or the line said more since."""
    if row.before is None:
        _remove(row, now)
    elif row.after is None:
        _insert(row.table, row.before)
    else:
        _update(row, wrote)


def _remove(row: ChangedRow, now: datetime) -> None:
    """Deletes what the act inserted; what became of it since goes with it, but not what others did about it."""
    found = row.model._default_manager.filter(pk=row.key).first()
    if found is None:
        return
    if any(_now(row)[name] != value for name, value in (row.after or {}).items()):
        raise _ChangedError
    if prepare := BEFORE_DELETION.get(row.model):
        prepare(found, now)
    if isinstance(found, Ticket):
        log.info("%s: taken back, the number is given to no other", found.number)
    found.delete()


def _now(row: ChangedRow) -> dict[str, Any]:
    """The row as it stands, locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT to_jsonb(t)::text FROM "{row.table}" t WHERE "id" = %s FOR UPDATE',  # noqa: S608 - a table of ours
            [row.key],
        )
        found = cursor.fetchone()
    if found is None:
        raise _ChangedError
    return dict(json.loads(found[0]))


def _insert(table: str, before: dict[str, Any]) -> None:
    columns = _columns(table, before)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::"{table}", %s)',  # noqa: S608
            [_json(before)],
        )


def _update(row: ChangedRow, wrote: Collection[int]) -> None:
    """Puts back the columns that stand as the act left them. One that stands as before was put back already."""
    assert row.before is not None  # noqa: S101 - for the type
    assert row.after is not None  # noqa: S101 - for the type
    stands = _now(row)
    others = {name for name, value in row.after.items() if stands[name] not in (value, row.before[name])}
    theirs = {*_OF_THE_CITIZEN.get(row.table, ())}
    if int(row.key) in wrote:
        theirs |= {*_OF_THEIR_WORDS.get(row.table, ())}
    if others - theirs:
        raise _ChangedError
    # Whoever waited before, was answered by the act and has written since, waits as long as before.
    waited = {name for name in others & {"waits_since"} if row.before[name] is not None}
    left = {*others, *_MOVES_ON.get(row.table, ())} - waited
    before = {name: value for name, value in row.before.items() if name not in left}
    columns = _columns(row.table, before)
    if not columns:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{row.table}" SET ({columns}) ='  # noqa: S608 - names of the schema
            f' (SELECT {columns} FROM jsonb_populate_record(NULL::"{row.table}", %s)) WHERE "id" = %s',
            [_json(before), row.key],
        )


def _columns(table: str, values: Iterable[str]) -> str:
    """The columns among them that are written, not made by the database."""
    written = {each.column for each in model_of(table)._meta.concrete_fields if not each.generated}
    return ", ".join(f'"{name}"' for name in values if name in written)


def _json(values: dict[str, Any]) -> Any:
    return connection.ops.adapt_json_value(values, None)


def _why_not(since: Collection[TicketEvent]) -> str:
    """Who did what since."""
    others = [event for event in since if event.actor_kind == ActorKind.STAFF] or [*since]
    if not others:
        return "Geri alınamadı: bu arada başkası değiştirdi. Sayfayı yenileyip yeni hâline bakın."
    last = others[-1]
    who = last.actor.get_full_name() or last.actor.get_username() if last.actor else ""
    who = who or ActorKind(last.actor_kind).label
    what = f"{last.get_kind_display()}, {localtime(last.at):%H.%M}"
    return f"Geri alınamadı: {who} sizden sonra {last.ticket.number} başvurusunda işlem yaptı ({what})."


def _settle(ticket: Ticket, done: list[TicketEvent], actor: Actor, now: datetime) -> None:
    """The entry that says what was taken back; no other system hears of what it never heard. No bell rings on for what
    is no danger any more.
    """
    entry = new_event(ticket, TicketEvent.Kind.WITHDRAWN, actor=actor, now=now, data={"acts": _said(done)})
    entry.save()
    save(ticket, now)
    if not (ticket.urgent or ticket.is_danger):
        rings = ticket.notifications.filter(kind=Notification.Kind.DANGER, acknowledged_at=None)
        rings.update(acknowledged_at=now)


def _said(done: Iterable[TicketEvent]) -> list[str]:
    """What is taken back, without any words of it; a number that was given for nothing is named."""
    return [_move_said(event) if event.kind == TicketEvent.Kind.MOVED else _act_said(event) for event in done]


def _move_said(event: TicketEvent) -> str:
    """With the department that it was sent to: of two moves in a row only one may have been undone."""
    department = reference.department(event.data.get("department") or "")
    move = f"{event.get_from_status_display()} → {Status(event.to_status).label}"
    return f"{move} ({department.name})" if department else move


def _act_said(event: TicketEvent) -> str:
    return " ".join(filter(None, (str(event.get_kind_display()), event.data.get("into"))))
