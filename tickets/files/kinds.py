"""What a file is, told by its first bytes. The MIME type that its sender gave is only a hint.

A table of our own: what WhatsApp can send are these few types, and a library that knows a thousand would have to be
asked for each whether it is one that a browser may open.
"""

import re
from typing import NamedTuple

OTHER = "application/octet-stream"
PDF = "application/pdf"
PHOTOS = ("image/jpeg", "image/png", "image/webp")
# What a browser may open on a page of ours. Nothing in them runs: no SVG, no HTML, no PDF.
SHOWN = frozenset(
    {
        *PHOTOS,
        *("audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg"),
        *("video/3gpp", "video/mp4"),
    }
)
HEAD_BYTES = 4096  # that tell a type
_BEGINNINGS = (
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"RIFF....WEBP", "image/webp"),
    (rb"OggS", "audio/ogg"),
    (rb"ID3|\xff[\xfb\xfa\xf3\xf2]", "audio/mpeg"),
    (rb"\xff[\xf1\xf9]", "audio/aac"),
    (rb"#!AMR", "audio/amr"),
    (rb"....ftyp3g", "video/3gpp"),
    (rb"....ftyp(?:hei|hev|mif|avi)", "image/heic"),
    (rb"....ftyp", "video/mp4"),
    (rb"%PDF-", PDF),
    (rb"PK\x03\x04", "application/zip"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_BEGINS = tuple((re.compile(pattern, re.DOTALL), kind) for pattern, kind in _BEGINNINGS)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKUP = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<")
# The types that are kept under the name that their sender gave, and what their bytes are then.
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_CONTENT = {
    **{kind: (kind,) for kind in (*SHOWN, PDF, "application/zip", "text/plain")},
    "audio/mp4": ("video/mp4", "video/3gpp"),
    "audio/aac": ("audio/aac", "video/mp4"),
    "video/3gpp": ("video/3gpp", "video/mp4"),
    "video/mp4": ("video/mp4", "video/3gpp"),
    "text/csv": ("text/plain",),
    **{
        _OFFICE + kind: ("application/zip",)
        for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
    },
    **{_OPEN + kind: ("application/zip",) for kind in ("text", "spreadsheet", "presentation")},
    "application/msword": ("application/x-ole-storage",),
    "application/vnd.ms-excel": ("application/x-ole-storage",),
    "application/vnd.ms-powerpoint": ("application/x-ole-storage",),
}
_SYNONYMS = {
    "image/jpg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/opus": "audio/ogg",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "video/3gp": "video/3gpp",
}
KEPT = frozenset(_CONTENT)
UNKNOWN_TYPE = "Türü tanınmayan dosya: yalnızca indirilir. Kimden geldiğine güvenmiyorsanız açmayın."
NOT_ITS_TYPE = "Dosyanın içi, bildirilen türde değil: yalnızca indirilir. Güvenmiyorsanız açmayın."


class FileType(NamedTuple):
    """The type that a file is kept and served as, and what staff are to know of it (in Turkish, mostly nothing)."""

    mime_type: str
    warning: str = ""


def recognise(head: bytes, said: str, kind: str) -> FileType:
    """What a file is whose first HEAD_BYTES are these, whose sender `said` a MIME type, in a message of this kind.

    What its sender said decides only between types of the same bytes, as a zip and a spreadsheet. A file that is not
    what was said, or not what its kind of message brings, is kept as OTHER, with a warning.
    """
    found, hint = by_content(head), base_type(said)
    if hint in _CONTENT and found not in _CONTENT[hint]:
        return FileType(OTHER, NOT_ITS_TYPE)
    mime_type = hint if hint in _CONTENT else found
    if kind in ("audio", "video") and not _is_played_as(kind, mime_type):
        return FileType(OTHER, NOT_ITS_TYPE)
    return FileType(mime_type) if mime_type in _CONTENT else FileType(OTHER, UNKNOWN_TYPE)


def by_content(head: bytes) -> str:
    """The MIME type that the first bytes tell; OTHER where they tell none that is known here."""
    for begins, kind in _BEGINS:
        if begins.match(head):
            return kind
    if not head or _BINARY.search(head):
        return OTHER
    return "text/html" if _MARKUP.match(head) else "text/plain"


def base_type(said: str) -> str:
    """A MIME type as it stands in the tables here: without parameters, in small letters, by its usual name."""
    base = said.split(";")[0].strip().lower()
    return _SYNONYMS.get(base, base)


def _is_played_as(kind: str, mime_type: str) -> bool:
    return mime_type.startswith(("audio/", "video/") if kind == "audio" else "video/")
