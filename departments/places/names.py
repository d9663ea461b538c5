"""Which mahalle a message names, however its name is spelt and inflected, in Turkish, English or Arabic.

departments/places/mahalle_surroundings.toml lists what the words around a name tell, mahalle_names_ar.toml
beside it the names in Arabic letters.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from departments.common.cache import RevalidatedCache
from departments.places.mahalle_spelling import MahalleSpelling, NameFound
from departments.places.misspelt_names import MisspeltNames
from departments.places.models import Neighbourhood
from departments.places.surroundings import DATA, KEPT, MessageWords, letters
from departments.text.folding import fold
from departments.text.vocabulary import Token

NAMES_AR = DATA / "mahalle_names_ar.toml"

_HEAD = 3  # letters of a word by which the names that may begin with it are looked up
_ARABIC_PREFIXES = frozenset("وبعل")
_ARABIC_PREFIX = re.compile(r"و?(بال|عال|ب|ع|ل)")
_MOST = 200  # names in a message; one with more of them means none in particular


class _Beginning(NamedTuple):
    """A name that may begin with a word, what of the word is its own, and whether an Arabic "in" is the rest."""

    spelling: MahalleSpelling
    word: str
    prefixed: bool


class _Gazetteer:
    def __init__(self, neighbourhoods: list[Neighbourhood]) -> None:
        arabic = tomllib.loads(NAMES_AR.read_text(encoding="utf-8"))
        self._spellings: dict[str, list[MahalleSpelling]] = defaultdict(list)
        self._misspelt = MisspeltNames()
        for neighbourhood in neighbourhoods:
            names = (neighbourhood.name, *neighbourhood.aliases, *arabic.get(neighbourhood.code, ()))
            spelt = {letters(fold(name)) for name in names} - {""}
            for folded in sorted(spelt):
                glued = folded.replace(" ", "")
                for words in {tuple(folded.split()), *([] if glued in spelt else [(glued,)])}:
                    self._spellings[words[0][:_HEAD]].append(MahalleSpelling(neighbourhood, folded, words))
                self._misspelt.add(neighbourhood, folded)
        self._beginning_with = lru_cache(KEPT)(self._look_up)

    def mentions(self, text: MessageWords) -> Iterator[NameFound]:
        """Every name found, those that mean something else included."""
        for start, (word, after) in enumerate(pairwise((*text.words, ""))):
            found: list[NameFound] = []
            if word[:_HEAD] in self._spellings or word[:1] in _ARABIC_PREFIXES:
                beginning = self._beginning_with(word)
                found = [*self._found(text, start, beginning)] if beginning else found
            if not found:
                found = self._misspelt.at(text, start, word, after)
            yield from found

    def _found(
        self, text: MessageWords, start: int, beginning: tuple[_Beginning, ...]
    ) -> Iterator[NameFound]:
        for spelling, word, prefixed in beginning:
            place = spelling.found(text, start, word)
            if place:
                evidence = spelling.evidence(text, place, prefixed=prefixed)
                yield NameFound(evidence, start, place.end - start, spelling.neighbourhood)

    def _look_up(self, word: str) -> tuple[_Beginning, ...]:
        prefix = _ARABIC_PREFIX.match(word)
        forms = [(word, False), *([(word[prefix.end() :], prefix[1] != "ل")] if prefix else [])]
        return tuple(
            _Beginning(spelling, form, prefixed)
            for form, prefixed in forms
            for spelling in self._spellings.get(form[:_HEAD], ())
            if form.startswith(spelling.head)
        )


def mahalle_named_in(message: tuple[Token, ...]) -> Neighbourhood | None:
    """The mahalle that the message names as the place, or None.

    Names that are also streets, people, days or plain words (Cumhuriyet, Fatih, 19 Mayıs) need "mah.", an ending of
    place or a place beside them. A name within a longer one ("Gesi" in "Gesi Fatih") is not meant, nor is the first of
    two side by side, nor one of which the words around say that it is another town's, somebody's, where somebody was
    once or where a bus goes; of the rest the best witnessed wins, then the longest, then the first.
    """
    mentions = list(islice(_gazetteer.get().mentions(MessageWords(message)), _MOST))
    best = max(_whole(mentions), key=lambda each: (each.evidence, each.length, -each.start), default=None)
    return best.neighbourhood if best else None


def _whole(mentions: list[NameFound]) -> Iterator[NameFound]:
    """Those with evidence that are no part of a longer name, nor the town before a mahalle: the smaller comes last."""
    beginning: dict[int, list[NameFound]] = defaultdict(list)
    for each in mentions:
        beginning[each.start].append(each)
    longest = max((each.length for each in mentions), default=0)
    for each in mentions:
        around = (
            other for start in range(each.end - longest, each.start + 1) for other in beginning.get(start, ())
        )
        within = any(each.length < other.length and each.end <= other.end for other in around)
        town = any(other.evidence for other in beginning.get(each.end, ()))
        if each.evidence and not within and not town:
            yield each


def _load() -> _Gazetteer:
    return _Gazetteer(list(Neighbourhood.objects.defer("boundary")))


_gazetteer = RevalidatedCache(_load)
