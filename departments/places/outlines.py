"""Simplified outlines of the mahalleler for maps in the browser."""

from typing import Any

import shapely
from shapely.geometry import mapping, shape

from departments.models import Neighbourhood

TOLERANCE = 0.0002  # degrees, some 20 m: less than a finger covers


def feature_collection() -> dict[str, Any]:
    """GeoJSON: the outline of each mahalle where one was imported, else its centroid alone."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": each.name, "lat": each.lat, "lon": each.lon},
            "geometry": _outline(each.boundary) if each.boundary else None,
        }
        for each in Neighbourhood.objects.order_by("sort_key")
    ]
    return {"type": "FeatureCollection", "features": features}


def _outline(boundary: dict[str, object]) -> dict[str, object]:
    outline: dict[str, object] = mapping(shapely.set_precision(shape(boundary).simplify(TOLERANCE), 0.00001))
    return outline
