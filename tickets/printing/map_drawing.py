"""A map of a place for PDF, without map tiles: its mahalle, names of those around, main roads, a scale."""

from collections.abc import Sequence
from math import cos, radians
from typing import Any

from departments.models import Artery, Neighbourhood
from departments.places.outlines import rings
from departments.places.points import KM_PER_DEGREE, Point
from tickets.printing.charts import Frame
from tickets.printing.sheet import FAINT, GREY, INK, LINE, RED, Sheet

WIDE_KM = 3.0  # width of the map
BAR_KM = 0.5
ROAD = (252, 211, 77)


def draw_map(
    sheet: Sheet,
    frame: Frame,
    spot: Point,
    mahalle: Neighbourhood | None,
    names: Sequence[Neighbourhood],
    roads: Sequence[Artery],
) -> None:
    """Draws the map with the spot in its middle, north up, clipped to the frame."""
    mm_per_km = frame.w / WIDE_KM

    def place(lon: float, lat: float) -> tuple[float, float]:
        east = (lon - spot.lon) * KM_PER_DEGREE * cos(radians(spot.lat))
        north = (lat - spot.lat) * KM_PER_DEGREE
        return frame.x + frame.w / 2 + east * mm_per_km, frame.y + frame.h / 2 - north * mm_per_km

    with sheet.local_context(), sheet.rect_clip(frame.x, frame.y, frame.w, frame.h):
        sheet.set_fill_color(*FAINT)
        sheet.set_draw_color(*GREY)
        for ring in rings(mahalle.boundary) if mahalle and mahalle.boundary else ():
            sheet.polygon([place(lon, lat) for lon, lat in ring], style="DF")
        for road in roads:
            _road(sheet, road, place)
        for each in names:
            _name(sheet, each.name, *place(each.lon, each.lat))
    sheet.set_draw_color(*LINE)
    sheet.rect(frame.x, frame.y, frame.w, frame.h)
    sheet.set_fill_color(*RED)
    sheet.circle(frame.x + frame.w / 2, frame.y + frame.h / 2, 1.8, style="F")
    _scale(sheet, frame, mm_per_km)


def _road(sheet: Sheet, road: Artery, place: Any) -> None:
    shape = road.lines
    lines = shape["coordinates"] if shape["type"] == "MultiLineString" else [shape["coordinates"]]
    sheet.set_draw_color(*ROAD)
    sheet.set_line_width(1.4)
    for line in lines:
        sheet.polyline([place(*point[:2]) for point in line])
    sheet.set_line_width(0.2)
    middle = max(lines, key=len)
    _name(sheet, road.name, *place(*middle[len(middle) // 2][:2]))


def _name(sheet: Sheet, name: str, x: float, y: float) -> None:
    sheet.use_font(7, GREY)
    sheet.text(x - sheet.get_string_width(name) / 2, y, name)


def _scale(sheet: Sheet, frame: Frame, mm_per_km: float) -> None:
    left, below = frame.x + 3, frame.y + frame.h - 3
    sheet.set_draw_color(*INK)
    sheet.set_line_width(0.5)
    sheet.line(left, below, left + BAR_KM * mm_per_km, below)
    sheet.set_line_width(0.2)
    sheet.use_font(7)
    sheet.text(left, below - 1.2, f"{BAR_KM * 1000:.0f} m")
    sheet.text(frame.x + frame.w - 8, frame.y + 5, "K ↑")
