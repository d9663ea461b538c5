"""What a file is: told by its first bytes, whatever its sender said."""

import pytest

from tests.pictures import photo
from tickets.files.kinds import NOT_ITS_TYPE, OTHER, UNKNOWN_TYPE, FileType, base_type, by_content, recognise

PDF, ZIP, OLE = b"%PDF-1.7\n", b"PK\x03\x04\x14\0", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OGG, MP4, M4A = b"OggS\0\x02", b"\0\0\0\x18ftypmp42", b"\0\0\0\x1cftypM4A "
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (photo(), "image/jpeg"),
        (photo(form="PNG"), "image/png"),
        (photo(form="WEBP"), "image/webp"),
        (photo(form="GIF"), OTHER),
        (PDF, "application/pdf"),
        (OGG, "audio/ogg"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"\xff\xf1\x50", "audio/aac"),
        (b"#!AMR\n", "audio/amr"),
        (MP4, "video/mp4"),
        (b"\0\0\0\x18ftyp3gp4", "video/3gpp"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        ("Başlık;Değer\n".encode("cp1254"), "text/plain"),
        (b"<svg onload='x()'/>", "text/html"),
        (b"\xef\xbb\xbf <!doctype html>", "text/html"),
        (b"MZ\x90\0", OTHER),
        (b"", OTHER),
    ],
)
def test_a_type_is_told_by_the_first_bytes(head: bytes, found: str):
    assert by_content(head) == found


@pytest.mark.parametrize(
    ("head", "said", "kind", "kept"),
    [
        (OGG, "audio/ogg; codecs=opus", "audio", "audio/ogg"),
        (OGG, "AUDIO/OPUS", "audio", "audio/ogg"),
        (MP4, "audio/mp4", "audio", "audio/mp4"),
        (M4A, "audio/aac", "audio", "audio/aac"),
        (MP4, "video/3gpp", "video", "video/3gpp"),
        (PDF, "application/pdf", "document", "application/pdf"),
        (ZIP, SHEET, "document", SHEET),
        (OLE, "application/msword", "document", "application/msword"),
        (b"a;b\n", "text/csv", "document", "text/csv"),
        (photo(), "image/jpg", "document", "image/jpeg"),
    ],
)
def test_what_is_what_it_says_keeps_its_type(head: bytes, said: str, kind: str, kept: str):
    assert recognise(head, said, kind) == FileType(kept)


@pytest.mark.parametrize("said", ["", "x/y", "\0", "a" * 500, "image/jpeg\r\nX: y", ";;;", "görüntü/çok"])
def test_an_odd_type_is_no_hint_and_no_error(said: str):
    assert recognise(PDF, said, "document") == FileType("application/pdf")


@pytest.mark.parametrize(
    ("head", "said", "kind"),
    [
        (ZIP, "application/pdf", "document"),
        (b"<html>", "image/jpeg", "document"),
        (b"<html>", "text/plain", "document"),
        (b"MZ\x90\0", "application/pdf", "document"),
        (PDF, SHEET, "document"),
        (b"not a voice", "audio/ogg", "audio"),
        (PDF, "", "audio"),
        (OGG, "audio/ogg", "video"),
        (b"", "audio/ogg", "audio"),
    ],
)
def test_what_is_not_what_it_says_is_only_bytes_and_flagged(head: bytes, said: str, kind: str):
    assert recognise(head, said, kind) == FileType(OTHER, NOT_ITS_TYPE)


@pytest.mark.parametrize(
    ("head", "said"),
    [(b"MZ\x90\0", ""), (b"<svg/>", "image/svg+xml"), (b"<p>", "text/html"), (b"GIF89a\x01\0", "image/gif")],
)
def test_a_type_that_is_not_listed_is_only_bytes_and_flagged(head: bytes, said: str):
    assert recognise(head, said, "document") == FileType(OTHER, UNKNOWN_TYPE)


def test_a_types_parameters_and_synonyms_are_left_out():
    assert base_type(" Audio/MP3 ;rate=8000") == "audio/mpeg"
