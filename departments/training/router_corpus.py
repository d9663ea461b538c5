"""Labelled messages: the project's own (departments/training/corpora/routing/) and files of the same shape."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zlib import crc32

from departments.text.folding import fold
from departments.text.questions import QuestionExample
from departments.training.talk_examples import TalkExample

CORPUS = Path(__file__).parent / "corpora" / "routing"
HELD_OUT_ONE_IN = 10


class CorpusError(Exception):
    """A labelled file that cannot be read; the message (Turkish, for whoever runs the command) names the line."""


@dataclass(frozen=True)
class RoutingExample:
    """A message with its labels. Codes as in the categories; `mahalle` is a name, `asks` that an answer in words would
    settle it, None where nobody said. `corrected`: decided by a clerk of this installation, `said` what the router had
    taken it for, rightly or not.
    """

    text: str
    department: str
    category: str
    jurisdiction: str
    kind: str
    urgent: bool
    mahalle: str | None = None
    ticket_no: str | None = None
    asks: bool | None = None
    corrected: bool = False
    said: str = ""

    @cached_property
    def held_out(self) -> bool:
        """Whether the message is in the test set: never trained on, in any version, so that models compare. What
        clerks corrected never is: it was never weighed whether they are right.
        """
        return not self.corrected and is_held_out(self.text)


def is_held_out(text: str) -> bool:
    """Whether a text is of the tenth that no version ever learns from."""
    return crc32(fold(text).encode()) % HELD_OUT_ONE_IN == 0


def corpus() -> list[RoutingExample]:
    """The project's own messages, in the order of their files; one that comes twice counts once."""
    found = (example for file in sorted(CORPUS.glob("*.jsonl")) for example in read(file))
    return list({fold(example.text): example for example in found}.values())


def read(file: Path) -> Iterator[RoutingExample]:
    """The examples of a JSON Lines file; other keys are ignored. CorpusError at the first bad line."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise CorpusError(f"{file} okunamadı: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _example(line, f"{file}, satır {number}")


def digest(
    examples: Iterable[RoutingExample],
    talk: Iterable[TalkExample] = (),
    questions: Iterable[QuestionExample] = (),
) -> str:
    """A hash of a training set."""
    lines = [json.dumps([e.text, e.category, e.kind, e.urgent, e.asks], ensure_ascii=False) for e in examples]
    lines += [f"{each.act}: {each.text}" for each in talk]
    lines += [f"{each.asks}: {each.text}" for each in questions]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _example(line: str, where: str) -> RoutingExample:
    try:
        entry = json.loads(line)
        return RoutingExample(
            text=str(entry["text"]),
            department=str(entry["department"]),
            category=str(entry["category"]),
            jurisdiction=str(entry["jurisdiction"]),
            kind=str(entry["kind"]),
            urgent=bool(entry["urgent"]),
            mahalle=entry.get("mahalle"),
            ticket_no=entry.get("ticket_no"),
            asks=bool(entry.get("asks")),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorpusError(f"{where} okunamadı: {error!r}") from error
