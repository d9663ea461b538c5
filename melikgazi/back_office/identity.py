"""Whose line it is: the municipality's name and crest, as the settings have them, on every kind of page."""

from functools import lru_cache
from http import HTTPStatus
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import Library
from django.urls import reverse
from django.views.decorators.http import require_safe

CREST_SIZE = (384, 192)  # pixels at most: four times as many as a page shows, for screens and for print
KEPT_SECONDS = 24 * 3600  # another file has another address
register = Library()


def line_name() -> str:
    """The name of the line: “Melikgazi Çözüm Hattı” of “Melikgazi Belediyesi”."""
    return f"{settings.MUNICIPALITY.removesuffix(' Belediyesi')} Çözüm Hattı"


def crest_address() -> str:
    """Where a browser finds the crest; "" where the installation has none, or its file is gone."""
    try:
        changed = int(Path(settings.CREST_FILE).stat().st_mtime) if settings.CREST_FILE else 0
    except OSError:
        changed = 0
    return f"{reverse('crest')}?{changed}" if changed else ""


def identity(_request: HttpRequest | None) -> dict[str, str]:
    """For all templates: `municipality`, `line_name` and `crest`, the address of its picture or ""."""
    return {"municipality": settings.MUNICIPALITY, "line_name": line_name(), "crest": crest_address()}


@register.simple_tag(name="identity")
def identity_tag() -> dict[str, str]:
    """The same where a template is rendered without a request: Django's error pages."""
    return identity(None)


@require_safe
def crest(_request: HttpRequest) -> HttpResponse:
    """The crest as a PNG that is no bigger than pages need."""
    try:
        changed = Path(settings.CREST_FILE).stat().st_mtime if settings.CREST_FILE else 0
        content = _drawn(settings.CREST_FILE, changed) if changed else b""
    except OSError:  # gone, or no picture
        content = b""
    if not content:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    return HttpResponse(
        content, content_type="image/png", headers={"Cache-Control": f"public, max-age={KEPT_SECONDS}"}
    )


@lru_cache(maxsize=1)
def _drawn(file: str, _changed: float) -> bytes:
    from PIL import Image  # here: workers, which read the settings, draw nothing

    with Image.open(file) as picture:
        small = picture.convert("RGBA")
    small.thumbnail(CREST_SIZE)
    content = BytesIO()
    small.save(content, "PNG", optimize=True)
    return content.getvalue()
