"""Median and 90th percentile, interpolated as PERCENTILE_CONT does: by sorting, and for large sets by a histogram."""

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

from tickets.record.models.ticket import Ticket

FRACTIONS = (0.5, 0.9)
_BUCKETS = 100_000  # more than there are of any group

Key = int | None
Counts = Mapping[str, Combinable]
Found = dict[Key, dict[str, Any]]
Buckets = list[tuple[int, int]]  # a histogram: bucket and how many values it has, smallest first
Place = tuple[int, int]  # a bucket, and the rank of a value within it


class Percentiles(Aggregate):
    """Median and 90th percentile in one sort."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(FloatField())


@contextmanager
def consistent_snapshot(database: str) -> Iterator[None]:
    """All reads inside see the same snapshot (REPEATABLE READ), whatever is written meanwhile.

    Inside a transaction of the caller, that one's isolation level applies.
    """
    connection = connections[database]
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(using=database), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def with_percentiles(rows: QuerySet[Ticket], key: Combinable, counts: Counts, name: str, hours: str) -> Found:
    """The `counts` by key, and under `name` the percentiles of the column `hours`, which must not be NULL in any row.

    Sorting a million values takes half a second on one processor. Instead, a first query counts the values by bucket
    (in parallel), and a second one reads only the buckets in which a percentile lies. Both must see the same rows: call
    it within `consistent_snapshot`.
    """
    by_bucket: QuerySet[Any] = (
        rows.order_by().values(key=key, bucket=bucket_of(hours)).annotate(count=Count("*"), **counts)
    )
    buckets: dict[Key, Buckets] = defaultdict(list)
    sums: dict[Key, list[int]] = {}
    for group, bucket, count, *row in sorted(
        by_bucket.values_list("key", "bucket", "count", *counts), key=itemgetter(1)
    ):
        buckets[group].append((int(bucket), count))
        sums[group] = [*map(add, sums[group], row)] if group in sums else row
    found: Found = {group: dict(zip(counts, row, strict=True)) for group, row in sums.items()}
    places = {
        group: [_neighbours(of_group, part) for part in FRACTIONS] for group, of_group in buckets.items()
    }
    values = _values(rows, key, hours, places)
    for group, pairs in places.items():
        found[group][name] = [
            _between(_value(values, group, low), _value(values, group, high), share)
            for low, high, share in pairs
        ]
    return found


def bucket_of(hours: str) -> Combinable:
    """The bucket of a value, finer for small ones: 101 up to 2,000 hours. Migration 0023 adds statistics on it."""
    return Floor(Value(8.0) * Func(F(hours), function="CBRT", output_field=FloatField()))


def _neighbours(buckets: Buckets, fraction: float) -> tuple[Place, Place, float]:
    """The places of the two values around a percentile, and its distance (0 to 1) from the lower one."""
    rank = fraction * (sum(count for _, count in buckets) - 1)
    return _place(buckets, floor(rank)), _place(buckets, ceil(rank)), rank - floor(rank)


def _place(buckets: Buckets, rank: int) -> Place:
    for bucket, count in buckets:
        if rank < count:
            return bucket, rank
        rank -= count
    raise IndexError(rank)


def _slot(group: Key, bucket: int) -> int:
    return (group or 0) * _BUCKETS + bucket


def _values(
    rows: QuerySet[Ticket],
    key: Combinable,
    hours: str,
    places: Mapping[Key, Iterable[tuple[Place, Place, float]]],
) -> dict[int, list[float]]:
    """The sorted values of the buckets with a percentile, by slot (group and bucket in one number)."""
    slots = {
        _slot(group, bucket) for group, pairs in places.items() for *both, _ in pairs for bucket, _ in both
    }
    slot = Coalesce(Cast(key, BigIntegerField()), 0) * _BUCKETS + Cast(bucket_of(hours), BigIntegerField())
    there = rows.order_by().annotate(slot=slot).filter(slot__in=slots)
    found: QuerySet[Any] = there.values("slot").annotate(values=ArrayAgg(hours))
    return {row["slot"]: sorted(row["values"]) for row in found}


def _value(values: Mapping[int, list[float]], group: Key, place: Place) -> float:
    bucket, rank = place
    return values[_slot(group, bucket)][rank]


def _between(low: float, high: float, share: float) -> float:
    return low + (high - low) * share
