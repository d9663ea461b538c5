"""SECURITY.md tells the truth: each test that it names exists, and each command."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)


def test_every_threat_names_a_test() -> None:
    lines = [line for line in TEXT.splitlines() if re.match(r"\| (?!who |---)", line)]
    assert len(lines) >= 20
    assert [line for line in lines if not re.search(r"`tests/[\w/]+\.py::\w+` \|$", line)] == []


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    assert re.search(rf"^ *def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"bin/[\w-]+", TEXT))))
def test_a_command_that_is_named_can_be_run(command: str) -> None:
    assert (ROOT / command).stat().st_mode & 0o100
