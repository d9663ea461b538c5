"""Pictures for citizens to send."""

from io import BytesIO
from typing import Any

from PIL import Image


def photo(
    size: tuple[int, int] = (64, 48),
    form: str = "JPEG",
    mode: str = "RGB",
    color: str = "gray",
    **options: Any,
) -> bytes:
    """A picture of one colour; `options` go to Pillow's save (exif=…)."""
    out = BytesIO()
    Image.new(mode, size, color).save(out, form, **options)
    return out.getvalue()


def exif(*, orientation: int = 1, place: tuple[float, float] | None = None) -> Image.Exif:
    """The notes a camera leaves; `place` is north and east of zero."""
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010F] = "Nokia"
    if place:
        lat, lon = place
        notes[0x8825] = {1: "N", 2: (lat, 0.0, 0.0), 3: "E", 4: (lon, 0.0, 0.0)}
    return notes
