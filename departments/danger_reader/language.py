"""In which of the line's languages somebody writes: Turkish, English or Arabic, the last in Arabic or Latin letters.

Arabic letters tell by themselves. The others are told apart by naive Bayes over the parts of words, learned from the
messages about danger, whose authors said in which language they wrote. The file holds numbers only.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from departments.danger_reader.checksums import WordSums, of_parts, summed

LANGUAGES = ("tr", "en", "ar")
FILE = Path(__file__).with_name("language.npy")
ROWS = 1 << 14  # of the table of weights: parts share them by their hash
UNSEEN = 0.3  # how often a part counts as seen in a language of which no message has it
# So much likelier (natural logarithms) is one who writes here to write Turkish: a word alone is most often a name.
TURKISH_LIKELIER = np.array([5.0, 0.0, -4.0], dtype=np.float32)
CLEAR_FROM = (
    8.0  # of 10,000 messages by authors not learned from one is clearly of another language than it seems
)

Floats = npt.NDArray[np.float32]


class Spoken(NamedTuple):
    """A language, and whether the words leave little doubt about it."""

    language: str
    clear: bool


def spoken_in(words: Sequence[str]) -> Spoken:
    """The language of a text with these words (tokenizer.py): Turkish, and not clearly so, where nothing tells."""
    letters = {word: many for word, many in Counter(words).items() if word[0].isalpha()}
    arabic = [word for word in letters if is_arabic(word)]
    if 2 * sum(letters[word] for word in arabic) > sum(letters.values()):
        return Spoken("ar", clear=True)
    latin = [word for word in letters if not is_arabic(word)] if arabic else list(letters)
    if not latin:
        return Spoken("tr", clear=False)
    scores = _sums().of(latin).sum(axis=0) + TURKISH_LIKELIER
    second, first = np.sort(scores)[-2:]
    return Spoken(LANGUAGES[int(scores.argmax())], clear=bool(first - second >= CLEAR_FROM))


def is_arabic(word: str) -> bool:
    return "\u0600" <= word[0] <= "\u06ff"


@cache
def _sums() -> WordSums:
    """The weights of each word."""
    return WordSums(_summed, np.float32)


def _summed(words: Sequence[str]) -> Floats:
    found, begins = of_parts(words)
    # A row counts once for a word, whichever of its parts share it.
    owners = np.repeat(np.arange(len(words)), np.diff(begins, append=len(found)))
    once = np.sort(owners * ROWS + found % ROWS)
    once = once[np.insert(once[1:] != once[:-1], 0, True)]
    sums = np.zeros((len(words), len(LANGUAGES)), dtype=np.float32)
    summed(_table(), once % ROWS, np.searchsorted(once, np.arange(len(words)) * ROWS), sums)
    return sums


@cache
def _table() -> npt.NDArray[np.float16]:
    """Read once per process."""
    table: npt.NDArray[np.float16] = np.load(FILE, allow_pickle=False)
    return table
