"""How precisely the public is told where something is, and how small a count: one rule for the public page, the open
data and Open311.

A place is told to about a hundred metres, and only where at least FEWEST citizens reported something that is public;
else the mahalle alone. A count between one and FEWEST is not told at all. Which tickets are public at all:
`permissions.public_tickets`.
"""

from collections.abc import Iterable, Mapping
from math import floor
from typing import Any

from django.db import transaction
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from tickets.public.models import PublishedCell
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import public_tickets

FEWEST = 5
PER_DEGREE = 1000  # cells of a degree
Place = tuple[float, float]


def refresh_cells() -> None:
    """Finds anew which cells may be told. Who reads meanwhile is told by those of before."""
    cells: Any = public_tickets().filter(lat__isnull=False, lon__isnull=False).order_by()
    cells = cells.values(y_cell=_cell_of(F("lat")), x_cell=_cell_of(F("lon")))
    cells = cells.annotate(citizens=Count("citizen", distinct=True)).filter(citizens__gte=FEWEST)
    with transaction.atomic():
        found = [PublishedCell(y=cell["y_cell"], x=cell["x_cell"]) for cell in cells]
        PublishedCell.objects.all().delete()
        PublishedCell.objects.bulk_create(found, batch_size=5000, ignore_conflicts=True)


def published_places(tickets: Iterable[Ticket]) -> dict[int, Place]:
    """Where those tickets are, by their keys, as the public may know it; the others have no place."""
    cells = {each.pk: _cell(each.lat, each.lon) for each in tickets if each.lat is not None}
    rows, columns = ({cell[axis] for cell in cells.values()} for axis in (0, 1))
    told = set(PublishedCell.objects.filter(y__in=rows, x__in=columns).values_list("y", "x"))
    return {key: _place(cell) for key, cell in cells.items() if cell in told}


def published_cells() -> frozenset[tuple[int, int]]:
    """All cells that may be told, for `published_place`."""
    return frozenset(PublishedCell.objects.values_list("y", "x"))


def published_place(lat: float | None, lon: float | None, cells: frozenset[tuple[int, int]]) -> Place | None:
    """The place as the public may know it."""
    cell = _cell(lat, lon)
    return _place(cell) if cell in cells else None


def is_published() -> Q:
    """Whether the place of a ticket may be told.

    As a value, not as a join: the server takes such a join to leave hardly anything, and then reads a whole region and
    sorts it for the newest few.
    """
    y, x = (_cell_of(OuterRef(column)) for column in ("lat", "lon"))
    told = When(Exists(PublishedCell.objects.filter(y=y, x=x)), then=True)
    return Q(Case(told, default=False, output_field=BooleanField()))


def published_count(count: int) -> int | None:
    """The count as the public may know it; None: fewer than FEWEST, but some."""
    return count if count == 0 or count >= FEWEST else None


def folded(rows: Mapping[str, Mapping[str, int]]) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """The rows whose counts may all be told, largest first, and the sums of all others together.

    As many rows are added up as it takes for the sums to be tellable: else a single row that is left out could be
    reckoned from the total. The sums are empty where nothing is left out, or where all rows together are too few.
    """
    names = sorted(rows, key=lambda name: -sum(rows[name].values()))
    told = [name for name in names if _tellable(rows[name])]
    others = [name for name in names if name not in told]
    while others and told and not _tellable(_sums(rows, others)):
        others.append(told.pop())
    sums = _sums(rows, others)
    return {name: dict(rows[name]) for name in told}, sums if _tellable(sums) else {}


def _tellable(counts: Mapping[str, int]) -> bool:
    return all(published_count(count) is not None for count in counts.values())


def _sums(rows: Mapping[str, Mapping[str, int]], names: list[str]) -> dict[str, int]:
    return {figure: sum(rows[name][figure] for name in names) for figure in (rows[names[0]] if names else ())}


def _cell_of(degrees: Combinable) -> Func:
    nearest = degrees * Value(float(PER_DEGREE)) + Value(0.5)
    return Func(nearest, template="FLOOR(%(expressions)s)::int", output_field=IntegerField())


def rounded(degrees: float) -> float:
    """As a place is rounded before it is told."""
    return floor(degrees * PER_DEGREE + 0.5) / PER_DEGREE


def _cell(lat: float | None, lon: float | None) -> tuple[int, int]:
    """The cell of a place; of none, one that does not exist."""
    if lat is None or lon is None:
        return PER_DEGREE * 1000, 0
    return floor(lat * PER_DEGREE + 0.5), floor(lon * PER_DEGREE + 0.5)


def _place(cell: tuple[int, int]) -> Place:
    return cell[0] / PER_DEGREE, cell[1] / PER_DEGREE
