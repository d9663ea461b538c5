"""Which mahalle a message names, however its name is spelt and inflected."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator
from enum import IntEnum
from typing import NamedTuple

from django.db.models import Count, Max

from .folding import fold
from .fresh import Fresh
from .models import Neighbourhood
from .vocabulary import Token, vocabulary

# Case, possession and "from there" endings, folded: -da, -deki, -nın, -ya, -dan, -lı …
_ENDING = re.compile(r"(?:n?[dt][ae](?:n|ki\w*)?|[yn]?[aeiu]|n?[iu]n|l[iu]\w*)?")
_PLACE_ENDING = re.compile(r"n?[dt][ae](?:n|ki\w*)?")
_MAHALLE = re.compile(r"mah|mh|mahal\w*|mahl\w*|koy(?:u\w*)?")
_THEREABOUTS = re.compile(r"taraf\w*|civar\w*|girisi\w*|cikisi\w*")
_STREET = re.compile(r"cad|cadde\w*|cd|sok|soka\w*|sk|bulvar\w*|blv\w*|yolu\w*|kavsa\w*|kopru\w*|meydan\w*")
_BUILDING = re.compile(
    r"cami\w*|okul\w*|ilkokul\w*|ortaokul\w*|lise\w*|park\w*|hastane\w*|apt|apartman\w*|site\w*|carsi\w*|avm|otel\w*"
    r"|turbe\w*|stad\w*|universite\w*|bayram\w*|pazar\w*|kulturmerkez\w*"
)


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

    def within(self, other: "_Mention") -> bool:
        ends_within = self.start + self.length <= other.start + other.length
        return self.length < other.length and other.start <= self.start and ends_within


class _Spelling:
    def __init__(self, neighbourhood: Neighbourhood, folded: str) -> None:
        self.neighbourhood = neighbourhood
        self.words = tuple(folded.split())
        self.common = folded in vocabulary().common_places
        self.person = folded in vocabulary().people

    def ends(self, message: tuple[Token, ...], start: int) -> int | None:
        """The position after the name if it stands at `start`."""
        end = start + len(self.words)
        if end > len(message):
            return None
        *firsts, last = (token.folded for token in message[start:end])
        rest = last.removeprefix(self.words[-1])
        inflected = rest != last and _ENDING.fullmatch(rest)
        return end if tuple(firsts) == self.words[:-1] and inflected else None

    def evidence(self, message: tuple[Token, ...], start: int, end: int) -> Evidence:
        after = end
        placed = _PLACE_ENDING.fullmatch(message[end - 1].folded.removeprefix(self.words[-1])) is not None
        if after < len(message) and _ENDING.fullmatch(message[after].folded):
            placed = placed or _PLACE_ENDING.fullmatch(message[after].folded) is not None
            after += 1
        following = message[after].folded if after < len(message) else ""
        if _MAHALLE.fullmatch(following):
            return Evidence.CALLED_MAHALLE
        # "Germir'de sokakta", "Turan'da", "OSB tarafı": there, whatever follows.
        if placed or _THEREABOUTS.fullmatch(following):
            return Evidence.HINT if self.common or self.person else Evidence.NAME
        if self.person or _STREET.fullmatch(following):
            return Evidence.NONE
        if _BUILDING.fullmatch(following):
            return Evidence.NONE if self.common else Evidence.HINT
        if self.common:
            alone = not following or (start > 0 and _MAHALLE.fullmatch(message[start - 1].folded))
            return Evidence.HINT if alone else Evidence.NONE
        return Evidence.NAME


class _Gazetteer:
    def __init__(self, neighbourhoods: list[Neighbourhood]) -> None:
        self._spellings: dict[str, list[_Spelling]] = defaultdict(list)
        for neighbourhood in neighbourhoods:
            for folded in {fold(name) for name in (neighbourhood.name, *neighbourhood.aliases)}:
                self._spellings[folded[:2]].append(_Spelling(neighbourhood, folded))

    def mentions(self, message: tuple[Token, ...]) -> Iterator[_Mention]:
        """Every name found."""
        for start, token in enumerate(message):
            for spelling in self._spellings.get(token.folded[:2], ()):
                end = spelling.ends(message, start)
                if end is not None:
                    evidence = spelling.evidence(message, start, end)
                    yield _Mention(evidence, start, len(spelling.words), spelling.neighbourhood)


def mahalle_named_in(message: tuple[Token, ...]) -> Neighbourhood | None:
    """The mahalle that the message names, or None.

    Names that are also streets, people or plain words (Cumhuriyet, Fatih, Köşk) need "mah." or a place ending beside
    them. A name within a longer one ("Gesi" in "Gesi Fatih") is not meant; of the rest the best witnessed wins, then
    the longest, then the first.
    """
    mentions = [mention for mention in _gazetteer.get().mentions(message) if mention.evidence > Evidence.NONE]
    whole = [each for each in mentions if not any(each.within(other) for other in mentions)]
    best = max(whole, key=lambda each: (each.evidence, each.length, -each.start), default=None)
    return best.neighbourhood if best else None


def _load() -> _Gazetteer:
    return _Gazetteer(list(Neighbourhood.objects.defer("boundary")))


def _stamp() -> Hashable:
    counted = Neighbourhood.objects.aggregate(Max("updated_at"), Count("id"))
    return counted["updated_at__max"], counted["id__count"]


_gazetteer = Fresh(load=_load, stamp=_stamp)
