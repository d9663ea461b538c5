"""Files that mean harm: each is made anew, refused or kept as mere bytes, and the good photo behind it is stored."""

import re
from pathlib import Path

import pytest
from django.http import FileResponse

from tests.hostile import Fate, HostileFile, hostile_files
from tests.pictures import photo
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Answer
from tests.whatsapp.wire import AYSE
from tickets.files import kinds
from tickets.files.decoder import decoder
from tickets.files.serving import respond
from whatsapp.media import fetch
from whatsapp.models import Media

State = Media.State


def arrive(line: Line, *files: HostileFile) -> None:
    """Each in a message of its own, and behind each a photo as it should be."""
    for number, file in enumerate(files):
        line.meta.files |= {f"bad{number}": file.content, f"good{number}": photo((40, 30))}
        content = {"id": f"bad{number}", "mime_type": file.mime_type}
        line.ingest_all(wire.said(wire.message(AYSE, file.kind, content), wire.photo(AYSE, f"good{number}")))


def fate(row: Media) -> Fate:
    if row.state == State.REFUSED and row.error:
        return Fate.REFUSED
    assert row.state == State.STORED, (row.state, row.error)
    if row.kind in ("image", "sticker"):
        assert (row.stored_type, row.error) == ("image/jpeg", "")
        return Fate.CLEAN
    if row.stored_type == kinds.OTHER and row.error:
        return Fate.FLAGGED
    assert (row.stored_type in kinds.KEPT, row.error) == (True, "")
    return Fate.KEPT


@pytest.fixture
def hostile() -> list[HostileFile]:
    return hostile_files()


@pytest.mark.slow
def test_every_one_is_made_harmless_and_the_photo_behind_it_stored(
    line: Line, media_root: Path, hostile: list[HostileFile]
) -> None:
    assert len(hostile) >= 80
    arrive(line, *hostile)
    while (due := fetch.work(line.clock)) is not None:
        line.now = max(line.now, due)
    rows = {row.media_id: row for row in Media.objects.all()}
    fates = {file.name: fate(rows[f"bad{number}"]) for number, file in enumerate(hostile)}
    assert fates == {
        file.name: fates[file.name]
        if file.fate == Fate.EITHER and fates[file.name] in (Fate.CLEAN, Fate.REFUSED)
        else file.fate
        for file in hostile
    }
    assert {row.state for name, row in rows.items() if name.startswith("good")} == {State.STORED}
    for row in rows.values():
        if row.name:
            check_served(row)
    for path in media_root.rglob("*.jpg"):
        assert b"<script>" not in path.read_bytes()
    status = Path(f"/proc/{decoder._running().pid}/status").read_text()
    assert int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) < 400 * 1024, "kilobytes, of the decoder at its peak"


def check_served(row: Media) -> None:
    """Nothing that a browser could run is shown by it, and the sender's type is in no header."""
    response = respond(row.name, row.stored_type, cache="no-store")
    assert isinstance(response, FileResponse)
    kind, how = response.headers["Content-Type"], response.headers["Content-Disposition"]
    assert kind in kinds.KEPT | {kinds.OTHER}
    assert how.startswith("inline") == (kind in kinds.SHOWN)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.file_to_stream
    response.file_to_stream.close()


def test_a_file_that_is_announced_with_100_megabytes_is_not_even_begun(line: Line) -> None:
    line.meta.file_answers.append(Answer(headers={"Content-Length": str(100 << 20)}, body=b"x"))
    arrive(line, HostileFile("large", "image", "image/jpeg", b"", Fate.REFUSED))
    fetch.work(line.clock)
    states = dict(Media.objects.values_list("media_id", "state"))
    assert states == {"bad0": State.REFUSED, "good0": State.STORED}
