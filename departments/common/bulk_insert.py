"""Inserts where `bulk_create` will not do: a statement that is composed once, for the few places where every message
passes; and one that says so where a row is there already, instead of failing.
"""

import functools
from collections.abc import Sequence
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, router
from django.db.models import sql
from django.db.models.constants import OnConflict

Row = TypeVar("Row", bound=models.Model)

BATCH = 1000  # rows a statement: it takes 65,535 values at most


def insert(rows: Sequence[models.Model]) -> None:
    """Inserts these rows of one model in this order, and gives each its key; as `bulk_create` does, and without
    signals. Composing the statement anew costs more than the database takes for it.

    A field whose value the database is to make up (`db_default`) is not supported.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = _fields(model)
    for row in rows:
        # A row it points at may have got its key since. (As bulk_create does; the stubs do not know it.)
        row._prepare_related_fields_for_save(operation_name="insert")  # type: ignore[attr-defined]
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, len(rows)), values)
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias


def insert_new(rows: Sequence[Row]) -> bool:
    """Inserts these rows of one model, all with their keys or all without, as `bulk_create` does; False where one of
    them is there already or was just written by somebody else. Then the caller rolls back: others may be inserted.

    For what is expected to happen: a failed insert would stand as an error in the database's log.
    """
    return all(_insert_new(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH))


def _insert_new(rows: Sequence[models.Model]) -> bool:
    model, using = type(rows[0]), router.db_for_write(type(rows[0]))
    key = model._meta.pk
    for row in rows:
        row._prepare_related_fields_for_save(operation_name="insert")  # type: ignore[attr-defined]  # as above
    keyed = rows[0].pk is not None
    fields = [f for f in model._meta.concrete_fields if not f.generated and (keyed or f is not key)]
    query = sql.InsertQuery(model, on_conflict=OnConflict.IGNORE)
    query.insert_values(fields, list(rows))
    made = [values for values in query.get_compiler(using=using).execute_sql([key]) if values]
    for row, values in zip(rows, made, strict=False):
        row.pk = values[0]
        row._state.adding, row._state.db = False, using
    return len(made) == len(rows)


@functools.cache
def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not (field.primary_key or field.generated)]


def _place(field: Any) -> str:
    """An array says of what it is one, since an empty one cannot tell."""
    return f"%s::{field.db_type(connection)}" if isinstance(field, ArrayField) else "%s"


@functools.cache
def _statement(model: type[models.Model], rows: int) -> str:
    quote, meta = connection.ops.quote_name, model._meta
    key = [str(field.column) for field in meta.concrete_fields if field.primary_key]
    columns = ", ".join(quote(field.column) for field in _fields(model))
    values = ", ".join([f"({', '.join(map(_place, _fields(model)))})"] * rows)
    return (
        f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES {values}"  # noqa: S608 - names of the schema
        f" RETURNING {quote(key[0])}"
    )
