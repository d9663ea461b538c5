"""Points looked up on the map of the district, against asking each boundary in turn without an index.

The boundaries are drawn around the known centres of the mahalleler (the half-way lines, with a vertex every 20 metres,
as surveyed boundaries have them), since the municipality's own are not part of the house.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from bench import site

if TYPE_CHECKING:
    from departments.places.points import Point

POINTS = 500_000
SINGLE = 20_000
FLOOR = 500
VERTEX_EVERY = 20 / 111_200  # degrees


def run(_directory: Path) -> dict[str, object]:
    """Look-ups a second: many at once, one by one, and the floor; and the ratios of the first two to the last."""
    site.prepare()
    from departments.base_data.loading import load_base_data
    from departments.models import Neighbourhood
    from departments.places.points import Point, containing, locate

    load_base_data()
    neighbourhoods = list(Neighbourhood.objects.all())
    shapes = _shapes([(each.lon, each.lat) for each in neighbourhoods])
    for neighbourhood in neighbourhoods:
        (boundary,) = (
            each for each in shapes if each.contains(shapely.Point(neighbourhood.lon, neighbourhood.lat))
        )
        neighbourhood.boundary = mapping(boundary)
        neighbourhood.save()
    rng = np.random.default_rng(1)
    west, south, east, north = shapely.total_bounds(shapes)
    lats, lons = rng.uniform(south, north, POINTS), rng.uniform(west, east, POINTS)
    locate(Point(38.72, 35.48))  # the map is drawn once

    begin = time.perf_counter()
    found = containing(lats, lons)
    bulk = POINTS / (time.perf_counter() - begin)

    points = [
        Point(lat, lon) for lat, lon in zip(lats[:SINGLE].tolist(), lons[:SINGLE].tolist(), strict=True)
    ]
    begin = time.perf_counter()
    located = [locate(point).neighbourhood for point in points]
    single = SINGLE / (time.perf_counter() - begin)

    begin = time.perf_counter()
    in_turn = [_in_turn(shapes, point) for point in points[:FLOOR]]
    floor = FLOOR / (time.perf_counter() - begin)
    assert [each is None for each in found[:FLOOR]] == [each is None for each in in_turn]
    assert all(one == other for one, other in zip(found, located, strict=False) if one is not None)
    return {
        "vertices": int(shapely.get_num_coordinates(shapes).sum()),
        "bulk_per_second": round(bulk),
        "single_per_second": round(single),
        "floor_per_second": round(floor),
        "single_ratio": round(single / floor, 1),
        "ratio": round(bulk / floor, 1),
    }


def _in_turn(shapes: list[BaseGeometry], point: "Point") -> int | None:
    spot = shapely.Point(point.lon, point.lat)
    return next((n for n, each in enumerate(shapes) if each.contains(spot)), None)


def _shapes(centres: list[tuple[float, float]]) -> list[BaseGeometry]:
    outline = shapely.MultiPoint(centres).convex_hull.buffer(0.02)
    cells = shapely.voronoi_polygons(shapely.MultiPoint(centres), extend_to=outline)
    return [shapely.segmentize(cell.intersection(outline), VERTEX_EVERY) for cell in cells.geoms]
