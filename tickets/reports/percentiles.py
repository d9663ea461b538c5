"""Median and ninth decile, interpolated as PERCENTILE_CONT does: of one set in a sort, and of many without sorting."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import ceil, floor
from operator import add, itemgetter
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db import connections, transaction
from django.db.models import Aggregate, BigIntegerField, Count, F, FloatField, Func, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Floor

from tickets.models import Ticket

FRACTIONS = (0.5, 0.9)
_SIZES = 100_000  # more than there are

Key = int | None
Counts = Mapping[str, Combinable]
Found = dict[Key, dict[str, Any]]
Sizes = list[tuple[int, int]]  # how many values have which size, the smallest first
Place = tuple[int, int]  # a size, and the rank of a value within it


class Percentiles(Aggregate):
    """Median and ninth decile in one sort."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(FloatField())


@contextmanager
def of_one_moment(database: str) -> Iterator[None]:
    """What is read inside is read as of one moment, whatever is written meanwhile.

    A caller that has a transaction open keeps the isolation of its own.
    """
    connection = connections[database]
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(using=database), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def with_percentiles(rows: QuerySet[Ticket], key: Combinable, counts: Counts, name: str, hours: str) -> Found:
    """By the key what `counts` counts, and under `name` the percentiles of the column `hours`, which no row has empty.

    A million values take half a second to sort, on one processor. So they are not: the first query counts them by
    their size, on all processors; the second reads those sizes in which a percentile lies. Both have to see the same
    rows: `of_one_moment`.
    """
    by_size: QuerySet[Any] = (
        rows.order_by().values(key=key, size=size_of(hours)).annotate(many=Count("*"), **counts)
    )
    sizes: dict[Key, Sizes] = defaultdict(list)
    sums: dict[Key, list[int]] = {}
    for group, size, many, *row in sorted(
        by_size.values_list("key", "size", "many", *counts), key=itemgetter(1)
    ):
        sizes[group].append((int(size), many))
        sums[group] = [*map(add, sums[group], row)] if group in sums else row
    found: Found = {group: dict(zip(counts, row, strict=True)) for group, row in sums.items()}
    places = {group: [_neighbours(of_group, part) for part in FRACTIONS] for group, of_group in sizes.items()}
    values = _values(rows, key, hours, places)
    for group, pairs in places.items():
        found[group][name] = [
            _between(_value(values, group, low), _value(values, group, high), share)
            for low, high, share in pairs
        ]
    return found


def size_of(hours: str) -> Combinable:
    """2,000 hours fall into 101 sizes, finer where most are. Migration 0023 has the planner learn how many."""
    return Floor(Value(8.0) * Func(F(hours), function="CBRT", output_field=FloatField()))


def _neighbours(sizes: Sizes, fraction: float) -> tuple[Place, Place, float]:
    """Where the two values lie that the percentile is between, and how far it is from the lower one."""
    rank = fraction * (sum(many for _, many in sizes) - 1)
    return _place(sizes, floor(rank)), _place(sizes, ceil(rank)), rank - floor(rank)


def _place(sizes: Sizes, rank: int) -> Place:
    for size, many in sizes:
        if rank < many:
            return size, rank
        rank -= many
    raise IndexError(rank)


def _slot(group: Key, size: int) -> int:
    return (group or 0) * _SIZES + size


def _values(
    rows: QuerySet[Ticket],
    key: Combinable,
    hours: str,
    places: Mapping[Key, Iterable[tuple[Place, Place, float]]],
) -> dict[int, list[float]]:
    """The values of the sizes that are needed, smallest first, by their slot."""
    slots = {_slot(group, size) for group, pairs in places.items() for *both, _ in pairs for size, _ in both}
    slot = Coalesce(Cast(key, BigIntegerField()), 0) * _SIZES + Cast(size_of(hours), BigIntegerField())
    there = rows.order_by().annotate(slot=slot).filter(slot__in=slots)
    found: QuerySet[Any] = there.values("slot").annotate(values=ArrayAgg(hours))
    return {row["slot"]: sorted(row["values"]) for row in found}


def _value(values: Mapping[int, list[float]], group: Key, place: Place) -> float:
    size, rank = place
    return values[_slot(group, size)][rank]


def _between(low: float, high: float, share: float) -> float:
    return low + (high - low) * share
