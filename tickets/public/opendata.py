"""Open data: tickets with category, place and outcome as CSV or GeoJSON, one file a year, without sign-in.

No ticket numbers, texts or people; days instead of moments, places as `tickets.public.precision` tells them. Off unless
OPEN_DATA is on. A file is written at most once an hour and stored beside the citizens' files.
"""

import csv
import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from departments.working_time.working_hours import ISTANBUL
from tickets.api_clients.callers import count_call
from tickets.api_clients.rate_limits import OPEN_DATA
from tickets.public.precision import published_cells, published_place
from tickets.record.permissions import public_tickets

FRESH_FOR = timedelta(hours=1)
FIELDS = ("opened", "category", "department", "neighbourhood", "channel", "outcome", "ended", "lat", "lon")
_COLUMNS = (
    "created_at", "category__code", "department__code", "neighbourhood__code", "channel", "outcome", "outcome_at",
    "lat", "lon",
)  # fmt: skip
_LOCK = 311_2026  # key of the advisory lock: one process writes a file at a time
Row = tuple[Any, ...]


@require_safe
def tickets(request: HttpRequest, form: str) -> HttpResponseBase:
    """The file of `year`, by default of this year."""
    if not settings.OPEN_DATA:
        raise Http404
    now = timezone.now()
    rate = count_call(request, "open-data", OPEN_DATA, now)
    if rate.exceeded:
        return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS, headers=rate.headers())
    path = _fresh(_year(request, now), form, now)
    etag = f'"{int(path.stat().st_mtime)}-{form}"'
    response: HttpResponseBase = get_conditional_response(request, etag=etag) or _file(path, form)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"public, max-age={int(FRESH_FOR.total_seconds())}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _file(path: Path, form: str) -> HttpResponseBase:
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/geo+json"
    return FileResponse(path.open("rb"), as_attachment=form == "csv", filename=path.name, content_type=kind)


def _year(request: HttpRequest, now: datetime) -> int:
    this = now.astimezone(ISTANBUL).year
    asked = request.GET.get("year") or str(this)
    if not (asked.isascii() and asked.isdecimal() and len(asked) == 4 and 2000 <= int(asked) <= this):
        raise Http404
    return int(asked)


def _fresh(year: int, form: str, now: datetime) -> Path:
    path = Path(settings.MEDIA_ROOT) / "open-data" / f"melikgazi-{year}.{form}"
    if _is_fresh(path, now):
        return path
    # Of the transaction, not of the session: behind a pooler the next statement may run in another one.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if not _is_fresh(path, now):  # no other process wrote it while we waited
            _make(path, year, _WRITERS[form], now)
    return path


def _is_fresh(path: Path, now: datetime) -> bool:
    return path.exists() and path.stat().st_mtime > (now - FRESH_FOR).timestamp()


def _make(path: Path, year: int, write: Callable[[IO[str], Iterator[Row]], None], now: datetime) -> None:
    """Writes to a temporary file and renames it, so that readers never see a part. Its time is ours: the clock of a
    file server may differ.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder) / path.name
        with made.open("w", encoding="utf-8", newline="") as file:
            write(file, _rows(year))
        os.utime(made, (now.timestamp(), now.timestamp()))
        made.replace(path)


def _rows(year: int) -> Iterator[Row]:
    begins, ends = (datetime(each, 1, 1, tzinfo=ISTANBUL) for each in (year, year + 1))
    rows = public_tickets().filter(created_at__gte=begins, created_at__lt=ends).order_by("created_at", "id")
    cells = published_cells()
    for opened, *names, ended, lat, lon in rows.values_list(*_COLUMNS).iterator(chunk_size=5000):
        place = published_place(lat, lon, cells) or (None, None)
        yield (_day(opened), *names, _day(ended), *place)


def _day(at: datetime | None) -> str | None:
    return at.astimezone(ISTANBUL).date().isoformat() if at else None


def _write_csv(file: IO[str], rows: Iterator[Row]) -> None:
    file.write("\N{ZERO WIDTH NO-BREAK SPACE}")  # a byte order mark, by which spreadsheets detect UTF-8
    writer = csv.writer(file)
    writer.writerow(FIELDS)
    writer.writerows(rows)


def _write_geojson(file: IO[str], rows: Iterator[Row]) -> None:
    """GeoJSON (RFC 7946); a ticket without a place is a feature without geometry."""
    file.write('{"type": "FeatureCollection", "features": [')
    for number, (*facts, lat, lon) in enumerate(rows):
        geometry = None if lat is None else {"type": "Point", "coordinates": [lon, lat]}
        properties = dict(zip(FIELDS[:-2], facts, strict=True))
        feature = {"type": "Feature", "geometry": geometry, "properties": properties}
        file.write((",\n" if number else "\n") + json.dumps(feature, ensure_ascii=False))
    file.write("\n]}\n")


_WRITERS = {"csv": _write_csv, "geojson": _write_geojson}
