"""Puts the rows that an act wrote back as they were, from what the trigger `journal` kept of them (ActChange)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError
from django.utils.timezone import localtime

from tickets import ports
from tickets.models import Act, Attachment, Notification, PendingUpload, Ticket, TicketEvent
from tickets.permissions import Actor
from tickets.services._ticket_rows import new_event, save
from tickets.services.file_deletion import schedule_deletion
from tickets.services.numbering import give_back
from tickets.workflow import ActorKind, NoSuchMove, Status

# docs/architecture.md, "Lock order"; the talks are locked before, by their citizens.
_LOCKED = ("whatsapp_message", "whatsapp_media", "tickets_ticket", "tickets_ticketevent", "whatsapp_outbox")
# A ticket that was taken back is another version, all the same: somebody may have read the one in between.
_MOVES_ON = ("version", "updated_at")
_ON_ITS_WAY = "Geri alınamadı: haber bu arada yola çıktı. Gerekirse yeni bir işlemle düzeltin."


@dataclass
class _Row:
    """All that an act did to one row: its columns before and after; None before it was inserted, after its deletion."""

    table: str
    key: str
    before: dict[str, Any] | None = field(default_factory=dict)
    after: dict[str, Any] | None = field(default_factory=dict)

    @property
    def model(self) -> type[models.Model]:
        return next(model for model in apps.get_models() if model._meta.db_table == self.table)


def restore(act: Act, actor: Actor, now: datetime) -> None:
    """Puts back what the act changed and leaves an entry on its tickets, under the locks of all that it touches.

    Raises NoSuchMove where something has left or was changed since.
    """
    rows = _rows(act)
    _lock(rows)
    events = [int(row.key) for row in rows if row.table == "tickets_ticketevent" and row.before is None]
    tickets = [int(row.key) for row in rows if row.table == "tickets_ticket" and row.before is not None]
    done = list(TicketEvent.objects.filter(pk__in=events).order_by("pk"))
    if any(event.announced_at is not None for event in done):
        raise NoSuchMove(_ON_ITS_WAY)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('tickets.taking_back', 'on', true)")
            for row in reversed(rows):
                _put_back(row, now)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what points at a row that goes is seen here
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute("SELECT set_config('tickets.taking_back', '', true)")
    except (_ChangedError, IntegrityError, ProtectedError) as error:
        raise NoSuchMove(_why_not(tickets, events)) from error
    for ticket in Ticket.objects.filter(pk__in={event.ticket_id for event in done} & {*tickets}).order_by(
        "pk"
    ):
        _settle(ticket, [event for event in done if event.ticket_id == ticket.pk], actor, now)


class _ChangedError(Exception):
    """The row is not any more as the act left it."""


def _rows(act: Act) -> list[_Row]:
    """Each row once, in the order in which the act first wrote them."""
    found: dict[tuple[str, str], _Row] = {}
    for change in act.changes.order_by("pk"):
        row = found.get((change.table, change.key))
        if row is None:
            row = found[change.table, change.key] = _Row(
                change.table, change.key, change.before, change.after
            )
            continue
        if row.before is not None and change.before is not None:
            row.before = change.before | row.before
        row.after = None if change.after is None else (row.after or {}) | change.after
    return [row for row in found.values() if row.before is not None or row.after is not None]


def _lock(rows: Iterable[_Row]) -> None:
    """Talks first, then what stands in the declared order, each table by its keys."""
    keys: dict[str, list[int]] = {}
    for row in rows:
        keys.setdefault(row.table, []).append(int(row.key))
    citizens = Ticket.objects.filter(pk__in=keys.get("tickets_ticket", ())).exclude(citizen=None)
    ports.channel().lock(sorted(set(citizens.values_list("citizen", flat=True)) - {None}))
    with connection.cursor() as cursor:
        for table in ("whatsapp_conversation", *_LOCKED):
            if table in keys:
                cursor.execute(
                    f'SELECT "id" FROM "{table}" WHERE "id" = ANY(%s) ORDER BY "id" FOR UPDATE',  # noqa: S608
                    [keys[table]],
                )


def _put_back(row: _Row, now: datetime) -> None:
    if row.before is None:
        _remove(row, now)
    elif row.after is None:
        _insert(row.table, row.before)
    else:
        _update(row)


def _remove(row: _Row, now: datetime) -> None:
    """Deletes what the act inserted; what became of it since goes with it, but not what others did about it."""
    found = row.model._default_manager.filter(pk=row.key).first()
    if isinstance(found, Attachment):
        schedule_deletion([found.file.name or "", found.original.name or ""], now)
    if isinstance(found, PendingUpload):
        schedule_deletion([found.name], now)
    if isinstance(found, Ticket):
        give_back(found)
    if found is not None:
        if row.after is not None and not _stands(row.table, row.key, row.after):
            raise _ChangedError
        found.delete()


def _stands(table: str, key: str, after: dict[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT to_jsonb(t) @> %s FROM "{table}" t WHERE "id" = %s',  # noqa: S608 - a table of ours
            [_json(after), key],
        )
        found = cursor.fetchone()
    return bool(found and found[0])


def _insert(table: str, before: dict[str, Any]) -> None:
    columns = _columns(table, before)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::"{table}", %s)',  # noqa: S608
            [_json(before)],
        )


def _update(row: _Row) -> None:
    assert row.before is not None  # noqa: S101 - for the type
    assert row.after is not None  # noqa: S101 - for the type
    if not _stands(row.table, row.key, row.after):
        raise _ChangedError
    before = {name: value for name, value in row.before.items() if name not in _moving(row.table)}
    columns = _columns(row.table, before)
    if not columns:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{row.table}" SET ({columns}) ='  # noqa: S608 - names of the schema
            f' (SELECT {columns} FROM jsonb_populate_record(NULL::"{row.table}", %s)) WHERE "id" = %s',
            [_json(before), row.key],
        )


def _moving(table: str) -> tuple[str, ...]:
    return _MOVES_ON if table == "tickets_ticket" else ()


def _columns(table: str, values: Iterable[str]) -> str:
    """The columns among them that are written, not made by the database."""
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    written = {each.column for each in model._meta.concrete_fields if not each.generated}
    return ", ".join(f'"{name}"' for name in values if name in written)


def _json(values: dict[str, Any]) -> Any:
    return connection.ops.adapt_json_value(values, None)


def _why_not(tickets: Iterable[int], events: Iterable[int]) -> str:
    """Who did what since."""
    newest = TicketEvent.objects.filter(ticket__in=tickets, pk__gt=max(events, default=0))
    since = newest.exclude(pk__in=events).select_related("actor", "ticket").order_by("-pk").first()
    if since is None:
        return "Geri alınamadı: bu arada başkası değiştirdi. Sayfayı yenileyip yeni hâline bakın."
    who = since.actor.get_full_name() or since.actor.get_username() if since.actor else ""
    who = who or ActorKind(since.actor_kind).label
    what = f"{since.get_kind_display()}, {localtime(since.at):%H:%M}"
    return f"Geri alınamadı: {who} sizden sonra {since.ticket.number} başvurusunda işlem yaptı ({what})."


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
    return [
        f"{event.get_from_status_display()} → {Status(event.to_status).label}"
        if event.kind == TicketEvent.Kind.MOVED
        else " ".join(filter(None, (str(event.get_kind_display()), event.data.get("into"))))
        for event in done
    ]
