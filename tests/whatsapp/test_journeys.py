"""Every transcript of tests/journeys, played against the real line (journeys.py says how they are written)."""

from pathlib import Path

import pytest

from tests.whatsapp.journeys import Journey
from tests.whatsapp.line import Line

TRANSCRIPTS = sorted((Path(__file__).parents[1] / "journeys").glob("*.txt"))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=[path.stem for path in TRANSCRIPTS])
def test_the_line_talks_as_written(line: Line, jpeg: bytes, transcript: Path):
    Journey(line, jpeg).play(transcript.read_text(encoding="utf-8"))


def test_what_two_people_hear_at_the_same_time_is_written_in_either_order(line: Line, jpeg: bytes):
    transcript = next(path for path in TRANSCRIPTS if path.stem == "mukerrer-sonuc")
    *lines, first, second = transcript.read_text(encoding="utf-8").splitlines()
    assert first.startswith("< Veli: ")
    assert second.startswith("< MG-")
    Journey(line, jpeg).play("\n".join((*lines, second, first)))


def test_there_are_transcripts():
    assert len(TRANSCRIPTS) >= 60


@pytest.mark.parametrize(
    "transcript",
    [
        "> selam\n~ 10s",
        "> selam\n~ 10s\n< …Günaydın…",
        "> selam\n~ 10s\n< Veli: …Merhaba…",
        "> selam\n< …Merhaba…",
        "> Alpaslan'da yolda çukur var\n~ 10s\n< …\n! ticket - - Erenköy NEW",
        "! tickets 1",
    ],
    ids=[
        "something unexpected",
        "other words",
        "to somebody else",
        "too early",
        "another mahalle",
        "another number",
    ],
)
def test_a_transcript_that_is_not_so_fails(line: Line, jpeg: bytes, transcript: str):
    with pytest.raises(AssertionError):
        Journey(line, jpeg).play(transcript)
