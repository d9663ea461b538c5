"""Imports main roads of other agencies from a GeoJSON file."""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from shapely.errors import ShapelyError
from shapely.geometry import shape

from departments.base_data.loading import DataError
from departments.common import cache
from departments.organisation.models.departments import Agency
from departments.places.models import Artery
from departments.places.points import Point, distance_km

BUYUKSEHIR = "buyuksehir"
WIDTH_M = 30
MIDDLE = Point(38.7, 35.5)
FARTHEST_FROM_MIDDLE_KM = 60.0


@dataclass
class _Road:
    agency: str
    width_m: int
    lines: list[object] = field(default_factory=list)


def import_arteries(content: object) -> int:
    """Creates and updates arteries from a GeoJSON FeatureCollection (WGS 84) of lines; returns how many it names.

    `properties` are `name`, and `width_m` (30) and the `agency`'s code ("buyuksehir") where they differ from these.
    Features of one name are pieces of one road, whose width and agency are those of its first piece. Arteries that the
    file does not name stay. DataError names the first bad entry; then nothing has changed.
    """
    if not isinstance(content, dict) or not isinstance(content.get("features"), list):
        raise DataError("Dosya bir GeoJSON FeatureCollection olmalıdır.")
    agencies = Agency.objects.in_bulk(field_name="code")
    roads: dict[str, _Road] = {}
    for position, feature in enumerate(content["features"], start=1):
        name, road = _named(feature, f"{position}. öğe")
        where = f"{position}. öğe ({name})"
        if road.agency not in agencies:
            raise DataError(f"{where}: kurum bilinmiyor: {road.agency}.")
        roads.setdefault(name, road).lines += _lines(feature.get("geometry"), where)
    with transaction.atomic():
        for name, road in roads.items():
            _put(name, road, agencies[road.agency])
    cache.refresh()
    return len(roads)


def _named(feature: object, where: str) -> tuple[str, _Road]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(properties, dict) or not isinstance(name, str) or not name.strip():
        raise DataError(f"{where}: “properties.name” eksik.")
    width = properties.get("width_m", WIDTH_M)
    if not isinstance(width, int | float):
        raise DataError(f"{where} ({name}): “width_m” sayı olmalıdır.")
    return name.strip(), _Road(str(properties.get("agency", BUYUKSEHIR)), round(width))


def _lines(geometry: object, where: str) -> list[object]:
    """The coordinates of each line, checked: they must lie about the district, which catches swapped axes."""
    if not isinstance(geometry, dict) or geometry.get("type") not in ("LineString", "MultiLineString"):
        raise DataError(f"{where}: geometri LineString ya da MultiLineString olmalıdır.")
    try:
        line = shape(geometry)
        west, south, east, north = line.bounds
        corners = (Point(south, west), Point(north, east))
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise DataError(f"{where}: geometri okunamadı.") from error
    away = max(distance_km(MIDDLE, corner) for corner in corners)
    if away > FARTHEST_FROM_MIDDLE_KM:
        raise DataError(f"{where}: çizgi ilçeden {away:.0f} km uzakta.")
    coordinates = geometry["coordinates"]
    return [coordinates] if geometry["type"] == "LineString" else list(coordinates)


def _put(name: str, road: _Road, agency: Agency) -> None:
    artery = Artery.objects.filter(name=name).first() or Artery(name=name)
    values = {
        "agency": agency,
        "width_m": road.width_m,
        "lines": {"type": "MultiLineString", "coordinates": road.lines},
    }
    if artery.pk and all(getattr(artery, key) == value for key, value in values.items()):
        return
    for key, value in values.items():
        setattr(artery, key, value)
    try:
        artery.clean_fields(exclude=["agency"])
    except ValidationError as error:
        raise DataError(f"{name}: {' '.join(error.messages)}") from error
    artery.save(update_fields=[*values, "updated_at"] if artery.pk else None)
