"""Charts and maps for PDF, drawn as vector graphics."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sqrt
from typing import Any

from departments.places.outlines import Outline, rings
from tickets.printing.sheet import BLUE, FAINT, GREY, INK, LINE, Colour, Sheet

Point = tuple[float, float]
BORDER = 3.0  # between the map and its frame, mm


@dataclass(frozen=True)
class Frame:
    """A rectangle on the sheet: left, top, width and height in mm."""

    x: float
    y: float
    w: float
    h: float


def bar_line_chart(
    sheet: Sheet, frame: Frame, labels: Sequence[str], bars: Sequence[int], line: Sequence[int]
) -> None:
    """A chart of bars with a line over them; at most a dozen of the labels are printed.

    Bars and line may have fewer values than there are labels.
    """
    top = _ceiling(max([*bars, *line, 1]))
    scale, step = frame.h / top, frame.w / max(len(labels), 1)
    _grid(sheet, frame, top)
    sheet.set_fill_color(*BLUE)
    for number, value in enumerate(bars):
        sheet.rect(
            frame.x + number * step + step * 0.15,
            frame.y + frame.h - value * scale,
            step * 0.7,
            value * scale,
            "F",
        )
    points = [
        (frame.x + (number + 0.5) * step, frame.y + frame.h - value * scale)
        for number, value in enumerate(line)
    ]
    sheet.set_draw_color(*INK)
    sheet.set_line_width(0.6)
    if len(points) > 1:
        sheet.polyline(points)
    sheet.set_line_width(0.2)
    _labels(sheet, frame, labels, step)


def bars(sheet: Sheet, frame: Frame, rows: Sequence[tuple[str, int]], colour: Colour = BLUE) -> None:
    """A horizontal bar chart with names on the left and numbers beside the bars."""
    if not rows:
        return
    names, numbers = frame.w * 0.42, 12.0
    most = max(1, *(value for _, value in rows)) if len(rows) > 1 else max(1, rows[0][1])
    height = frame.h / len(rows)
    for number, (name, value) in enumerate(rows):
        y = frame.y + number * height
        sheet.use_font(7)
        sheet.set_xy(frame.x, y)
        sheet.cell(names, height, sheet.fitting(name, names - 2))
        width = (frame.w - names - numbers) * value / most
        sheet.set_fill_color(*colour)
        sheet.rect(frame.x + names, y + height * 0.2, width, height * 0.6, "F")
        sheet.set_xy(frame.x + names + width + 1, y)
        sheet.cell(numbers, height, str(value))


def district_map(
    sheet: Sheet, frame: Frame, outlines: Sequence[Outline], dots: Sequence[Sequence[float]]
) -> None:
    """A map of neighbourhoods with a dot for each (latitude, longitude, count), larger for higher counts. Outlines that
    are approximate are dashed, and it says so.

    North is up; the projection is equirectangular at the map's latitude. Nothing is drawn without any coordinates.
    """
    corners = [(lon, lat) for each in outlines for ring in rings(each.geometry) for lon, lat in ring] or [
        (lon, lat) for lat, lon, _ in dots
    ]
    if not corners:
        return
    place = _projection(frame, corners)
    sheet.set_draw_color(*LINE)
    sheet.rect(frame.x, frame.y, frame.w, frame.h)
    sheet.set_fill_color(*FAINT)
    for each in outlines:
        if each.approximate:
            sheet.set_dash_pattern(dash=0.8, gap=0.6)
        for ring in rings(each.geometry):
            sheet.polygon([place(lon, lat) for lon, lat in ring], style="DF")
        sheet.set_dash_pattern()
    if any(each.approximate for each in outlines):
        sheet.use_font(6, GREY)
        sheet.set_xy(frame.x, frame.y + frame.h - 4)
        sheet.cell(frame.w - 1, 4, "Kesik çizgili sınırlar yaklaşıktır.", align="R")
    most = max((count for *_, count in dots), default=1)
    sheet.set_fill_color(*BLUE)
    with sheet.local_context(fill_opacity=0.55):
        for lat, lon, count in dots:
            x, y = place(lon, lat)
            if frame.x <= x <= frame.x + frame.w and frame.y <= y <= frame.y + frame.h:
                sheet.circle(x, y, 0.5 + 1.8 * sqrt(count / most), style="F")


def _projection(frame: Frame, corners: Sequence[Point]) -> Any:
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    narrow = cos(radians((south + north) / 2))
    wide, high = frame.w - 2 * BORDER, frame.h - 2 * BORDER
    scale = min(wide / max((east - west) * narrow, 1e-4), high / max(north - south, 1e-4))
    left = frame.x + (frame.w - (east - west) * narrow * scale) / 2
    top = frame.y + (frame.h - (north - south) * scale) / 2

    def place(lon: float, lat: float) -> Point:
        return left + (lon - west) * narrow * scale, top + (north - lat) * scale

    return place


def _grid(sheet: Sheet, frame: Frame, top: int) -> None:
    sheet.set_draw_color(*LINE)
    sheet.use_font(6.5, GREY)
    for part in range(5):
        y = frame.y + frame.h * part / 4
        sheet.line(frame.x, y, frame.x + frame.w, y)
        sheet.set_xy(frame.x - 11, y - 2)
        sheet.cell(10, 4, str(top * (4 - part) // 4), align="R")


def _labels(sheet: Sheet, frame: Frame, labels: Sequence[str], step: float) -> None:
    every = max(1, -(-len(labels) // 12))
    sheet.use_font(6.5, GREY)
    for number in range(0, len(labels), every):
        sheet.set_xy(frame.x + number * step - 4, frame.y + frame.h + 0.5)
        sheet.cell(step + 8, 4, labels[number], align="C")


def _ceiling(most: int) -> int:
    """The axis maximum: the next round number divisible by four, since there are four grid lines."""
    rounds = (first * int(10**zeros) for zeros in range(12) for first in (4, 8, 12, 20, 28))
    return next(each for each in rounds if each >= most)
