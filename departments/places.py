"""Where a point lies: which mahalle contains it, or is nearest while no boundaries are imported."""

from collections.abc import Hashable
from dataclasses import dataclass
from math import cos, hypot, radians

import shapely
from django.db.models import Count, Max
from shapely.geometry import shape

from .fresh import Fresh
from .models import Neighbourhood

FARTHEST_KM = 25.0
KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Point:
    """A place on earth in degrees (WGS 84). Degrees that do not exist are a ValueError."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise ValueError(f"not a place on earth: {self.lat}, {self.lon}")


@dataclass(frozen=True, slots=True)
class Located:
    """What is known of a point.

    `approximate` says that the mahalle is only the one with the nearest centroid (right about seven times in ten).
    `inside` tells whether the point lies in the district; None when nobody can say without boundaries.
    """

    neighbourhood: Neighbourhood | None
    approximate: bool
    inside: bool | None


def locate(point: Point) -> Located:
    """The mahalle of a point.

    A boundary that contains the point decides. Where every mahalle has its boundary and none contains it, the point is
    outside. Otherwise the nearest centroid is taken, and beyond FARTHEST_KM from all of them the point is outside.
    """
    return _map.get().locate(point)


def distance_km(a: Point, b: Point) -> float:
    """The distance as the crow flies, on a plane that is true enough (0.1 %) within a province."""
    middle = radians((a.lat + b.lat) / 2)
    return KM_PER_DEGREE * hypot(a.lat - b.lat, (a.lon - b.lon) * cos(middle))


class _Map:
    """The mahalleler as one search tree of their boundaries, prepared for many questions."""

    def __init__(self, neighbourhoods: list[Neighbourhood]) -> None:
        bounded = [each for each in neighbourhoods if each.boundary]
        self._all = neighbourhoods
        self._bounded = bounded
        self._complete = bool(bounded) and len(bounded) == len(neighbourhoods)
        self._boundaries = [shape(each.boundary or {}) for each in bounded]
        shapely.prepare(self._boundaries)
        self._tree = shapely.STRtree(self._boundaries)

    def locate(self, point: Point) -> Located:
        spot = shapely.Point(point.lon, point.lat)
        hits = [hit for hit in self._tree.query(spot) if self._boundaries[hit].intersects(spot)]
        if hits:
            # A point on a common border belongs to either; the lower row keeps the answer the same every time.
            return Located(self._bounded[min(hits)], approximate=False, inside=True)
        if self._complete or not self._all:
            return Located(None, approximate=False, inside=False if self._complete else None)
        away, nearest = min(
            ((distance_km(point, Point(each.lat, each.lon)), each) for each in self._all),
            key=lambda pair: pair[0],
        )
        if away > FARTHEST_KM:
            return Located(None, approximate=False, inside=False)
        return Located(nearest, approximate=True, inside=None)


def _load() -> _Map:
    return _Map(list(Neighbourhood.objects.order_by("sort_key")))


def _stamp() -> Hashable:
    counted = Neighbourhood.objects.aggregate(Max("updated_at"), Count("id"))
    return counted["updated_at__max"], counted["id__count"]


_map = Fresh(load=_load, stamp=_stamp)
