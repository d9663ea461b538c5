"""The street of an address is no place of what is told: "lale sokak 3/5" is a home, "sokakta" the street. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

# As departments/danger_reader/tokenizer.py folds them. A street that stands in the locative is a place of its own,
# unless a door is told of.
_NAMED = re.compile(r"(?:sokak|sok|sk|sokagi|sokag|cadde|cad|cd|caddesi|bulvar|bulvari|blv)")
_ENGLISH = frozenset({"street", "road", "avenue"})
_ARABIC = "شارع"
_IN_IT = re.compile(r"(?:sokak\w*|sokag\w*|cadde\w*|bulvar\w*)")
_DOOR = re.compile(r"(?:no|nr|numara\w*|nolu|daire\w*|kapi|kat|flat|رقم)")
# What stands before "sokak" and is no name of one.
_NO_NAME = re.compile(
    r"\A(?:bizim|sizin|bu|su|o|ayni|arka|on|yan|karsi|ust|alt|ara|bir|bi|her|hangi|tum|butun|koca|komple|ve|var|yok|the|our|my|this|whole|in|on|of|a"
    r"|kokusu|kokuyor|kokuyo|koku|geliyor|geliyo|cok|fena|gaz|dogalgaz|في|ب)"
)


def without_addresses(words: Sequence[str]) -> list[str]:
    """The words but those of streets that only say where a door is; all of them where none does."""
    has_door = any(_DOOR.fullmatch(word) for word in words) or any(
        _is_number(one) and _is_number(other) for one, other in pairwise(words)
    )
    left_out: set[int] = set()
    for at, word in enumerate(words):
        if _is_address(words, at, has_door=has_door):
            name = at + 1 if word == _ARABIC else at - 1
            left_out |= {at, name, *_door_after(words, max(at, name) + 1)}
    return [word for at, word in enumerate(words) if at not in left_out]


def _is_address(words: Sequence[str], at: int, *, has_door: bool) -> bool:
    word = words[at]
    if word == _ARABIC:
        return at + 1 < len(words) and not (at and words[at - 1] in ("في", "ب"))
    if word in _ENGLISH:
        return at > 0 and any(map(_is_number, words)) and not _NO_NAME.fullmatch(words[at - 1])
    followed = bool(_door_after(words, at + 1))
    kind = _NAMED.fullmatch(word) or ((followed or has_door) and _IN_IT.fullmatch(word))
    return bool(kind) and at > 0 and not _NO_NAME.fullmatch(words[at - 1])


def _door_after(words: Sequence[str], start: int) -> range:
    """Where the door stands that is named from there on."""
    end = start
    while end < len(words) and (_is_number(words[end]) or _DOOR.fullmatch(words[end])):
        end += 1
    return range(start, end)


def _is_number(word: str) -> bool:
    return word.startswith("#") or word.isdigit()
