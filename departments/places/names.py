"""Which mahalle a message names, however its name is spelt and inflected, in Turkish, English or Arabic.

departments/data/mahalle_surroundings.toml lists what the words around a name tell, mahalle_names_ar.toml beside it the
names in Arabic letters.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from departments.cache import RevalidatedCache
from departments.models import Neighbourhood
from departments.places.surroundings import (
    DATA,
    ENDING,
    FROM,
    HERE,
    IN,
    KEPT,
    LINKING,
    OF,
    PEOPLE,
    SOON,
    TO,
    Mention,
    MessageWords,
    around,
    is_elsewhere,
    is_place_ahead,
    letters,
    somebody_lives_there,
)
from departments.text.folding import fold
from departments.text.vocabulary import Token, vocabulary

NAMES_AR = DATA / "mahalle_names_ar.toml"

_HEAD = 3  # letters of a word by which the names that may begin with it are looked up
_ARABIC_PREFIXES = frozenset("وبعل")
_ARABIC_PREFIX = re.compile(r"و?(بال|عال|ب|ع|ل)")
_ARABIC_FROM = "\u0600"

_OWNED = re.compile(r"s?[iu](?=n|$)")  # "Gesi'nin Fatih'inde"
# What names of one word are often made with, and may be said as owned: Erenköy, "Erenköyünde"; Kayabağ, "Kayabağının".
_HEADS = ("koy", "bag", "pinar", "kent", "yurt", "tepe", "bucak", "oluk")
_SOFTENED = {"k": "g", "t": "d"}  # before a vowel: Gülük, "Gülüğün"
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
_MONTHS = frozenset({"mayis", "agustos"})  # of the days that mahalleler are named after
_MISSPELT_FROM = 6  # letters; in shorter names one letter makes another word
_MISSPELT_PLACED_FROM = 8  # letters before the ending, if nothing calls it a mahalle
_TWO_MISSPELT_FROM = 9  # letters of a name of two words
_LIVE_THERE = re.compile(r"l[iu]y[iu][mz]")  # "Köşklüyüz"
_INITIAL = re.compile(r"\w\W")  # "Y. Beyazıt": without a letter it is another name
_OURS = frozenset({"melikgazi", "kayseri"})  # the town beside a name in an address: "Melikgazi Köşk"
_MOST = 200  # names in a message; one with more of them means none in particular


class NameEvidence(IntEnum):
    """How surely a name in a text means the mahalle."""

    NONE = 0
    HINT = 1
    NAME = 2
    HOME = 3
    CALLED_MAHALLE = 4


class _Mention(NamedTuple):
    """A name found: how well witnessed, at which word it begins, of how many words."""

    evidence: NameEvidence
    start: int
    length: int
    neighbourhood: Neighbourhood

    @property
    def end(self) -> int:
        return self.start + self.length


class _Spelling:
    def __init__(self, neighbourhood: Neighbourhood, folded: str, words: tuple[str, ...]) -> None:
        lists = vocabulary().places
        known_as = {folded, fold(neighbourhood.name)} if folded >= _ARABIC_FROM else {folded}
        self.neighbourhood = neighbourhood
        self.words = words
        self.common = not known_as.isdisjoint(lists["common"])
        self.person = not known_as.isdisjoint(lists["people"])
        self.city = not known_as.isdisjoint(lists["cities"])
        self.thing = not known_as.isdisjoint(lists["things"])
        self.only_called = not known_as.isdisjoint(lists["only_called"])
        last = words[-1]
        self._soft = last[:-1] + _SOFTENED[last[-1]] if last[-1] in _SOFTENED else ""
        self.compound = len(words) == 1 and last.endswith(_HEADS)
        self.head = words[0] if len(words) > 1 or not self._soft else last[:-1]

    @property
    def weak(self) -> bool:
        return self.common or self.person

    def found(self, text: MessageWords, start: int, first: str) -> Mention | None:
        """Where it stands if it begins at `start`, with `first` for the word there."""
        position, word, linked = start, first, False
        for own in self.words[:-1]:
            link = word.removeprefix(own)
            if not word.startswith(own) or (link and not LINKING.fullmatch(link)):
                return None
            apart = not link and bool(LINKING.fullmatch(text.ending_at(position + 1)))
            linked = linked or apart or bool(link)
            position += 1 + apart
            word = text[position]
        rest = self._rest(word)
        if rest is None:
            return None
        if _is_called(rest):
            return Mention(start, position + 1, rest, position + 1)
        if linked or (self.compound and not ENDING.fullmatch(rest)):
            rest = _OWNED.sub("", rest, count=1)
        if not ENDING.fullmatch(rest):
            return None
        ending = rest or text.ending_at(position + 1)
        return Mention(start, position + 1, ending, position + 1 + (ending != rest))

    def _rest(self, word: str) -> str | None:
        """What follows the last word of the name in `word`, None if it does not begin so."""
        last = self.words[-1]
        if word.startswith(last):
            return word[len(last) :]
        if self._soft and word.startswith(self._soft) and word[len(self._soft) :][:1] in set("aeiu"):
            return word[len(self._soft) :]
        return None

    def evidence(self, text: MessageWords, place: Mention, *, prefixed: bool = False) -> NameEvidence:
        """What the name is worth at `place`; `prefixed`: an Arabic "in" is written together with it."""
        words = around()
        ending, following = place.ending, text[place.after]
        called = following in words.following["called"] and not OF.fullmatch(ending)
        if is_elsewhere(text, place, place.after + called, weak=self.weak):
            return NameEvidence.NONE
        if called or _is_called(ending) or text[place.start - 1] in words.before["called"]:
            return NameEvidence.CALLED_MAHALLE
        soon = text.soon(place.after)
        if HERE.fullmatch(ending) or (IN.fullmatch(ending) and words.soon["home"].among(soon[:2])):
            return NameEvidence.HOME
        if self.only_called:
            return NameEvidence.HINT if self._is_told(text, place) else NameEvidence.NONE
        # "Germir'de sokakta", "Turan'da", "OSB tarafı", "near Hunat": there, whatever follows.
        there = IN.fullmatch(ending) or following in words.following["thereabouts"] or prefixed
        if there or is_place_ahead(text, place.start):
            opening = self.common and text.sentence_ends_before(place.start)
            doubtful = following == "tarafindan" or somebody_lives_there(soon)
            return NameEvidence.HINT if doubtful or (self.weak and not opening) else NameEvidence.NAME
        if FROM.fullmatch(ending):
            writing = words.soon["calling"].among(soon[:2])
            return NameEvidence.NAME if writing and not self.weak else NameEvidence.HINT
        if text[place.start - 1] in words.before["announcing"] or self._stands_alone(text, place):
            return NameEvidence.HINT
        return self._bare(text, place, soon)

    def _is_addressed(self, text: MessageWords, place: Mention) -> bool:
        """Whether it stands as in an address: "Cumhuriyet 1203. sokak", "Melikgazi Köşk, çöpler"; a first name does so
        only where a message begins."""
        if place.ending or not (self.common or self.only_called or (self.person and place.start == 0)):
            return False
        after, apart = place.after, text.clause_ends_before(place.after)
        if not apart and text[after].isdigit() and text[after + 1] in around().following["street"]:
            return True
        between = text[place.start - 1] in _OURS and not text.clause_ends_before(place.start)
        return between and apart and not (self.only_called or self.thing)

    def _stands_alone(self, text: MessageWords, place: Mention) -> bool:
        """Whether a weak name is the last word or, between stops, a clause by itself: "Lokantacıyım, Sakarya." """
        if self._is_addressed(text, place):
            return True
        if self.person or not self.common:
            return self.person and place.start == 0 and not text[place.after]
        between = text.clause_ends_before(place.start) and text.clause_ends_before(place.after)
        return not text[place.after] or between

    def _is_told(self, text: MessageWords, place: Mention) -> bool:
        """Whether a day, or plain words that make a name, are the mahalle: "19 Mayıs'ta oturuyoruz"; plain words, not a
        day, also where a message begins with them: "aydınlık evlere çöp kamyonu gelmiyor"."""
        if self._is_addressed(text, place) or (place.start == 0 and not text[place.after]):
            return True
        if place.start == 0 and TO.fullmatch(place.ending) and self.words[-1] not in _MONTHS:
            return True
        words, soon = around().soon, text.soon(place.after, SOON + 1)
        if not place.ending:
            alone = text.clause_ends_before(place.start) and text.clause_ends_before(place.after)
            return alone and words["beside"].among(soon)
        opening = text.sentence_ends_before(place.start)
        return words["dwelling"].among(soon) or (opening and words["landmark"].among(soon))

    def _bare(self, text: MessageWords, place: Mention, soon: list[str]) -> NameEvidence:
        """What the name without an ending of place is worth before the words that follow."""
        words = around()
        following = words.following
        apart = text.clause_ends_before(place.after)
        word, second = ("", "") if apart else (text[place.after], text[place.after + 1])
        if not place.ending and word in following["other"]:
            return NameEvidence.NONE
        if self.weak:
            own = following["own"].among(soon[:2])
            return NameEvidence.HINT if own or self._inflected(text, place, soon) else NameEvidence.NONE
        if PEOPLE.fullmatch(place.ending):
            return NameEvidence.HINT if words.soon["as_one"].among(soon[:2]) else NameEvidence.NONE
        if OF.fullmatch(place.ending):
            return NameEvidence.NAME
        if word in following["street"] and word not in following["streets"]:
            own = word in ("sokak", "cadde") and second in following["street_things"]
            return NameEvidence.HINT if own else NameEvidence.NONE
        if word in following["institution"]:
            beside = words.soon["beside"].among(text.soon(place.after + 1))
            return NameEvidence.HINT if beside else NameEvidence.NONE
        doubtful = word in following["ground"] or word in following["road"]
        return NameEvidence.HINT if doubtful else NameEvidence.NAME

    def _inflected(self, text: MessageWords, place: Mention, soon: list[str]) -> bool:
        """Whether an ending makes a weak name a place: "Köşke çıkan yol", "Sakarya'nın göbeğinde"."""
        words = around().soon
        beside = self.common and not self.thing and words["beside"].among(soon)
        if _LIVE_THERE.fullmatch(place.ending):
            return not self.city
        if TO.fullmatch(place.ending):
            opening = self.common and not self.thing and text.sentence_ends_before(place.start)
            return not self.city and (opening or beside or words["dwelling"].among(soon))
        return bool(OF.fullmatch(place.ending)) and beside


class _Beginning(NamedTuple):
    """A name that may begin with a word, what of the word is its own, and whether an Arabic "in" is the rest."""

    spelling: _Spelling
    word: str
    prefixed: bool


class _Gazetteer:
    def __init__(self, neighbourhoods: list[Neighbourhood]) -> None:
        arabic = tomllib.loads(NAMES_AR.read_text(encoding="utf-8"))
        self._spellings: dict[str, list[_Spelling]] = defaultdict(list)
        self._written: dict[str, list[tuple[str, _Spelling]]] = defaultdict(list)
        self._written_apart: dict[str, list[tuple[str, _Spelling]]] = defaultdict(list)
        self._first_words: dict[str, set[str]] = defaultdict(set)
        for neighbourhood in neighbourhoods:
            names = (neighbourhood.name, *neighbourhood.aliases, *arabic.get(neighbourhood.code, ()))
            spelt = {letters(fold(name)) for name in names} - {""}
            for folded in sorted(spelt):
                glued = folded.replace(" ", "")
                for words in {tuple(folded.split()), *([] if glued in spelt else [(glued,)])}:
                    self._spellings[words[0][:_HEAD]].append(_Spelling(neighbourhood, folded, words))
                if _INITIAL.match(folded):
                    continue
                if len(glued) >= _MISSPELT_FROM:
                    self._written[glued[0]].append((glued, _Spelling(neighbourhood, glued, (glued,))))
                if folded.count(" ") == 1 and len(glued) >= _TWO_MISSPELT_FROM and not folded[0].isdigit():
                    self._written_apart[glued[0]].append((glued, _Spelling(neighbourhood, folded, (glued,))))
                    self._first_words[glued[0]].add(folded.split()[0])
        self._beginning_with = lru_cache(KEPT)(self._look_up)
        self._nearest = lru_cache(KEPT)(self._nearest_to)
        self._nearest_apart = lru_cache(KEPT)(self._nearest_to_two)
        self._may_begin = lru_cache(KEPT)(self._may_begin_two)
        self._is_telling = lru_cache(KEPT)(around().telling.__contains__)

    def mentions(self, text: MessageWords) -> Iterator[_Mention]:
        """Every name found, those that mean something else included."""
        for start, (word, after) in enumerate(pairwise((*text.words, ""))):
            found: list[_Mention] = []
            if word[:_HEAD] in self._spellings or word[:1] in _ARABIC_PREFIXES:
                beginning = self._beginning_with(word)
                found = [*self._found(text, start, beginning)] if beginning else found
            long = len(word) >= _MISSPELT_FROM
            if long and not found and (word.endswith(_PLACED) or self._is_telling(after)):
                found = [*self._misspelt(text, start, word)]
            if not found and self._may_begin(word):
                found = [*self._misspelt_apart(text, start)]
            if found:
                yield from found

    def _found(self, text: MessageWords, start: int, beginning: tuple[_Beginning, ...]) -> Iterator[_Mention]:
        for spelling, word, prefixed in beginning:
            place = spelling.found(text, start, word)
            if place:
                evidence = spelling.evidence(text, place, prefixed=prefixed)
                yield _Mention(evidence, start, place.end - start, spelling.neighbourhood)

    def _look_up(self, word: str) -> tuple[_Beginning, ...]:
        prefix = _ARABIC_PREFIX.match(word)
        forms = [(word, False), *([(word[prefix.end() :], prefix[1] != "ل")] if prefix else [])]
        return tuple(
            _Beginning(spelling, form, prefixed)
            for form, prefixed in forms
            for spelling in self._spellings.get(form[:_HEAD], ())
            if form.startswith(spelling.head)
        )

    def _misspelt(self, text: MessageWords, start: int, word: str) -> Iterator[_Mention]:
        """The mahalle that a word is one letter away from, if "mah." or an ending of place stands beside it."""
        after, stem, least = text[start + 1], word, _MISSPELT_PLACED_FROM
        if after in around().following["called"]:
            least = _MISSPELT_FROM
        elif after not in around().telling:
            stem = _without_place(word)
        near = self._nearest(stem) if len(stem) >= least else None
        if near:
            place = Mention(start, start + 1, word[len(stem) :], start + 1)
            yield _Mention(near.evidence(text, place), start, 1, near.neighbourhood)

    def _misspelt_apart(self, text: MessageWords, start: int) -> Iterator[_Mention]:
        """As `_misspelt` of a name of two words: "osman kavunuc mahallesi", "büyük bürüngzde"."""
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
            yield _Mention(near.evidence(text, place), start, 2, near.neighbourhood)

    def _may_begin_two(self, word: str) -> bool:
        """Whether it is the first word of a name of two, or a letter away from it."""
        return any(
            word == first or _one_letter_apart(word, first) for first in self._first_words.get(word[:1], ())
        )

    def _nearest_to_two(self, word: str) -> _Spelling | None:
        its = self._written_apart.get(word[0], ())
        return next((spelling for written, spelling in its if _one_letter_apart(word, written)), None)

    def _nearest_to(self, word: str) -> _Spelling | None:
        if word in around().misspelt["never"]:
            return None
        near = (
            spelling
            for written, spelling in self._written.get(word[0], ())
            if _one_letter_apart(word, written)
        )
        return next(near, None)


def _is_called(ending: str) -> bool:
    """Whether "mahalle" is written together with the name: "Gesimahallesinde"."""
    return ending[:1] == "m" and ending in around().following["called"]


def _without_place(word: str) -> str:
    """The word without its ending of place, '' if it has none."""
    if not word.endswith(_PLACED):
        return ""
    return next(word.removesuffix(ending) for ending in _PLACED if word.endswith(ending))


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


def _whole(mentions: list[_Mention]) -> Iterator[_Mention]:
    """Those with evidence that are no part of a longer name, nor the town before a mahalle: the smaller comes last."""
    beginning: dict[int, list[_Mention]] = defaultdict(list)
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


def _load() -> _Gazetteer:
    return _Gazetteer(list(Neighbourhood.objects.defer("boundary")))


_gazetteer = RevalidatedCache(_load)
