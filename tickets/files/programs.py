"""Whether a file can run: a program, a script, a page, or an archive or document that holds one.

Told by its bytes, whatever its sender calls it, with and without a virus scanner. A photo is not asked: it is
made anew. What is only odd is kept and flagged (kinds.py).
"""

import re
from io import SEEK_END
from typing import IO
from zipfile import BadZipFile, ZipFile

from tickets.files import kinds

LOOKED_AT = 64 * 1024  # bytes of the beginning
MOST_NAMES = 10_000  # files of an archive that are looked at; one with more is refused
_PART = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARIES = re.compile(
    rb"\x7fELF|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba[\xbe\xbf]|dex\n|\0asm|MSCF"
    rb"|L\0\0\0\x01\x14\x02\0|#!(?!AMR)"
)
_DOS = re.compile(rb"(?:MZ|ZM)(?=.{0,62}[\x00-\x08\x0e-\x1a\x1c-\x1f])", re.DOTALL)
_ACTIVE = re.compile(
    rb"<(?:!doctype\s{1,8}html|html|head|body|script|svg|iframe|object|embed|hta:|\w{1,20}:script)\b|\bon(?:load|error)\s{0,8}=",
    re.IGNORECASE,
)
_XML = re.compile(rb"\A(?:\xef\xbb\xbf)?\s{0,64}<\?xml\b", re.IGNORECASE)
# In an OLE file: macros (_VBA_PROJECT, Macros), and the class of Windows Installer's packages.
_IN_OLE = (
    "_VBA_PROJECT".encode("utf-16-le"),
    "Macros".encode("utf-16-le"),
    bytes.fromhex("84100c0000000000c000000000000046"),
)
_IN_ZIP = re.compile(
    r"(?:^|/)(?:vbaProject\.bin|AndroidManifest\.xml|META-INF/MANIFEST\.MF|classes\.dex)$"
    r"|\.(?:exe|dll|scr|com|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|html?|svg|jar|class|apk|msi|lnk|sh|py|elf|so|dylib)$",
    re.IGNORECASE,
)
_SAID = frozenset(
    {
        *("application/javascript", "text/javascript", "application/x-javascript", "application/x-sh"),
        *(
            "application/x-msdownload",
            "application/x-dosexec",
            "application/x-msi",
            "application/java-archive",
        ),
        *("application/vnd.android.package-archive", "application/hta", "text/html", "image/svg+xml"),
        *(
            "application/xhtml+xml",
            "application/x-msdos-program",
            "application/x-bat",
            "application/vbscript",
        ),
    }
)


def is_program(file: IO[bytes], said: str) -> bool:
    """Whether the file, of which its sender `said` that MIME type, runs or holds what does."""
    file.seek(0)
    head = _as_bytes_of_text(file.read(LOOKED_AT))
    found, hint = kinds.by_content(head[: kinds.HEAD_BYTES]), kinds.base_type(said)
    return bool(
        (hint in _SAID and found in ("text/plain", "text/html", kinds.OTHER))
        or _BINARIES.match(head)
        or _DOS.match(head)
        or _ACTIVE.search(head[: kinds.HEAD_BYTES])
        or _is_page(head, found)
        or _is_text_under_another_name(found, hint)
        or (head.startswith(_OLE) and _holds(file, _IN_OLE))
        or _holds_program(file)
    )


def _as_bytes_of_text(head: bytes) -> bytes:
    """UTF-16 that says that it is as UTF-8, as a browser would read it; all else as it is."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace").encode("utf-8", "replace")
    return head


def _is_page(head: bytes, found: str) -> bool:
    """Whether it is markup that a browser runs; tracks and plans are XML, too, and are let through."""
    return found == "text/html" and (_ACTIVE.search(head) is not None or not _XML.match(head))


def _is_text_under_another_name(found: str, hint: str) -> bool:
    """A script as a PDF, a page as a video: no such file begins as a text."""
    return found.startswith("text/") and hint in kinds.KEPT and not hint.startswith("text/")


def _holds(file: IO[bytes], marks: tuple[bytes, ...]) -> bool:
    file.seek(0)
    before = b""
    while part := file.read(_PART):
        if any(mark in before + part for mark in marks):
            return True
        before = part[-max(map(len, marks)) :]
    return False


def _holds_program(file: IO[bytes]) -> bool:
    """Whether it is an archive, or ends as one, with the name of a program in its directory."""
    file.seek(max(0, file.seek(0, SEEK_END) - (1 << 16) - 22))
    if b"PK\x05\x06" not in file.read():
        return False
    try:
        with ZipFile(file) as archive:
            names = archive.namelist()
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        return False
    return len(names) > MOST_NAMES or any(_IN_ZIP.search(name) for name in names)
