"""Where the tickets of a period came from, drawn together into circles that do not overlap on the map.

Of each it knows the place to three digits, as a forgotten one keeps it (docs/decisions/0015).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F, FloatField, Func, IntegerField, Q, QuerySet, Value
from django.db.models.expressions import Combinable

from tickets.models import Ticket
from tickets.reports.figures import such
from tickets.reports.periods import Period

MAX_ZOOM = 18
PER_DEGREE = 1000.0  # steps of a place: about 100 metres
CELLS_PER_TILE = 4  # a tile of 256 pixels shows the whole world at zoom 0
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cluster:
    """Tickets near each other: where they are on average, how many, and how many of them are still open."""

    lat: float
    lon: float
    count: int
    open: int


def clusters(tickets: QuerySet[Ticket], period: Period, zoom: int, box: Box | None = None) -> list[Cluster]:
    """The tickets of the period that have a place; one cluster a cell of a grid of 64 pixels at that zoom.

    `box` is west, south, east, north in degrees; both ends belong to it. Largest first.
    """
    rows = tickets.filter(created_at__gte=period.start, created_at__lt=period.end, lat__isnull=False)
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
        open=such(Q(outcome__isnull=True)),
    )
    drawn = [Cluster(row["mean_lat"], row["mean_lon"], row["count"], row["open"]) for row in found]
    return sorted(drawn, key=lambda cluster: (-cluster.count, cluster.lon, cluster.lat))


def coarse(column: str) -> Combinable:
    """The degrees in that column to three digits; of what is so already, the same."""
    steps = Func(F(column) * Value(PER_DEGREE) + Value(0.5), function="FLOOR", output_field=FloatField())
    return steps / Value(PER_DEGREE)


def _cell(column: str, size: float) -> Func:
    return Func(F(column) / Value(size), function="FLOOR", output_field=IntegerField())
