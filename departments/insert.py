"""Inserts rows of a model by a statement that is composed once, for the few places where every message passes."""

import functools
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models


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
