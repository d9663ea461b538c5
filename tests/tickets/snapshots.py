"""Every row of the database, to compare what was with what is."""

import json
from typing import Any

from django.apps import apps
from django.db import connection

from tickets.models import Act, ActChange, PendingFileDeletion, TicketChange, TicketNumber

APPS = ("departments", "tickets", "whatsapp")
# What was taken back is known, the files of it go, a number is given once, and other systems hear of both changes.
NOT_COMPARED = (Act, ActChange, PendingFileDeletion, TicketChange, TicketNumber)

Snapshot = dict[tuple[str, str], dict[str, Any]]


def rows() -> Snapshot:
    """All rows of our tables by table and key, but for the version of a ticket and the entries that say that something
    was taken back.
    """
    found: Snapshot = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.app_label not in APPS or model in NOT_COMPARED:
                continue
            table, key = model._meta.db_table, model._meta.pk
            assert key is not None
            cursor.execute(f'SELECT "{key.column}"::text, to_jsonb(t)::text FROM "{table}" t')
            found |= {(table, pk): json.loads(row) for pk, row in cursor.fetchall()}
    return {
        (table, key): {name: value for name, value in row.items() if not _moves_on(table, name)}
        for (table, key), row in found.items()
        if not (table == "tickets_ticketevent" and row["kind"] == "withdrawn")
    }


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """What is not the same, in words for whoever reads a failed test."""
    lines = [f"{table} {key} is new" for table, key in after.keys() - before.keys()]
    lines += [f"{table} {key} is gone" for table, key in before.keys() - after.keys()]
    for (table, key), row in before.items():
        now = after.get((table, key), row)
        lines += [
            f"{table} {key}: {name} was {row[name]!r}, is {now[name]!r}"
            for name in row
            if row[name] != now[name]
        ]
    return sorted(lines)


def _moves_on(table: str, name: str) -> bool:
    return table == "tickets_ticket" and name in ("version", "updated_at", "changed_in")
