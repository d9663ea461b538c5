"""Rows by the thousand: as records of CSV, by COPY, into tables that are bare of indexes for so long."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

Table = type[models.Model]

_KEYS = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
# What can be dropped and made again by its own definition. What stands behind a constraint is none of the indexes.
_LAID_OFF = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = ANY(%s::regclass[])
AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""


class Records(list[str]):
    """Rows as records of CSV. `write` is for csv.writer: one call for each."""

    write = list.append


def columns(model: Table, *, without: Sequence[str] = ()) -> list[str]:
    """The names of a row's values as the model has them, without those that the database makes of others."""
    own = [field.attname for field in model._meta.concrete_fields if not field.generated]
    return [name for name in own if name not in without]


def unset(model: Table) -> dict[str, Any]:
    """The values of a row of which nothing is said."""
    return {field.attname: field.get_default() for field in model._meta.concrete_fields}


def records(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Records:
    found = Records()
    csv.writer(found, lineterminator="\n").writerows([row[name] for name in names] for row in rows)
    return found


def copy_in(model: Table, names: Sequence[str], rows: Iterable[str]) -> None:
    """Copies records of these values into the model's table."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    order = ", ".join(str(fields[name].column) for name in names)
    # CSV knows no difference between nothing and an empty text; the columns do.
    filled = ", ".join(str(fields[name].column) for name in names if not fields[name].null)
    statement = (
        f"COPY {model._meta.db_table} ({order}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({filled}))"
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("".join(rows))


def keys(model: Table, count: int) -> list[int]:
    """That many keys of the table's own sequence."""
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [model._meta.db_table, count])
        return [key for (key,) in cursor.fetchall()]


@contextmanager
def bare(*tables: Table) -> Iterator[None]:
    """The tables without foreign keys and indexes; at the end they stand again, made and checked in one go.

    Inside a transaction, which holds the tables for itself from here on.
    """
    names = [table._meta.db_table for table in tables]
    connection.check_constraints()  # PostgreSQL alters no table that has rows still to be checked
    with connection.cursor() as cursor:
        cursor.execute(_LAID_OFF, [names, names])
        drop, make = zip(*cursor.fetchall(), strict=True)
        cursor.execute(";".join(drop))
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for statement in reversed(make):  # indexes first: the foreign keys are checked by them
            cursor.execute(statement)
        cursor.execute(f"ANALYZE {', '.join(names)}")
