"""Which mahalle a message names, however its name is spelt and inflected."""

import re
from collections import defaultdict
from collections.abc import Iterator
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from departments.cache import RevalidatedCache
from departments.models import Neighbourhood
from departments.text.folding import fold
from departments.text.vocabulary import BLANK, THERE, Token, vocabulary

# Case, possession and place endings, folded: -da, -nın, -ya, -lı …
_ENDING = re.compile(rf"(?:{THERE.pattern}|[yn]?[aeiu]|n?[iu]n|l[iu]\w*)?")
_MAHALLE = re.compile(r"mah|mh|m[ae]?h[ae]?l\w*|koy(?:u\w*)?")
_THEREABOUTS = re.compile(r"taraf\w*|civar\w*|girisi\w*|cikisi\w*|halki\w*|sakin\w*")
# "Lale sokak", but "Gesi'nin sokakları" are those of the mahalle.
_STREET = re.compile(
    r"cad|cadde(?!ler)\w*|cd|sok|soka(?!klar)\w*|sk|bulvar\w*|blv\w*|kavsa\w*|kopru\w*|meydan\w*"
)
_ROAD = re.compile(r"yolu|yolun(?:d?a\w*|un)")
_BUILDING = re.compile(
    r"cami\w*|okul\w*|ilkokul\w*|ortaokul\w*|lise\w*|park\w*|hastane\w*|apt|apartman\w*|site\w*|carsi\w*|avm|otel\w*"
    r"|turbe\w*|stad\w*|universite\w*|bayram\w*|pazar\w*|kulturmerkez\w*"
)
_PERSON = re.compile(r"bey\w*|hanim\w*|abi\w*|amca\w*|usta\w*|hoca\w*|pasa\w*|sultan\w*|turkes\w*")
_MISSPELT_FROM = 6  # letters; in shorter names one letter makes another word


class Evidence(IntEnum):
    """How surely a name in a text means the mahalle."""

    NONE = 0
    HINT = 1
    NAME = 2
    CALLED_MAHALLE = 3


class _Mention(NamedTuple):
    """A name found: how well witnessed, at which word it begins, of how many words."""

    evidence: Evidence
    start: int
    length: int
    neighbourhood: Neighbourhood

    @property
    def end(self) -> int:
        return self.start + self.length

    def gives_way_to(self, other: "_Mention") -> bool:
        """Whether it is part of a longer name, or the town before a mahalle: the smaller place comes last."""
        within = self.length < other.length and other.start <= self.start and self.end <= other.end
        return within or (self.end == other.start and other.evidence > Evidence.NONE)


class _Spelling:
    def __init__(self, neighbourhood: Neighbourhood, folded: str, words: tuple[str, ...]) -> None:
        lists = vocabulary().places
        self.neighbourhood = neighbourhood
        self.words = words
        self.common = folded in lists["common"]
        self.person = folded in lists["people"]
        self.only_called = folded in lists["only_called"]

    def ends(self, message: tuple[Token, ...], start: int) -> int | None:
        """The position after the name if it stands at `start`."""
        end = start + len(self.words)
        if end > len(message):
            return None
        *firsts, last = (token.folded for token in message[start:end])
        rest = last.removeprefix(self.words[-1])
        inflected = last == self.words[-1] or (rest != last and _ENDING.fullmatch(rest))
        return end if tuple(firsts) == self.words[:-1] and inflected else None

    def evidence(self, message: tuple[Token, ...], start: int, end: int) -> Evidence:
        placed, after = self._ending(message, end)
        following = message[after].folded if after < len(message) else ""
        alone = not following and (start == 0 or not (self.person or self.only_called))
        if _MAHALLE.fullmatch(following):
            return Evidence.CALLED_MAHALLE
        if self.only_called:
            return Evidence.HINT if alone else Evidence.NONE
        # "Germir'de sokakta", "Turan'da", "OSB tarafı": there, whatever follows.
        if placed or _THEREABOUTS.fullmatch(following):
            return Evidence.HINT if self.common or self.person else Evidence.NAME
        announced = start > 0 and _MAHALLE.fullmatch(message[start - 1].folded)
        return Evidence.HINT if announced or (alone and self._weak) else self._bare(following)

    @property
    def _weak(self) -> bool:
        return self.common or self.person

    def _ending(self, message: tuple[Token, ...], end: int) -> tuple[bool, int]:
        """Whether an ending says "there", and the position after it; after an apostrophe it is a word by itself."""
        endings = [message[end - 1].folded.removeprefix(self.words[-1])]
        if end < len(message) and _ENDING.fullmatch(message[end].folded):
            endings.append(message[end].folded)
        return any(map(THERE.fullmatch, endings)), end - 1 + len(endings)

    def _bare(self, following: str) -> Evidence:
        """What the name alone is worth before the word that follows."""
        if self._weak or _STREET.fullmatch(following) or _PERSON.fullmatch(following):
            return Evidence.NONE
        doubtful = _BUILDING.fullmatch(following) or _ROAD.fullmatch(following)
        return Evidence.HINT if doubtful else Evidence.NAME


class _Gazetteer:
    def __init__(self, neighbourhoods: list[Neighbourhood]) -> None:
        self._spellings: dict[str, list[_Spelling]] = defaultdict(list)
        self._written: dict[str, Neighbourhood] = {}
        for neighbourhood in neighbourhoods:
            for folded in {fold(name) for name in (neighbourhood.name, *neighbourhood.aliases)}:
                glued = folded.replace(" ", "")
                self._written[glued] = neighbourhood
                for words in {tuple(folded.split()), (glued,)}:
                    self._spellings[words[0][:2]].append(_Spelling(neighbourhood, folded, words))

    def mentions(self, message: tuple[Token, ...]) -> Iterator[_Mention]:
        """Every name found, those that mean something else included."""
        for start, token in enumerate(message):
            for spelling in self._spellings.get(token.folded[:2], ()):
                end = spelling.ends(message, start)
                if end is not None:
                    evidence = spelling.evidence(message, start, end)
                    yield _Mention(evidence, start, len(spelling.words), spelling.neighbourhood)

    def misspelt(self, message: tuple[Token, ...]) -> Neighbourhood | None:
        """The mahalle that a word before "mah." is one letter away from."""
        for token, following in pairwise((*message, BLANK)):
            word = token.folded
            if len(word) >= _MISSPELT_FROM and _MAHALLE.fullmatch(following.folded):
                for written, neighbourhood in self._written.items():
                    if len(written) >= _MISSPELT_FROM and _one_letter_apart(word, written):
                        return neighbourhood
        return None


def mahalle_named_in(message: tuple[Token, ...]) -> Neighbourhood | None:
    """The mahalle that the message names, or None.

    Names that are also streets, people, days or plain words (Cumhuriyet, Fatih, 19 Mayıs) need "mah." or an ending of
    place beside them. A name within a longer one ("Gesi" in "Gesi Fatih") is not meant, nor is the first of two side by
    side; of the rest the best witnessed wins, then the longest, then the first.
    """
    gazetteer = _gazetteer.get()
    mentions = list(gazetteer.mentions(message))
    whole = [each for each in mentions if each.evidence and not any(map(each.gives_way_to, mentions))]
    best = max(whole, key=lambda each: (each.evidence, each.length, -each.start), default=None)
    return best.neighbourhood if best else gazetteer.misspelt(message)


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether a letter too many, too few, another, or two exchanged tell the words apart."""
    short, long = sorted((one, other), key=len)
    same = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    rest, more = short[same:], long[same:]
    if len(short) < len(long):
        return rest == more[1:]
    return rest[1:] == more[1:] or (rest[2:] == more[2:] and rest[:2] == more[:2][::-1])


def _load() -> _Gazetteer:
    return _Gazetteer(list(Neighbourhood.objects.defer("boundary")))


_gazetteer = RevalidatedCache(_load)
