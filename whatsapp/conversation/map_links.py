"""Coordinates in a text, in a link of a maps application or bare. Pure.

A short link (goo.gl) holds none and is not followed: it could lead anywhere.
"""

import re
from urllib.parse import unquote

_NUMBER = r"(-?\d{1,3}\.\d{3,})"
_PAIR = re.compile(rf"(?:[@=/]|query=|geo:|!3d|^|\s|\(){_NUMBER}\s*(?:,|!4d|;|\s)\s*{_NUMBER}")
_LINK = re.compile(r"(?:https?://|geo:)\S+")


def coordinates_in(text: str) -> tuple[float, float] | None:
    """(latitude, longitude) that a text or a link in it holds, else None."""
    found = _PAIR.search(unquote(text))
    if found is None:
        return None
    lat, lon = float(found[1]), float(found[2])
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def without_link(text: str) -> str:
    """The text without the links in it: once their coordinates are read they say nothing more."""
    return " ".join(_LINK.sub(" ", text).split()) if _LINK.search(text) else text
