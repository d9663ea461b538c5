"""What an act wrote, as the trigger `journal` kept it (ActChange), and of whom that is."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models

from tickets.record.models.acts import Act
from tickets.record.models.ticket import Ticket

# How the rows of a table that acts write lead to the citizen that they are of.
_TO_CITIZEN = {
    "citizen": "citizen",
    "ticket": "ticket__citizen",
    "conversation": "conversation__citizen",
    "handover": "handover__citizen",
}


@dataclass
class ChangedRow:
    """All that an act did to one row: its columns before and after; None before it was inserted, after its deletion."""

    table: str
    key: str
    before: dict[str, Any] | None = field(default_factory=dict)
    after: dict[str, Any] | None = field(default_factory=dict)

    @property
    def model(self) -> type[models.Model]:
        return model_of(self.table)


def parts_of(act: Act) -> dict[int, list[ChangedRow]]:
    """What the act did in each of its parts: each row once, in the order in which it was first written."""
    parts: dict[int, dict[tuple[str, str], ChangedRow]] = {}
    for change in act.changes.order_by("pk"):
        found = parts.setdefault(change.part, {})
        row = found.get((change.table, change.key))
        if row is None:
            found[change.table, change.key] = ChangedRow(
                change.table, change.key, change.before, change.after
            )
            continue
        if row.before is not None and change.before is not None:
            row.before = change.before | row.before
        row.after = None if change.after is None else (row.after or {}) | change.after
    return {
        part: [row for row in found.values() if row.before is not None or row.after is not None]
        for part, found in parts.items()
    }


def citizens_of(rows: Iterable[ChangedRow]) -> set[int]:
    """The keys of the people of whom these rows are, those among them that the act deleted, too."""
    keys: dict[str, set[str]] = {}
    found: set[int] = set()
    tickets: set[int] = set()
    for row in rows:
        keys.setdefault(row.table, set()).add(row.key)
        found.add((row.before or {}).get("citizen_id") or 0)
        tickets.add((row.before or {}).get("ticket_id") or 0)
    for table, those in keys.items():
        model = model_of(table)
        names = {each.name for each in model._meta.concrete_fields}
        paths = [path for name, path in _TO_CITIZEN.items() if name in names]
        for people in model._default_manager.filter(pk__in=those).values_list(*paths) if paths else ():
            found |= {*people}
    found |= {*Ticket.objects.filter(pk__in=tickets).values_list("citizen", flat=True)}
    return found - {0, None}


def lock_acts() -> None:
    """Waits for what is being taken back, and for the parts of acts on selections that are being done; the next ones
    wait for the caller's transaction. Code that deletes acts calls this before any other lock.
    """
    list(Act.objects.select_for_update().order_by("pk").values_list("pk", flat=True))


def forget_acts_of(*, people: Collection[int] = (), tickets: Collection[int] = ()) -> None:
    """Deletes what can still be taken back of these people and tickets, with the copies of what it changed."""
    which = {str(key) for key in tickets}
    for act in Act.objects.all():
        rows = [row for part in parts_of(act).values() for row in part]
        touched = any(row.table == Ticket._meta.db_table and row.key in which for row in rows)
        if touched or act.ticket_id in tickets or citizens_of(rows) & {*people}:
            act.delete()


def model_of(table: str) -> type[models.Model]:
    """The model of a table that acts write."""
    return next(model for model in apps.get_models() if model._meta.db_table == table)
