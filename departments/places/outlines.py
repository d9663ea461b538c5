"""What maps show of the district: outlines of the mahalleler, imported and simplified, else drawn around the centroids
and marked as approximate, and the main roads.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import cos, pi, radians, sqrt
from typing import Any, NamedTuple

import shapely
from shapely.geometry import MultiPoint, Point, mapping, shape
from shapely.geometry.base import BaseGeometry

from departments.common.cache import RevalidatedCache
from departments.places.models import Artery, Neighbourhood

TOLERANCE = 0.0002  # degrees, some 20 m: less than a finger covers
_DIGITS = 0.00001  # degrees
_KM = 111.2  # of a degree of latitude
_USUAL_KM2 = 2.0  # of a mahalle whose area nobody knows
_ROOM = 1.7  # how much farther than a circle of its area a mahalle may reach, in radii


class Outline(NamedTuple):
    """A mahalle on a map: its centroid in degrees (WGS 84), and its shape as a GeoJSON geometry."""

    code: str
    name: str
    lat: float
    lon: float
    geometry: dict[str, Any]
    approximate: bool


class MainRoad(NamedTuple):
    """A main road on a map: its name, and each of its lines as longitudes and latitudes."""

    name: str
    lines: list[list[tuple[float, float]]]


def outlines() -> tuple[Outline, ...]:
    """All mahalleler by name."""
    return _cached.get()


def outline_of(code: str) -> Outline | None:
    """The one of that mahalle."""
    return next((each for each in outlines() if each.code == code), None)


def nearest_outline(lat: float, lon: float) -> Outline | None:
    """The one that holds the point (degrees, WGS 84), else the nearest; None where there is no mahalle at all."""
    shrink = cos(radians(lat))
    spot = Point(lon * shrink, lat)
    return min(
        outlines(),
        key=lambda each: shapely.transform(shape(each.geometry), lambda at: at * (shrink, 1)).distance(spot),
        default=None,
    )


def main_roads() -> tuple[MainRoad, ...]:
    """All main roads by name."""
    return _roads.get()


def feature_collection() -> dict[str, Any]:
    """GeoJSON of the outlines; `approximate` ones were not imported. Beside it `roads`, the main roads: a name, and
    lines of latitudes and longitudes, as Leaflet takes them.
    """
    roads = [
        {"name": each.name, "lines": [[(lat, lon) for lon, lat in line] for line in each.lines]}
        for each in main_roads()
    ]
    return {"type": "FeatureCollection", "features": [feature(each) for each in outlines()], "roads": roads}


def feature(outline: Outline) -> dict[str, Any]:
    """GeoJSON of one."""
    return {
        "type": "Feature",
        "properties": {
            "name": outline.name,
            "lat": outline.lat,
            "lon": outline.lon,
            "approximate": outline.approximate,
        },
        "geometry": outline.geometry,
    }


def rings(geometry: Mapping[str, Any]) -> list[list[tuple[float, float]]]:
    """The outer rings of a polygon or of several, as longitudes and latitudes."""
    shapes = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[(point[0], point[1]) for point in shape[0]] for shape in shapes]


def _load() -> tuple[Outline, ...]:
    rows = list(Neighbourhood.objects.order_by("sort_key"))
    known = {each.pk: shape(each.boundary) for each in rows if each.boundary}
    drawn = _drawn(rows, known.values())
    return tuple(
        Outline(
            each.code,
            each.name,
            each.lat,
            each.lon,
            _simple(known.get(each.pk) or drawn[each.pk]),
            approximate=each.pk not in known,
        )
        for each in rows
    )


def _load_roads() -> tuple[MainRoad, ...]:
    return tuple(
        MainRoad(
            each.name, [_corners(line) for line in shapely.get_parts(shape(each.lines).simplify(TOLERANCE))]
        )
        for each in Artery.objects.order_by("name")
    )


def _corners(line: BaseGeometry) -> list[tuple[float, float]]:
    return [(round(lon, 5), round(lat, 5)) for lon, lat in shapely.get_coordinates(line).tolist()]


def _drawn(rows: Sequence[Neighbourhood], known: Iterable[BaseGeometry]) -> dict[int, BaseGeometry]:
    """By key, what is nearer to each centroid than to any other, no farther away than its area lets expect, and
    without what is known to be another's.
    """
    if not rows:
        return {}
    shrink = cos(radians(rows[0].lat))  # a degree of longitude, in degrees of latitude
    centres = {each.pk: Point(each.lon * shrink, each.lat) for each in rows}
    cells = shapely.STRtree(shapely.get_parts(shapely.voronoi_polygons(MultiPoint([*centres.values()]))))
    taken = shapely.union_all([shapely.transform(each, lambda at: at * (shrink, 1)) for each in known])
    found = {}
    for each in rows:
        centre = centres[each.pk]
        circle = centre.buffer(_ROOM * sqrt((each.area_km2 or _USUAL_KM2) / pi) / _KM, quad_segs=6)
        mine = cells.geometries.take(cells.query(centre, predicate="intersects"))
        cell = shapely.intersection(circle, mine[0]) if len(mine) else circle
        free = shapely.difference(cell, taken)
        found[each.pk] = shapely.transform(cell if free.is_empty else free, lambda at: at / (shrink, 1))
    return found


def _simple(outline: BaseGeometry) -> dict[str, Any]:
    simple: dict[str, Any] = mapping(shapely.set_precision(outline.simplify(TOLERANCE), _DIGITS))
    return simple


_cached = RevalidatedCache(_load)
_roads = RevalidatedCache(_load_roads)
