"""How a mahalle's name may be written in a message, and how surely the name means the mahalle where it stands."""

import re
from enum import IntEnum
from typing import NamedTuple

from departments.places.models import Neighbourhood
from departments.places.surroundings import (
    ENDING,
    FROM,
    HERE,
    IN,
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
    somebody_lives_there,
)
from departments.text.folding import fold
from departments.text.vocabulary import vocabulary

_ARABIC_FROM = "\u0600"

_OWNED = re.compile(r"s?[iu](?=n|$)")  # "Gesi'nin Fatih'inde"
# What names of one word are often made with, and may be said as owned: Erenköy, "Erenköyünde"; Kayabağ, "Kayabağının".
_HEADS = ("koy", "bag", "pinar", "kent", "yurt", "tepe", "bucak", "oluk")
_SOFTENED = {"k": "g", "t": "d"}  # before a vowel: Gülük, "Gülüğün"
_MONTHS = frozenset({"mayis", "agustos"})  # of the days that mahalleler are named after
_LIVE_THERE = re.compile(r"l[iu]y[iu][mz]")  # "Köşklüyüz"
_OURS = frozenset({"melikgazi", "kayseri"})  # the town beside a name in an address: "Melikgazi Köşk"


class NameEvidence(IntEnum):
    """How surely a name in a text means the mahalle."""

    NONE = 0
    HINT = 1
    NAME = 2
    HOME = 3
    CALLED_MAHALLE = 4


class NameFound(NamedTuple):
    """A name found: how well witnessed, at which word it begins, of how many words."""

    evidence: NameEvidence
    start: int
    length: int
    neighbourhood: Neighbourhood

    @property
    def end(self) -> int:
        return self.start + self.length


class MahalleSpelling:
    """One way in which a mahalle's name is written."""

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
        if is_called(rest):
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
        if called or is_called(ending) or text[place.start - 1] in words.before["called"]:
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


def is_called(ending: str) -> bool:
    """Whether "mahalle" is written together with the name: "Gesimahallesinde"."""
    return ending[:1] == "m" and ending in around().following["called"]
