"""Imports the boundaries of the mahalleler from a GeoJSON file of the municipality's own map layer."""

from django.db import transaction
from shapely import is_valid_reason
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from departments.base_data.loading import DataError
from departments.common import cache
from departments.places.models import Neighbourhood
from departments.places.points import Point, distance_km
from departments.text.folding import fold

FARTHEST_FROM_CENTROID_KM = 25.0


def import_neighbourhoods(content: object) -> int:
    """Gives each mahalle its boundary in a GeoJSON FeatureCollection (WGS 84); returns how many the file names.

    A feature is known by `properties.name`: name, full name or alias, however it is spelt. Its geometry must be a valid
    polygon or multipolygon lying where the mahalle is known to be, which catches swapped axes and other projections.
    Mahalleler that the file does not name keep theirs. DataError names the first bad entry; then nothing has changed.
    """
    if not isinstance(content, dict) or not isinstance(content.get("features"), list):
        raise DataError("Dosya bir GeoJSON FeatureCollection olmalıdır.")
    known = _by_spelling()
    boundaries: dict[Neighbourhood, object] = {}
    for position, feature in enumerate(content["features"], start=1):
        neighbourhood = _named(known, feature, f"{position}. öğe")
        where = f"{position}. öğe ({neighbourhood.name})"
        if neighbourhood in boundaries:
            raise DataError(f"{where}: mahalle ikinci kez geçiyor.")
        boundaries[neighbourhood] = _boundary(neighbourhood, feature.get("geometry"), where)
    with transaction.atomic():
        for neighbourhood, boundary in boundaries.items():
            if neighbourhood.boundary != boundary:
                neighbourhood.boundary = boundary
                neighbourhood.save(update_fields=["boundary", "updated_at"])
    cache.refresh()
    return len(boundaries)


def _by_spelling() -> dict[str, Neighbourhood]:
    return {
        fold(spelling): neighbourhood
        for neighbourhood in Neighbourhood.objects.all()
        for spelling in (*neighbourhood.aliases, neighbourhood.full_name, neighbourhood.name)
    }


def _named(known: dict[str, Neighbourhood], feature: object, where: str) -> Neighbourhood:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        raise DataError(f"{where}: “properties.name” eksik.")
    if fold(name) not in known:
        raise DataError(f"{where}: bilinmeyen mahalle: {name}.")
    return known[fold(name)]


def _boundary(neighbourhood: Neighbourhood, geometry: object, where: str) -> object:
    outline = _outline(geometry, where)
    if not outline.is_valid:
        raise DataError(f"{where}: sınır geçersiz: {is_valid_reason(outline)}.")
    try:
        middle = Point(lat=outline.centroid.y, lon=outline.centroid.x)
    except ValueError as error:
        raise DataError(f"{where}: koordinatlar enlem ve boylam derecesi değil.") from error
    away = distance_km(middle, Point(neighbourhood.lat, neighbourhood.lon))
    if away > FARTHEST_FROM_CENTROID_KM:
        raise DataError(f"{where}: sınır, mahallenin bilinen yerinden {away:.0f} km uzakta.")
    return geometry


def _outline(geometry: object, where: str) -> BaseGeometry:
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise DataError(f"{where}: geometri Polygon ya da MultiPolygon olmalıdır.")
    try:
        outline = shape(geometry)
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise DataError(f"{where}: geometri okunamadı.") from error
    if outline.is_empty:
        raise DataError(f"{where}: geometri boş.")
    return outline
