"""What citizens write around their reports: openers, answers, pieces, questions, thanks. Neither reports nor danger.

The project's own messages, departments/training/corpora/talk, one JSON object a line: `text`, `act` (what it does
in the talk), `after` (what went before).
"""

from dataclasses import dataclass
from pathlib import Path

from departments.common.json_lines import rows_in

TALK = Path(__file__).parent / "corpora" / "talk"


@dataclass(frozen=True, slots=True)
class TalkExample:
    """A message that is no report of its own."""

    text: str
    act: str


def read_talk(folder: Path = TALK) -> list[TalkExample]:
    """All of them, in the order of their files."""
    return [TalkExample(row["text"], row["act"]) for _, row in rows_in(folder)]
