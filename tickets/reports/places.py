"""Clusters of the places of tickets, for a map.

Places are rounded to three decimal places, the precision that erased tickets keep (docs/decisions/0015).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F, FloatField, Func, IntegerField, Q, QuerySet, Value
from django.db.models.expressions import Combinable

from departments.working_time.periods import Period
from tickets.record.models.ticket import Ticket
from tickets.reports.figures import count_if, named

MAX_ZOOM = 18
PER_DEGREE = 1000.0  # steps per degree, of about 100 metres
CELLS_PER_TILE = 4  # a tile of 256 pixels shows the whole world at zoom 0
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cluster:
    """Tickets near each other: mean position, count, and how many of them are open."""

    lat: float
    lon: float
    count: int
    open: int


def clusters(tickets: QuerySet[Ticket], period: Period, zoom: int, box: Box | None = None) -> list[Cluster]:
    """Clusters of the period's tickets with a place, one for each cell of 64 pixels at that zoom, largest first.

    Restricted tickets are in none.
    `box` is west, south, east, north in degrees, all inclusive.
    """
    rows = named(tickets).filter(created_at__gte=period.start, created_at__lt=period.end, lat__isnull=False)
    rows = rows.annotate(y_at=coarse("lat"), x_at=coarse("lon"))
    if box:
        west, south, east, north = box
        rows = rows.filter(x_at__gte=west, x_at__lte=east, y_at__gte=south, y_at__lte=north)
    size = 360 / 2**zoom / CELLS_PER_TILE
    cells = rows.order_by().values(x=_cell("x_at", size), y=_cell("y_at", size))
    found: Iterable[Mapping[str, Any]] = cells.annotate(
        mean_lat=Avg("y_at"),
        mean_lon=Avg("x_at"),
        count=Count("*"),
        open=count_if(Q(outcome__isnull=True)),
    )
    drawn = [Cluster(row["mean_lat"], row["mean_lon"], row["count"], row["open"]) for row in found]
    return sorted(drawn, key=lambda cluster: (-cluster.count, cluster.lon, cluster.lat))


def coarse(column: str) -> Combinable:
    """The column rounded to three decimal places; rounding twice changes nothing."""
    steps = Func(F(column) * Value(PER_DEGREE) + Value(0.5), function="FLOOR", output_field=FloatField())
    return steps / Value(PER_DEGREE)


def _cell(column: str, size: float) -> Func:
    return Func(F(column) / Value(size), function="FLOOR", output_field=IntegerField())
