"""What lies under the maps of the back office: raster tiles of a server, streets from the installation's own file, or
neither. docs/decisions/0032.
"""

import json
import re
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse

MOST_BYTES = 4 << 20  # of one answer; a tile has some tens of thousands
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})")


def ground() -> dict[str, str]:
    """What map_ground.js needs, "" for what there is not: the addresses of raster tiles, of the streets, and of what
    draws those.
    """
    streets = bool(settings.MAP_FILE)
    return {
        "tiles": settings.TILE_URL,
        "streets": reverse("sokaklar") if streets else "",
        "library": static("vendor/protomaps-leaflet.js") if streets else "",
    }


def ground_json() -> str:
    """`ground`, for an attribute of a page."""
    return json.dumps(ground())


def streets(request: HttpRequest) -> HttpResponse:
    """A part of MAP_FILE (PMTiles), by the Range header that the library sends; never the whole file."""
    file = Path(settings.MAP_FILE)
    if not file.is_file():
        raise Http404
    with file.open("rb") as opened:
        size = opened.seek(0, 2)
        asked = _RANGE.fullmatch(request.headers.get("Range", ""))
        first, last = (int(asked[1]), min(int(asked[2]), size - 1)) if asked else (0, size)
        if not asked or not first <= last < first + MOST_BYTES:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        opened.seek(first)
        part = opened.read(last + 1 - first)
        changed = file.stat().st_mtime_ns
    return HttpResponse(
        part,
        status=206,
        content_type="application/vnd.pmtiles",
        headers={
            "Content-Range": f"bytes {first}-{last}/{size}",
            "Accept-Ranges": "bytes",
            "ETag": f'"{changed:x}-{size:x}"',
            "Cache-Control": "private, max-age=86400",
        },
    )
