"""The public page: how much comes in, what becomes of it, and where. Off unless PUBLIC_PAGE is on.

It shows what was counted last (figures.py); of people it knows nothing.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from itertools import dropwhile
from math import cos, radians
from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from departments.places.outlines import MainRoad, Outline, main_roads, outlines, rings
from tickets.api_clients.callers import count_call
from tickets.api_clients.rate_limits import PUBLIC_PAGE
from tickets.public import figures
from tickets.public.precision import FEWEST

KEPT_SECONDS = 300
WIDTH = 760  # of the map, in its own units
SHADES = 4  # of the map, from few to many
MOST_NAMES = 18  # on the map
_LETTER, _LINE = 6.6, 13.0  # of a name on the map: the width of a letter, the height of a line


class MapArea(NamedTuple):
    """A mahalle on the map and in the table; `all` is what may be told of it, added up."""

    name: str
    path: str
    at: tuple[float, float]
    approximate: bool
    open: str
    resolved: str
    all: int
    open_shade: int
    resolved_shade: int
    named: bool


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page; before the first hour is over it says that nothing was counted yet."""
    if not settings.PUBLIC_PAGE:
        raise Http404
    rate = count_call(request, "public-page", PUBLIC_PAGE, timezone.now())
    if rate.exceeded:
        wait = render(request, "tickets/public/wait.html", status=HTTPStatus.TOO_MANY_REQUESTS)
        for header, value in rate.headers().items():
            wait.headers[header] = value
        return wait
    found = figures.last()
    if found is None:
        return _kept(render(request, "tickets/public/not_counted.html"))
    told: dict[str, Any] = found.figures
    areas, road_path, height = _areas(outlines(), main_roads(), told["neighbourhoods"])
    context = {
        "made_at": found.made_at,
        "first": parse_date(told["first"]),
        "last": parse_date(told["last"]),
        "fewest": FEWEST,
        **{each: _count(told[each]) for each in ("opened", "resolved", "open")},
        "within_target": _share(told["within_target"]),
        "months": _months(told["months"]),
        "tables": [
            ("konular", gettext("En çok bildirilenler"), gettext("Konu"), _table(told["subjects"])),
            ("birimler", gettext("Birimlere göre"), gettext("Birim"), _table(told["departments"])),
        ],
        "areas": areas,
        "road_path": road_path,
        # What is open stands in few mahalleler often enough to be told; an empty map says nothing.
        "resolved_first": not any(area.open_shade for area in areas),
        "rows": sorted((area for area in areas if area.all), key=lambda area: -area.all),
        "width": WIDTH,
        "height": height,
        "approximate": any(area.approximate for area in areas),
        "released_requests": figures.released(told["released"]),
        "open_data": settings.OPEN_DATA,
    }
    return _kept(render(request, "tickets/public/figures.html", context))


def _kept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return response


def _count(count: int | None) -> str:
    if count is None:
        return gettext("%(fewest)s’ten az") % {"fewest": FEWEST}
    return f"{count:,}" if get_language() == "en" else f"{count:,}".replace(",", ".")


def _share(share: float | None) -> str:
    if share is None:
        return "–"
    return f"{100 * share:.0f}%" if get_language() == "en" else f"%{100 * share:.0f}"


def _table(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    counts = ("opened", "resolved", "open")
    return [
        {"name": row["name"], "within_target": _share(row["within_target"])}
        | {each: _count(row[each]) for each in counts}
        for row in rows
    ]


def _months(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each month from the first with any count, newest first: the counts in words, and how long their bars are, of a
    hundred.
    """
    columns = ("opened", "resolved")
    rows = list(dropwhile(lambda row: row["opened"] == row["resolved"] == 0, rows))[::-1]
    most = max((row[each] or 0 for row in rows for each in columns), default=0) or 1
    return [
        {"name": _month(row["name"])}
        | {each: _count(row[each]) for each in columns}
        | {f"{each}_width": round(100 * (row[each] or 0) / most, 1) for each in columns}
        for row in rows
    ]


def _month(name: str) -> str:
    """“Ekim 2026” in the language of the page."""
    month, _, year = name.partition(" ")
    return f"{gettext(month)} {year}"


def _areas(
    shapes: Iterable[Outline], roads: Iterable[MainRoad], counts: Mapping[str, Mapping[str, int | None]]
) -> tuple[list[MapArea], str, int]:
    """The mahalleler drawn on a map WIDTH wide, the main roads as one path, and how high the map is."""
    shapes = list(shapes)
    outer = {each.code: rings(each.geometry) for each in shapes}
    corners = [corner for each in outer.values() for ring in each for corner in ring]
    if not corners:
        return [], "", 0
    west, south = (min(corner[axis] for corner in corners) for axis in (0, 1))
    east, north = (max(corner[axis] for corner in corners) for axis in (0, 1))
    shrink = cos(radians((south + north) / 2))
    scale = WIDTH / ((east - west) * shrink or 1)

    def at(lon: float, lat: float) -> tuple[float, float]:
        return round((lon - west) * shrink * scale, 1), round((north - lat) * scale, 1)

    def line(corners: Iterable[tuple[float, float]]) -> str:
        return "M" + "L".join("{},{}".format(*at(*corner)) for corner in corners)

    most = {
        figure: max((each.get(figure) or 0 for each in counts.values()), default=0)
        for figure in ("open", "resolved")
    }
    names = _names(shapes, counts, at)
    areas = []
    for each in shapes:
        known = counts.get(each.code, {"open": 0, "resolved": 0})
        path = "".join(f"{line(ring)}Z" for ring in outer[each.code])
        areas.append(
            MapArea(
                each.name,
                path,
                at(each.lon, each.lat),
                each.approximate,
                _count(known["open"]),
                _count(known["resolved"]),
                (known["open"] or 0) + (known["resolved"] or 0),
                _shade(known["open"], most["open"]),
                _shade(known["resolved"], most["resolved"]),
                each.code in names,
            )
        )
    road_path = "".join(line(each) for road in roads for each in road.lines)
    return areas, road_path, round((north - south) * scale)


def _shade(count: int | None, most: int) -> int:
    """From 1, few, to SHADES, most; 0 where there is nothing to tell."""
    return min(SHADES, 1 + SHADES * count // (most + 1)) if count else 0


def _names(shapes: list[Outline], counts: Mapping[str, Mapping[str, int | None]], at: Any) -> set[str]:
    """The codes of those whose names stand on the map, those with most first, none upon another."""
    taken: list[tuple[float, float, float]] = []
    named: set[str] = set()
    for each in sorted(shapes, key=lambda each: -sum(n or 0 for n in counts.get(each.code, {}).values())):
        x, y = at(each.lon, each.lat)
        wide = len(each.name) * _LETTER
        inside = wide / 2 <= x <= WIDTH - wide / 2
        if inside and not any(
            abs(x - x_of) < (wide + wide_of) / 2 and abs(y - y_of) < _LINE for x_of, y_of, wide_of in taken
        ):
            taken.append((x, y, wide))
            named.add(each.code)
        if len(named) == MOST_NAMES:
            break
    return named
