"""Where a point lies: which mahalle contains it or is nearest, how far the border is, and on whose road it is."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from math import cos, hypot, radians
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from departments.common.cache import RevalidatedCache
from departments.places.models import Artery, Neighbourhood

FARTHEST_KM = 25.0
KM_PER_DEGREE = 111.2
JUST_OUTSIDE_M = 250.0
# Neighbouring boundaries are drawn one by one; gaps narrower than this are no border.
GAP_M = 5.0
# Metres per degree at the latitude of the district, true to 0.5 % within it.
METRES_EAST, METRES_NORTH = 1000 * KM_PER_DEGREE * cos(radians(38.7)), 1000 * KM_PER_DEGREE
SQUARE_M = 1000.0  # the side of a square; at least JUST_OUTSIDE_M
SMOOTH_M = 3.0  # how far a road as it is drawn may lie off the road

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
    that the point lies just outside of it. `inside` tells whether the point lies in the district, None when nobody can
    say without boundaries. `artery` is the main road it lies on.
    """

    neighbourhood: Neighbourhood | None
    approximate: bool
    inside: bool | None
    artery: Artery | None = None


@dataclass(frozen=True, slots=True)
class Road:
    """The part of a main road about some point, for a map: lines of (lat, lon), and how far it is in metres."""

    artery: Artery
    metres: float
    lines: list[list[tuple[float, float]]]


def locate(point: Point) -> Located:
    """What is known of a point.

    A boundary that contains the point decides. Where every mahalle has its boundary and none contains it, the point is
    outside; the nearest mahalle is given if it is no farther than JUST_OUTSIDE_M. Without all boundaries the nearest
    centroid is taken, and beyond FARTHEST_KM from all of them the point is outside.
    """
    return _map.get().locate(point)


def to_border_m(point: Point) -> float | None:
    """How far the district's border is, from within as from without; None while a mahalle lacks its boundary."""
    return _map.get().to_border_m(point)


def containing(lats: Degrees, lons: Degrees) -> list[Neighbourhood | None]:
    """The mahalle whose boundary contains each of many points, for maps and statistics; None where none does."""
    return _map.get().containing(lats, lons)


def roads_about(point: Point, within_m: float) -> list[Road]:
    """The main roads in a square of twice `within_m` about the point, cut off at its sides; the nearest first."""
    return _map.get().roads_about(point, within_m)


def distance_km(a: Point, b: Point) -> float:
    """The distance as the crow flies, on a plane that is true enough (0.1 %) within a province."""
    middle = radians((a.lat + b.lat) / 2)
    return KM_PER_DEGREE * hypot(a.lat - b.lat, (a.lon - b.lon) * cos(middle))


class _Shapes:
    """Shapes on a plane in metres, by the squares that they may lie in, prepared for many questions about points."""

    def __init__(self, shapes: list[BaseGeometry]) -> None:
        self.array = np.array(shapes, dtype=object)
        self.tree = shapely.STRtree(self.array)
        shapely.prepare(self.array)
        self._in_square: dict[tuple[int, int], list[tuple[int, BaseGeometry]]] = defaultdict(list)
        for place, each in enumerate(shapes):
            west, south, east, north = (int(bound // SQUARE_M) for bound in each.bounds)
            for square in product(range(west, east + 1), range(south, north + 1)):
                self._in_square[square].append((place, each))

    def first(self, x: float, y: float) -> int | None:
        """The first shape that holds the point: on a common border the answer is the same every time."""
        near = self._in_square.get((int(x // SQUARE_M), int(y // SQUARE_M)), ())
        return next((place for place, each in near if shapely.intersects_xy(each, x, y)), None)

    def nearest(self, x: float, y: float, within_m: float) -> int | None:
        """The nearest shape no farther than that, which is at most a square."""
        east, north = int(x // SQUARE_M), int(y // SQUARE_M)
        around = product(range(east - 1, east + 2), range(north - 1, north + 2))
        if self._in_square.keys().isdisjoint(around):
            return None
        spot = shapely.Point(x, y)
        near = self.tree.query(spot, predicate="dwithin", distance=within_m).tolist()
        return min(near, key=lambda place: float(shapely.distance(self.array[place], spot)), default=None)


class _Map:
    """Mahalleler and arteries, and the border of all together."""

    def __init__(self, neighbourhoods: list[Neighbourhood], arteries: list[Artery]) -> None:
        bounded = [each for each in neighbourhoods if each.boundary]
        self._all = neighbourhoods
        self._bounded = bounded
        self._complete = bool(bounded) and len(bounded) == len(neighbourhoods)
        self._boundaries = _Shapes([_on_plane(each.boundary) for each in bounded])
        self._border = _border(self._boundaries.array) if self._complete else None
        self._arteries = arteries
        lines = [_on_plane(each.lines) for each in arteries]
        self._lines = [each.simplify(SMOOTH_M) for each in lines]
        self._roads = _Shapes(
            [line.buffer(each.width_m / 2) for line, each in zip(lines, arteries, strict=True)]
        )

    def locate(self, point: Point) -> Located:
        x, y = point.lon * METRES_EAST, point.lat * METRES_NORTH
        artery, hit = self._roads.first(x, y), self._boundaries.first(x, y)
        road = None if artery is None else self._arteries[artery]
        if hit is not None:
            return Located(self._bounded[hit], False, True, road)
        if self._complete:
            return Located(*self._just_outside(x, y), False, road)
        return Located(*self._nearest_centroid(point), road)

    def to_border_m(self, point: Point) -> float | None:
        if self._border is None:
            return None
        spot = shapely.Point(point.lon * METRES_EAST, point.lat * METRES_NORTH)
        return float(spot.distance(self._border.geometries.take(self._border.nearest(spot))))

    def containing(self, lats: Degrees, lons: Degrees) -> list[Neighbourhood | None]:
        spots: Any = shapely.points(np.asarray(lons) * METRES_EAST, np.asarray(lats) * METRES_NORTH)
        points, shapes = self._boundaries.tree.query(spots)
        hits = shapely.intersects(self._boundaries.array[shapes], spots[points])
        owners = np.full(len(spots), len(self._bounded))
        np.minimum.at(owners, points[hits], shapes[hits])
        choices = np.array([*self._bounded, None], dtype=object)
        owned: list[Neighbourhood | None] = choices[owners].tolist()
        return owned

    def roads_about(self, point: Point, within_m: float) -> list[Road]:
        x, y = point.lon * METRES_EAST, point.lat * METRES_NORTH
        square, spot = shapely.Point(x, y).buffer(within_m, cap_style="square"), shapely.Point(x, y)
        pieces = [
            (self._arteries[place], shapely.clip_by_rect(self._lines[place], *square.bounds))
            for place in self._roads.tree.query(square).tolist()
        ]
        found = [
            Road(road, piece.distance(spot), _drawn(piece)) for road, piece in pieces if not piece.is_empty
        ]
        return sorted(found, key=lambda road: (road.metres, road.artery.name))

    def _just_outside(self, x: float, y: float) -> tuple[Neighbourhood | None, bool]:
        nearest = self._boundaries.nearest(x, y, JUST_OUTSIDE_M)
        return (None, False) if nearest is None else (self._bounded[nearest], True)

    def _nearest_centroid(self, point: Point) -> tuple[Neighbourhood | None, bool, bool | None]:
        if not self._all:
            return None, False, None
        away, nearest = min(
            ((distance_km(point, Point(each.lat, each.lon)), each) for each in self._all),
            key=lambda pair: pair[0],
        )
        return (None, False, False) if away > FARTHEST_KM else (nearest, True, None)


def _on_plane(geometry: Any) -> BaseGeometry:
    placed: BaseGeometry = shapely.transform(
        shape(geometry), lambda degrees: degrees * (METRES_EAST, METRES_NORTH)
    )
    return placed


def _drawn(line: BaseGeometry) -> list[list[tuple[float, float]]]:
    """To the nearest metre."""
    return [
        [(round(y / METRES_NORTH, 5), round(x / METRES_EAST, 5)) for x, y in shapely.get_coordinates(part)]
        for part in shapely.get_parts(line)
    ]


def _border(boundaries: npt.NDArray[np.object_]) -> shapely.STRtree:
    """The border of all together, stretch by stretch: the nearest one is found without measuring the others."""
    district = shapely.union_all(shapely.buffer(boundaries, GAP_M)).buffer(-GAP_M)
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_parts(district.boundary)]
    ends = np.concatenate([np.stack([ring[:-1], ring[1:]], axis=1) for ring in rings])
    return shapely.STRtree([shapely.LineString(stretch) for stretch in ends])


def _load() -> _Map:
    return _Map(
        list(Neighbourhood.objects.order_by("sort_key")),
        list(Artery.objects.select_related("agency").order_by("name")),
    )


_map = RevalidatedCache(_load)
