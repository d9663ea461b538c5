"""Names of mahalleler with a letter wrong: "büyük bürüngzde"."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from departments.places.mahalle_spelling import MahalleSpelling, NameFound
from departments.places.models import Neighbourhood
from departments.places.surroundings import KEPT, Mention, MessageWords, around

_PLACED = (
    "da",
    "de",
    "ta",
    "te",
    "daki",
    "deki",
    "taki",
    "teki",
    "dan",
    "den",
    "tan",
    "ten",
    "dayiz",
    "deyiz",
)
_MISSPELT_FROM = 6  # letters; in shorter names one letter makes another word
_MISSPELT_PLACED_FROM = 8  # letters before the ending, if nothing calls it a mahalle
_TWO_MISSPELT_FROM = 9  # letters of a name of two words
_INITIAL = re.compile(r"\w\W")  # "Y. Beyazıt": without a letter it is another name


class MisspeltNames:
    """The names that are long enough to be known with a letter wrong."""

    def __init__(self) -> None:
        self._written: dict[str, list[tuple[str, MahalleSpelling]]] = defaultdict(list)
        self._written_apart: dict[str, list[tuple[str, MahalleSpelling]]] = defaultdict(list)
        self._first_words: dict[str, set[str]] = defaultdict(set)
        self._nearest = lru_cache(KEPT)(self._nearest_to)
        self._nearest_apart = lru_cache(KEPT)(self._nearest_to_two)
        self._may_begin = lru_cache(KEPT)(self._may_begin_two)
        self._is_telling = lru_cache(KEPT)(around().telling.__contains__)

    def add(self, neighbourhood: Neighbourhood, folded: str) -> None:
        """A name of the mahalle, with spaces if it has several words."""
        if _INITIAL.match(folded):
            return
        glued = folded.replace(" ", "")
        if len(glued) >= _MISSPELT_FROM:
            self._written[glued[0]].append((glued, MahalleSpelling(neighbourhood, glued, (glued,))))
        if folded.count(" ") == 1 and len(glued) >= _TWO_MISSPELT_FROM and not folded[0].isdigit():
            self._written_apart[glued[0]].append((glued, MahalleSpelling(neighbourhood, folded, (glued,))))
            self._first_words[glued[0]].add(folded.split()[0])

    def at(self, text: MessageWords, start: int, word: str, after: str) -> list[NameFound]:
        """Those that begin with `word`, the one at `start`, before the word `after`."""
        found: list[NameFound] = []
        if len(word) >= _MISSPELT_FROM and (word.endswith(_PLACED) or self._is_telling(after)):
            found = [*self._of_one_word(text, start, word)]
        if not found and self._may_begin(word):
            found = [*self._of_two_words(text, start)]
        return found

    def _of_one_word(self, text: MessageWords, start: int, word: str) -> Iterator[NameFound]:
        """The mahalle that a word is one letter away from, if "mah." or an ending of place stands beside it."""
        after, stem, least = text[start + 1], word, _MISSPELT_PLACED_FROM
        if after in around().following["called"]:
            least = _MISSPELT_FROM
        elif after not in around().telling:
            stem = _without_place(word)
        near = self._nearest(stem) if len(stem) >= least else None
        if near:
            place = Mention(start, start + 1, word[len(stem) :], start + 1)
            yield NameFound(near.evidence(text, place), start, 1, near.neighbourhood)

    def _of_two_words(self, text: MessageWords, start: int) -> Iterator[NameFound]:
        """As `_of_one_word` of a name of two words: "osman kavunuc mahallesi", "büyük bürüngzde"."""
        second, after = text[start + 1], text[start + 2]
        called = after in around().following["called"]
        if not (called or second.endswith(_PLACED)) or text.clause_ends_before(start + 1):
            return
        own = second if called else _without_place(second)
        word = text[start] + own
        near = self._nearest_apart(word) if own and len(word) >= _TWO_MISSPELT_FROM - 1 else None
        if near:
            place = Mention(
                start, start + 2, "" if called else (text[start] + second)[len(word) :], start + 2
            )
            yield NameFound(near.evidence(text, place), start, 2, near.neighbourhood)

    def _may_begin_two(self, word: str) -> bool:
        """Whether it is the first word of a name of two, or a letter away from it."""
        return any(
            word == first or _one_letter_apart(word, first) for first in self._first_words.get(word[:1], ())
        )

    def _nearest_to_two(self, word: str) -> MahalleSpelling | None:
        its = self._written_apart.get(word[0], ())
        return next((spelling for written, spelling in its if _one_letter_apart(word, written)), None)

    def _nearest_to(self, word: str) -> MahalleSpelling | None:
        if word in around().misspelt["never"]:
            return None
        near = (
            spelling
            for written, spelling in self._written.get(word[0], ())
            if _one_letter_apart(word, written)
        )
        return next(near, None)


def _without_place(word: str) -> str:
    """The word without its ending of place, '' if it has none."""
    if not word.endswith(_PLACED):
        return ""
    return next(word.removesuffix(ending) for ending in _PLACED if word.endswith(ending))


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether a letter too many, too few, another, or two exchanged tell the words apart."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    rest, more = short[same:], long[same:]
    if len(short) < len(long):
        return rest == more[1:]
    return rest[1:] == more[1:] or (rest[2:] == more[2:] and rest[:2] == more[:2][::-1])
