"""A file that runs is refused by what it is, whatever it is called and whether or not anything scans it."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from tests.pictures import photo
from tickets.files import programs, storing

PDF, HTML = b"%PDF-1.7\n%\xe2\xe3\n", b"<!DOCTYPE html><script>x()</script>"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"MZ\x90\0\x03" + bytes(80), "application/pdf"),
        (b"\x7fELF\x02" + bytes(80), "video/mp4"),
        (b"\xcf\xfa\xed\xfe" + bytes(80), "application/pdf"),
        (b"\xca\xfe\xba\xbe" + bytes(80), "application/pdf"),
        (b"#!/bin/sh\nrm x\n", "text/plain"),
        (HTML, "video/mp4"),
        (HTML, ""),
        (b"\xef\xbb\xbf \n<html><body>", "application/pdf"),
        (HTML.decode().encode("utf-16"), "application/pdf"),
        (HTML + PDF, "application/pdf"),
        (PDF + HTML, "application/pdf"),
        (b"x" * 200 + HTML, "text/plain"),
        (b"<svg onload='x()'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><svg xmlns='x'><script/></svg>", "application/pdf"),
        (b"var a = new ActiveXObject();", "application/pdf"),
        (b"var a = 1;", "application/javascript"),
        (OLE + bytes.fromhex("84100c0000000000c000000000000046"), "application/msword"),
        (OLE + "_VBA_PROJECT".encode("utf-16-le"), "application/msword"),
        (archive("AndroidManifest.xml", "classes.dex"), "application/zip"),
        (archive("META-INF/MANIFEST.MF", "A.class"), "application/pdf"),
        (archive("xl/workbook.xml", "xl/vbaProject.bin"), SHEET),
        (archive("fatura.pdf.exe"), "application/zip"),
        (PDF + archive("META-INF/MANIFEST.MF"), "application/pdf"),
        (b"L\0\0\0\x01\x14\x02\0" + bytes(80), ""),
    ],
)
def test_a_program_is_told_by_its_bytes(content: bytes, said: str) -> None:
    assert programs.is_program(io.BytesIO(content), said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PDF + bytes(99), "application/pdf"),
        (b"OggS\0\x02" + bytes(99), "audio/ogg"),
        (b"\0\0\0\x18ftypmp42" + bytes(99), "video/mp4"),
        (b"#!AMR\n\x0c", "audio/amr"),
        (photo(), "image/jpeg"),
        (archive("xl/workbook.xml"), SHEET),
        (OLE, "application/msword"),
        (b"a;b\n1;2\n", "text/csv"),
        ("MZ sokağındaki çukur".encode(), "text/plain"),
        (b"<?xml version='1.0'?><gpx><trk/></gpx>", ""),
        (b"", "audio/ogg"),
        (b"PK\x05\x06" + bytes(3), ""),
    ],
)
def test_what_runs_nowhere_is_none(content: bytes, said: str) -> None:
    assert not programs.is_program(io.BytesIO(content), said)


def test_a_program_is_refused_without_a_scanner(settings: Settings) -> None:
    settings.CLAMD_URL = ""
    now = datetime(2026, 12, 3, tzinfo=UTC)
    with pytest.raises(storing.RefusedFileError, match="program"):
        storing.store(io.BytesIO(HTML), kind="video", said="video/mp4", now=now)
