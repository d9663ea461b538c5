"""Files that mean harm, or are broken, and what is to become of each."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from tests.pictures import exif, photo

SCRIPT = b"<script>alert(document.cookie)</script>"


class Fate(StrEnum):
    CLEAN = "made anew as a JPEG"
    REFUSED = "refused, with a reason"
    EITHER = "made anew or refused"
    FLAGGED = "kept as mere bytes, with a warning"
    KEPT = "kept as it came, of the type that it is"


class HostileFile(NamedTuple):
    name: str
    kind: str
    mime_type: str
    content: bytes
    fate: Fate


def hostile_files() -> list[HostileFile]:
    return [
        *(HostileFile(name, "image", "image/jpeg", content, fate) for name, content, fate in _images()),
        *_odd_types(),
        *_other_kinds(),
    ]


def _images() -> Iterator[tuple[str, bytes, Fate]]:
    yield from ((name, content, Fate.REFUSED) for name, content in _no_pictures())
    yield from ((name, content, Fate.REFUSED) for name, content in _too_large())
    yield from ((name, content, Fate.CLEAN) for name, content in _many_pictures())
    yield from _notes()
    yield from ((name, content, Fate.CLEAN) for name, content in _two_in_one())
    yield from ((name, content, Fate.CLEAN) for name, content in _rare_but_good())


def _no_pictures() -> Iterator[tuple[str, bytes]]:
    jpeg, png, webp = (photo((300, 200), form) for form in ("JPEG", "PNG", "WEBP"))
    yield "nothing", b""
    yield "one byte", b"\xff"
    yield "text", b"this is a photograph, honestly"
    yield "zeros", bytes(100_000)
    yield "HTML", b"<!doctype html>" + SCRIPT
    yield "SVG", b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>"
    yield "PDF", b"%PDF-1.7\n1 0 obj"
    yield "zip", _zip()
    yield "ELF program", b"\x7fELF\x02\x01\x01" + bytes(100)
    yield "Windows program", b"MZ\x90\x00" + bytes(100)
    yield "PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(ls) run"
    yield "HEIC", b"\0\0\0\x18ftypheic" + bytes(100)
    yield "PSD", b"8BPS\0\x01" + bytes(100)
    for form in ("GIF", "TIFF", "BMP", "ICO", "PPM", "PCX"):
        yield form, photo(form=form)
    yield "GIF of 200 pictures", _moving("GIF", 200)
    yield "GIF that is a script", b"GIF89a/*" + photo(form="GIF")[6:] + b"*/=1;alert(1)"
    yield "JPEG, its beginning", jpeg[:3]
    yield "JPEG, its head", jpeg[:200]
    yield "JPEG, its half", jpeg[: len(jpeg) // 2]
    yield "JPEG marks without an end", b"\xff\xd8" + b"\xff\xe0\x00\x02" * 20_000
    yield "PNG, its beginning", png[:8]
    yield "PNG, its half", png[: len(png) // 2]
    yield "PNG without pixels", _png(_ihdr(64, 64))
    yield "PNG with a wrong sum", png[:29] + bytes(4) + png[33:]
    yield "PNG with an endless piece", png[:8] + b"\xff\xff\xff\xffIHDR" + png[16:]
    yield "WebP, its beginning", webp[:12]
    yield "WebP, its half", webp[: len(webp) // 2]
    yield "six megabytes", photo() + bytes(6 << 20)


def _too_large() -> Iterator[tuple[str, bytes]]:
    yield "PNG of 400 million pixels in a few kilobytes", _saved(Image.new("1", (20_000, 20_000)), "PNG")
    yield "PNG a little over the limit", _saved(Image.new("1", (4_001, 4_000)), "PNG")
    yield "PNG that says 2³¹ by 2³¹", _png(_ihdr(2**31 - 1, 2**31 - 1), (b"IDAT", zlib.compress(bytes(9))))
    yield "PNG of no width", _png(_ihdr(0, 64), (b"IDAT", zlib.compress(bytes(9))))
    yield "JPEG that says 65,535 by 65,535", _as_large_as(photo(), 65_535, 65_535)
    yield "JPEG that says 14,000 by 14,000", _as_large_as(photo(progressive=True), 14_000, 14_000)
    yield "WebP that says 16,384 by 16,384", _webp_canvas(photo((64, 48), "WEBP", "RGBA", exif=exif()))
    progressive = photo(progressive=True)
    last, end = progressive.rindex(b"\xff\xda"), progressive.rindex(b"\xff\xd9")
    yield "JPEG of 1,000 scans", progressive[:end] + progressive[last:end] * 1_000 + progressive[end:]


def _many_pictures() -> Iterator[tuple[str, bytes]]:
    yield "PNG of 200 pictures", _moving("PNG", 200)
    yield "WebP of 100 pictures", _moving("WEBP", 100)
    yield "JPEG of 20 pictures", _moving("MPO", 20)


def _notes() -> Iterator[tuple[str, bytes, Fate]]:
    jpeg = photo((64, 48))
    yield "colour profile of two megabytes", photo(icc_profile=b"x" * 2_000_000), Fate.CLEAN
    yield (
        "colour profile in wrong pieces",
        _with(jpeg, 0xE2, b"ICC_PROFILE\0\x09\x01" + b"x" * 99),
        Fate.CLEAN,
    )
    yield "colour profile of a WebP", photo(form="WEBP", icc_profile=b"acsp" * 5_000), Fate.CLEAN
    bomb = zlib.compress(bytes(50_000_000), 9)
    pixels = (b"IDAT", zlib.compress(bytes(64 * 65)))
    for name, piece in (
        ("colour profile that unpacks to 50 megabytes", (b"iCCP", b"x\0\0" + bomb)),
        ("colour profile that is none", (b"iCCP", b"x\0\0nonsense")),
        ("text that unpacks to 50 megabytes", (b"zTXt", b"x\0\0" + bomb)),
        ("foreign text that unpacks to 50 megabytes", (b"iTXt", b"x\0\x01\0\0\0" + bomb)),
        ("frames that are none", (b"acTL", b"\xff" * 8)),
        ("gamma of nothing", (b"gAMA", b"")),
    ):
        yield f"PNG, {name}", _png(_ihdr(64, 64, grey=True), piece, pixels), Fate.EITHER
    texts = [(b"tEXt", b"k%d\0v" % number) for number in range(10_000)]
    yield "PNG of 10,000 notes", _png(_ihdr(64, 64, grey=True), *texts, pixels), Fate.EITHER
    tiff = b"II*\0\x08\0\0\0"
    for name, body in (
        ("garbage of 60 kilobytes", b"\xff" * 60_000),
        ("65,535 entries", tiff + b"\xff\xff" + b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" * 5_000),
        ("a list that is its own next", tiff + b"\x01\0" + _entry(0x0112, 3, 6) + b"\x08\0\0\0"),
        ("a place that is its own list", tiff + b"\x01\0" + _entry(0x8825, 4, 8) + bytes(4)),
        ("a list beyond the end", b"II*\0\xff\xff\xff\x7f"),
        ("four thousand million letters", tiff + b"\x01\0" + struct.pack("<HHII", 0x010F, 2, 2**32 - 1, 8)),
        ("an orientation that does not exist", tiff + b"\x01\0" + _entry(0x0112, 3, 99) + bytes(4)),
    ):
        yield f"camera's notes: {name}", _with(jpeg, 0xE1, b"Exif\0\0" + body), Fate.CLEAN
    yield "camera's notes: a place of zero by zero", photo(exif=_nowhere()), Fate.CLEAN


def _two_in_one() -> Iterator[tuple[str, bytes]]:
    yield "JPEG and zip", photo() + _zip()
    yield "JPEG and HTML", photo() + SCRIPT
    yield "JPEG and a script in its comment", _with(photo(), 0xFE, SCRIPT * 500)
    yield "PNG and HTML", photo(form="PNG") + SCRIPT
    yield "WebP and PDF", photo(form="WEBP") + b"%PDF-1.7"


def _rare_but_good() -> Iterator[tuple[str, bytes]]:
    yield "JPEG of four inks", photo(mode="CMYK", color=(0, 0, 0, 0))  # type: ignore[arg-type]
    yield "PNG of 16 bits of grey", photo(form="PNG", mode="I;16", color=0x8000)  # type: ignore[arg-type]
    yield "PNG of a palette", photo(form="PNG", mode="P", color=0, transparency=0)  # type: ignore[arg-type]
    yield "PNG one pixel wide", photo((1, 60_000), "PNG")
    yield "JPEG one pixel high", photo((60_000, 1))
    yield "one pixel", photo((1, 1))


def _odd_types() -> Iterator[HostileFile]:
    types = (
        "",
        "image/jpeg\r\nSet-Cookie: a=b",
        "x" * 5_000,
        "../../etc/passwd",
        "görsel/ĳpeg;;;=",
        "text/html",
    )
    for number, mime_type in enumerate(types):
        yield HostileFile(f"photo of odd type {number}", "image", mime_type, photo(), Fate.CLEAN)
        yield HostileFile(f"PDF of odd type {number}", "document", mime_type, b"%PDF-1.7", Fate.KEPT)


def _other_kinds() -> Iterator[HostileFile]:
    ogg, mp4 = b"OggS\0\x02" + bytes(99), b"\0\0\0\x18ftypmp42" + bytes(99)
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    flagged = (
        ("audio", "audio/ogg", "nothing", b""),
        ("audio", "audio/ogg", "another sound", b"ID3\x04" + bytes(99)),
        ("video", "video/mp4", "sound", ogg),
        ("document", "application/pdf", "zip", _zip()),
        ("document", office, "PDF", b"%PDF-1.7"),
    )
    for kind, mime_type, name, content in flagged:
        yield HostileFile(f"{name} as {mime_type}", kind, mime_type, content, Fate.FLAGGED)
    refused = (
        ("audio", "audio/ogg", "text", b"a voice, honestly"),
        ("audio", "audio/ogg", "HTML", SCRIPT),
        ("audio", "audio/mpeg", "program", b"\x7fELF" + bytes(99)),
        ("video", "video/mp4", "HTML", SCRIPT),
        ("document", "application/pdf", "HTML", SCRIPT),
        ("document", "application/pdf", "program", b"MZ\x90\0" + bytes(99)),
        ("document", "text/html", "HTML", SCRIPT),
        ("document", "image/svg+xml", "SVG", b"<svg onload='alert(1)'/>"),
        ("document", "text/plain", "HTML", SCRIPT),
        ("document", "application/x-msdownload", "program", b"MZ\x90\0" + bytes(99)),
        ("document", "image/jpeg", "photo and HTML", photo() + SCRIPT),
    )
    for kind, mime_type, name, content in refused:
        yield HostileFile(f"{name} as {mime_type}", kind, mime_type, content, Fate.REFUSED)
    kept = (
        ("audio", "audio/ogg; codecs=opus", "voice", ogg),
        ("video", "video/mp4", "film without any", mp4),
        ("document", office, "zip that unpacks to 100 megabytes", _zip(100_000_000)),
        ("document", "application/pdf", "PDF with a script", b"%PDF-1.7 /OpenAction /JavaScript"),
    )
    for kind, mime_type, name, content in kept:
        yield HostileFile(name, kind, mime_type, content, Fate.KEPT)
    yield HostileFile("HTML as sticker", "sticker", "image/webp", SCRIPT, Fate.REFUSED)
    yield HostileFile("sticker that moves", "sticker", "image/webp", _moving("WEBP", 9), Fate.CLEAN)


def _saved(image: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def _moving(form: str, pictures: int) -> bytes:
    out = io.BytesIO()
    first, *rest = (Image.new("RGB", (32, 32), (n, n * 7 % 256, 99)) for n in range(pictures))
    first.save(out, form, save_all=True, append_images=rest)
    return out.getvalue()


def _zip(size: int = 100) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", bytes(size))
    return out.getvalue()


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    content = b"\x89PNG\r\n\x1a\n"
    for kind, body in (*chunks, (b"IEND", b"")):
        content += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return content


def _ihdr(width: int, height: int, *, grey: bool = False) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0 if grey else 2, 0, 0, 0)


def _as_large_as(jpeg: bytes, width: int, height: int) -> bytes:
    """The JPEG, which says of itself that it is of that size."""
    at = next(jpeg.index(mark) for mark in (b"\xff\xc0", b"\xff\xc2") if mark in jpeg)
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def _webp_canvas(webp: bytes) -> bytes:
    at = webp.index(b"VP8X") + 12
    return webp[:at] + b"\xff\x3f\0\xff\x3f\0" + webp[at + 6 :]


def _with(jpeg: bytes, mark: int, body: bytes) -> bytes:
    """The JPEG with one more segment at its beginning."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, mark, len(body) + 2) + body + jpeg[2:]


def _entry(tag: int, kind: int, value: int) -> bytes:
    return struct.pack("<HHII", tag, kind, 1, value)


def _nowhere() -> Image.Exif:
    notes = exif()
    notes[0x8825] = {1: "N", 2: (IFDRational(0, 0),) * 3, 3: "E", 4: (IFDRational(1, 0),) * 3}
    return notes
