"""The table of promises (tests/journeys/README.md) names what exists, and every transcript."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TABLE = (TESTS / "journeys" / "README.md").read_text(encoding="utf-8")
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ") and " shown by " not in line]


@pytest.mark.parametrize("row", ROWS, ids=[row[2:50] for row in ROWS])
def test_what_shows_a_promise_exists(row: str):
    names = re.findall(r"`([\w/-]+\.(?:txt|py)(?:::\w+)?)`", row)
    assert names
    for name in names:
        file, _, test = name.partition("::")
        path = TESTS / ("journeys" if file.endswith(".txt") else "") / file
        assert path.is_file(), name
        assert not test or f"def {test}(" in path.read_text(encoding="utf-8"), name


def test_no_transcript_shows_nothing():
    named = set(re.findall(r"`([\w-]+\.txt)`", TABLE))
    assert named == {path.name for path in (TESTS / "journeys").glob("*.txt")}
