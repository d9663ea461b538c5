"""Whether a text has the form of a question, in Turkish, English or Arabic: with or without its mark.

Beside it the project's own messages in that form, departments/training/corpora/questions, one JSON object a line:
`text`, and whether it `asks`: whether an answer in words would settle it.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from departments.common.json_lines import rows_in
from departments.text.folding import fold

QUESTIONS = Path(__file__).parent.parent / "training" / "corpora" / "questions"
_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("question_words.toml").read_text(encoding="utf-8")
)
_MARKS = re.compile(r"[?؟]")
_SENTENCE = re.compile(r"[^\n.!?؟…;]+[\n.!?؟…;]*")
_WORDS = re.compile(
    rf"\b(?:{_DATA['particle']}|\w{{0,40}}(?:{'|'.join(_DATA['before_it'])}){_DATA['particle']}"
    rf"|{'|'.join((*_DATA['turkish'], *_DATA['english'], *_DATA['arabic']))})\b"
)


@dataclass(frozen=True, slots=True)
class QuestionExample:
    """A message in the form of a question."""

    text: str
    asks: bool


def read_questions(folder: Path = QUESTIONS) -> list[QuestionExample]:
    """All of them, in the order of their files."""
    return [QuestionExample(row["text"], row["asks"]) for _, row in rows_in(folder)]


def has_question_form(text: str) -> bool:
    """Whether anything in the text is asked: by its mark, a particle, or a word that asks."""
    return _MARKS.search(text) is not None or _WORDS.search(fold(text)) is not None


def told_and_asked(text: str) -> tuple[str, str]:
    """The sentences and lines of the text without, and those with the form of a question."""
    sentences = [sentence.strip() for sentence in _SENTENCE.findall(text)]
    asked = [sentence for sentence in sentences if has_question_form(sentence)]
    told = [sentence for sentence in sentences if sentence and not has_question_form(sentence)]
    return "\n".join(told), "\n".join(asked)
