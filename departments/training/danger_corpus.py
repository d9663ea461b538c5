"""The messages that the reader learns from: departments/training/corpora/danger, one JSON object a line."""

from dataclasses import dataclass
from pathlib import Path

from departments.common.json_lines import rows_in
from departments.danger_reader.model import LIFE, NOTHING, WORK

CORPUS = Path(__file__).parent / "corpora" / "danger"
BEGINNINGS = {"life": LIFE, "work": WORK, "none": NOTHING}
# Of a message of the router's corpus (ordinary.jsonl) that may tell of danger or not: nothing is learned from it.
UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class DangerExample:
    """A message, its author, and the head of the model that should speak: `life:fire`, `work:ice`, or ''."""

    text: str
    language: str
    head: str
    author: str
    near: str = ""  # the kind that a harmless message resembles


def read_corpus(folder: Path = CORPUS) -> list[DangerExample]:
    """All messages of all authors, but for those of which nobody can say what they tell of."""
    return [_example(row, author) for author, row in rows_in(folder) if row["level"] != UNCLEAR]


def judged(folder: Path = CORPUS) -> frozenset[str]:
    """The texts of all messages: whichever of them the router's corpus has, too, is not ordinary without asking."""
    return frozenset(row["text"] for _, row in rows_in(folder))


def _example(row: dict[str, str], author: str) -> DangerExample:
    head = BEGINNINGS[row["level"]] + row["kind"]
    return DangerExample(row["text"], row["language"], head, author, row["near"])
