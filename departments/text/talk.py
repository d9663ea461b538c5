"""What citizens write around their reports: openers, answers, pieces, questions, thanks. Neither reports nor danger.

The project's own messages, departments/data/talk, one JSON object a line: `text`, `act` (what it does in the talk),
`after` (what went before).
"""

import json
from dataclasses import dataclass
from pathlib import Path

TALK = Path(__file__).parent.parent / "data" / "talk"


@dataclass(frozen=True, slots=True)
class TalkExample:
    """A message that is no report of its own."""

    text: str
    act: str


def read_talk(folder: Path = TALK) -> list[TalkExample]:
    """All of them, in the order of their files."""
    rows = (
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    )
    return [TalkExample(row["text"], row["act"]) for row in rows]
