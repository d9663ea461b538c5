"""Bulk inserts by COPY, with indexes and foreign keys dropped meanwhile."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

Table = type[models.Model]

_KEYS = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
# Statements to drop and recreate foreign keys and indexes, except the indexes of constraints.
_DROP_AND_CREATE = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = ANY(%s::regclass[])
AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""


class Records(list[str]):
    """CSV records. `write` is the file interface of csv.writer, which calls it once for each."""

    write = list.append


def columns(model: Table, *, without: Sequence[str] = ()) -> list[str]:
    """The attribute names of the model's columns, without generated ones."""
    own = [field.attname for field in model._meta.concrete_fields if not field.generated]
    return [name for name in own if name not in without]


def default_values(model: Table) -> dict[str, Any]:
    """The default of each column."""
    return {field.attname: field.get_default() for field in model._meta.concrete_fields}


def records(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Records:
    found = Records()
    csv.writer(found, lineterminator="\n").writerows([row[name] for name in names] for row in rows)
    return found


def copy_in(model: Table, names: Sequence[str], rows: Iterable[str]) -> None:
    """Copies CSV records with these columns into the model's table."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    order = ", ".join(str(fields[name].column) for name in names)
    # In CSV, NULL and an empty text look alike: columns that cannot be NULL get the empty text.
    filled = ", ".join(str(fields[name].column) for name in names if not fields[name].null)
    statement = (
        f"COPY {model._meta.db_table} ({order}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({filled}))"
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("".join(rows))


def keys(model: Table, count: int) -> list[int]:
    """Takes that many primary keys from the table's sequence."""
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [model._meta.db_table, count])
        return [key for (key,) in cursor.fetchall()]


@contextmanager
def without_indexes(*tables: Table) -> Iterator[None]:
    """Drops foreign keys and indexes of the tables, and recreates them at the end.

    Must run inside a transaction, which locks the tables exclusively from here on.
    """
    names = [table._meta.db_table for table in tables]
    connection.check_constraints()  # PostgreSQL cannot alter a table with pending deferred checks
    with connection.cursor() as cursor:
        cursor.execute(_DROP_AND_CREATE, [names, names])
        drop, make = zip(*cursor.fetchall(), strict=True)
        cursor.execute(";".join(drop))
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for statement in reversed(make):  # indexes first: the foreign keys are checked by them
            cursor.execute(statement)
        cursor.execute(f"ANALYZE {', '.join(names)}")
