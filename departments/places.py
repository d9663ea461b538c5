"""Where a point lies: which mahalle contains it or is nearest, how far the border is, and on whose road it is."""

from collections.abc import Hashable
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from django.db.models import Count, Max
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from .fresh import Fresh
from .models import Artery, Neighbourhood

FARTHEST_KM = 25.0
KM_PER_DEGREE = 111.2
JUST_OUTSIDE_M = 250.0
# Neighbouring boundaries are drawn one by one; gaps narrower than this are no border.
GAP_M = 5.0
# Metres per degree (longitude, latitude) at the latitude of the district, true to 0.5 % within it.
_METRES = np.array([KM_PER_DEGREE * cos(radians(38.7)), KM_PER_DEGREE]) * 1000

Degrees = npt.NDArray[np.float64]


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

    `approximate` says that the mahalle is only the one with the nearest centroid (right about seven times in ten), or
    that the point lies just outside of it. `inside` tells whether the point lies in the district and `border_m` how
    far from its border; both None when nobody can say without boundaries. `artery` is the main road it lies on.
    """

    neighbourhood: Neighbourhood | None
    approximate: bool
    inside: bool | None
    border_m: float | None = None
    artery: Artery | None = None


def locate(point: Point) -> Located:
    """What is known of a point.

    A boundary that contains the point decides. Where every mahalle has its boundary and none contains it, the point is
    outside; the nearest mahalle is given if it is no farther than JUST_OUTSIDE_M. Without all boundaries the nearest
    centroid is taken, and beyond FARTHEST_KM from all of them the point is outside.
    """
    return _map.get().locate(point)


def containing(lats: Degrees, lons: Degrees) -> list[Neighbourhood | None]:
    """The mahalle whose boundary contains each of many points, for maps and statistics; None where none does."""
    return _map.get().containing(lats, lons)


def distance_km(a: Point, b: Point) -> float:
    """The distance as the crow flies, on a plane that is true enough (0.1 %) within a province."""
    middle = radians((a.lat + b.lat) / 2)
    return KM_PER_DEGREE * hypot(a.lat - b.lat, (a.lon - b.lon) * cos(middle))


class _Map:
    """Mahalleler and arteries on a plane in metres, as search trees prepared for many questions."""

    def __init__(self, neighbourhoods: list[Neighbourhood], arteries: list[Artery]) -> None:
        bounded = [each for each in neighbourhoods if each.boundary]
        self._all = neighbourhoods
        self._bounded = bounded
        self._complete = bool(bounded) and len(bounded) == len(neighbourhoods)
        self._boundaries = np.array([_on_plane(each.boundary) for each in bounded], dtype=object)
        self._border = _border(self._boundaries) if self._complete else None
        self._arteries = arteries
        roads = [_on_plane(each.lines).buffer(each.width_m / 2) for each in arteries]
        self._roads = np.array(roads, dtype=object)
        for shapes in (self._boundaries, self._roads):
            shapely.prepare(shapes)
        self._tree, self._road_tree = shapely.STRtree(self._boundaries), shapely.STRtree(self._roads)

    def locate(self, point: Point) -> Located:
        spot = shapely.Point(point.lon * _METRES[0], point.lat * _METRES[1])
        artery = _first(self._road_tree, self._roads, spot)
        road = None if artery is None else self._arteries[artery]
        border_m = None if self._border is None else _away(self._border, spot)
        hit = _first(self._tree, self._boundaries, spot)
        if hit is not None:
            return Located(self._bounded[hit], False, True, border_m, road)
        if self._complete:
            return Located(*self._just_outside(spot), False, border_m, road)
        return Located(*self._nearest_centroid(point), border_m, road)

    def containing(self, lats: Degrees, lons: Degrees) -> list[Neighbourhood | None]:
        spots = shapely.points(np.asarray(lons) * _METRES[0], np.asarray(lats) * _METRES[1])
        points, shapes = self._tree.query(spots)
        hits = shapely.intersects(self._boundaries[shapes], spots[points])
        owners = np.full(len(spots), len(self._bounded))
        np.minimum.at(owners, points[hits], shapes[hits])
        choices = np.array([*self._bounded, None], dtype=object)
        owned: list[Neighbourhood | None] = choices[owners].tolist()
        return owned

    def _just_outside(self, spot: shapely.Point) -> tuple[Neighbourhood | None, bool]:
        away = shapely.distance(self._boundaries, spot)
        nearest = int(np.argmin(away))
        return (self._bounded[nearest], True) if away[nearest] <= JUST_OUTSIDE_M else (None, False)

    def _nearest_centroid(self, point: Point) -> tuple[Neighbourhood | None, bool, bool | None]:
        if not self._all:
            return None, False, None
        away, nearest = min(
            ((distance_km(point, Point(each.lat, each.lon)), each) for each in self._all),
            key=lambda pair: pair[0],
        )
        return (None, False, False) if away > FARTHEST_KM else (nearest, True, None)


def _on_plane(geometry: Any) -> BaseGeometry:
    placed: BaseGeometry = shapely.transform(shape(geometry), lambda degrees: degrees * _METRES)
    return placed


def _border(boundaries: npt.NDArray[np.object_]) -> shapely.STRtree:
    """The border of all together, stretch by stretch: the nearest one is found without measuring the others."""
    district = shapely.union_all(shapely.buffer(boundaries, GAP_M)).buffer(-GAP_M)
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_parts(district.boundary)]
    ends = np.concatenate([np.stack([ring[:-1], ring[1:]], axis=1) for ring in rings])
    return shapely.STRtree([shapely.LineString(stretch) for stretch in ends])


def _away(border: shapely.STRtree, spot: shapely.Point) -> float:
    return float(shapely.distance(border.geometries.take(border.nearest(spot)), spot))


def _first(tree: shapely.STRtree, shapes: npt.NDArray[np.object_], spot: shapely.Point) -> int | None:
    """The first shape that holds the spot: on a common border the answer is the same every time."""
    return min((int(hit) for hit in tree.query(spot) if shapes[hit].intersects(spot)), default=None)


def _load() -> _Map:
    return _Map(
        list(Neighbourhood.objects.order_by("sort_key")),
        list(Artery.objects.select_related("agency").order_by("name")),
    )


def _stamp() -> Hashable:
    counted = (model.objects.aggregate(Max("updated_at"), Count("id")) for model in (Neighbourhood, Artery))
    return tuple(tuple(each.values()) for each in counted)


_map = Fresh(load=_load, stamp=_stamp)
