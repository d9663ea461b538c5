"""Statements that are composed once and asked again and again: to compose a large query takes Django longer than the
database takes to answer it.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

MOST = 1_000  # statements kept; beyond that the oldest is forgotten
Row = tuple[Any, ...]
_Statement = tuple[str, Sequence[Any]]
_kept: dict[Hashable, _Statement | None] = {}


def ask(
    key: Hashable, compose: Callable[..., QuerySet[Any, Any]], values: Sequence[datetime | int] = ()
) -> list[Row]:
    """The rows of the query that `compose` makes of these moments and keys, as the database gives them.

    `key` says whatever else the query depends on; only for a new one is it composed.
    """
    if key in _kept:
        statement = _kept[key]
    else:
        statement = _composed(compose(*map(_stand_in, range(len(values)), values)))
        _kept[key] = statement
        if len(_kept) > MOST:
            del _kept[next(iter(_kept))]
    if statement is None:
        return []
    given = {_stand_in(n, value): value for n, value in enumerate(values)}
    sql, parameters = statement
    with connection.cursor() as cursor:
        cursor.execute(
            sql, [given.get(each, each) if isinstance(each, datetime | int) else each for each in parameters]
        )
        rows: list[Row] = cursor.fetchall()
    return rows


def _composed(query: QuerySet[Any, Any]) -> _Statement | None:
    """None for one that finds nothing whatever there is."""
    try:
        return query.query.sql_with_params()
    except EmptyResultSet:
        return None


def _stand_in(n: int, value: datetime | int) -> datetime | int:
    """What stands in the parameters of a composed statement for its n-th value; Django knows that no column of 32 bits
    holds what is beyond them, and would ask nothing.
    """
    return datetime(1, 1, 1 + n, tzinfo=UTC) if isinstance(value, datetime) else 1 - 2**31 + n
