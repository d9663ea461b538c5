"""In which of the line's languages somebody writes: Turkish, English or Arabic, the last in Arabic or Latin letters.

Arabic letters tell by themselves. The others are told apart by naive Bayes over the parts of words, learned from the
messages about danger, whose authors said in which language they wrote. The file holds numbers only.
"""

import io
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from departments.danger.corpus import Example
from departments.danger.words import parts_of, words_of

LANGUAGES = ("tr", "en", "ar")
FILE = Path(__file__).parent.parent / "data" / "danger" / "language.npy"
ROWS = 1 << 14  # of the table of weights: parts share them by their hash
UNSEEN = 0.3  # how often a part counts as seen in a language of which no message has it
# So much likelier (natural logarithms) is one who writes here to write Turkish: a word alone is most often a name.
TURKISH_LIKELIER = np.array([5.0, 0.0, -4.0], dtype=np.float32)
CLEAR_FROM = (
    8.0  # of 10,000 messages by authors not learned from one is clearly of another language than it seems
)
REMEMBERED = 20_000  # words

Floats = npt.NDArray[np.float32]


class Spoken(NamedTuple):
    """A language, and whether the words leave little doubt about it."""

    language: str
    clear: bool


def spoken_in(words: Sequence[str]) -> Spoken:
    """The language of a text with these words (words.py): Turkish, and not clearly so, where nothing tells."""
    letters = [word for word in words if word[0].isalpha()]
    if 2 * sum(map(_is_arabic, letters)) > len(letters):
        return Spoken("ar", clear=True)
    weights = [_weights_of(word) for word in dict.fromkeys(letters) if not _is_arabic(word)]
    if not weights:
        return Spoken("tr", clear=False)
    scores = np.sum(weights, axis=0) + TURKISH_LIKELIER
    second, first = np.sort(scores)[-2:]
    return Spoken(LANGUAGES[int(scores.argmax())], clear=bool(first - second >= CLEAR_FROM))


def learn(examples: Iterable[Example]) -> bytes:
    """The weights of every part in each language, from messages in Latin letters, as a file."""
    seen = np.full((ROWS, len(LANGUAGES)), UNSEEN)
    for example in examples:
        words = [word for word in words_of(example.text) if word[0].isalpha()]
        if words and not any(map(_is_arabic, words)):
            rows = np.unique(np.concatenate([_rows_of(word) for word in words]))
            seen[rows, LANGUAGES.index(example.language)] += 1
    file = io.BytesIO()
    np.save(file, np.log(seen / seen.sum(axis=0)).astype(np.float16))
    return file.getvalue()


def _is_arabic(word: str) -> bool:
    return "\u0600" <= word[0] <= "\u06ff"


def _rows_of(word: str) -> list[int]:
    return sorted({crc32(part.encode()) % ROWS for part in parts_of(word)})


@lru_cache(REMEMBERED)
def _weights_of(word: str) -> Floats:
    weights: Floats = _table()[_rows_of(word)].sum(axis=0, dtype=np.float32)
    return weights


@cache
def _table() -> npt.NDArray[np.float16]:
    """Read once per process."""
    table: npt.NDArray[np.float16] = np.load(FILE, allow_pickle=False)
    return table
