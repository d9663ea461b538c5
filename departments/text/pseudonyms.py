"""Anonymises texts: removes names, addresses and numbers of people (KVKK art. 7). Pure."""

import re
from collections.abc import Iterable

from departments.text.folding import fold

HIDDEN = "…"
ENDING = 5  # letters that Turkish may put after a name: Mehmetlerin

# Addresses of all kinds, numbers long enough for a telephone, an identity or a register, number plates.
_PERSONAL = re.compile(
    r"[^\s@]{1,200}@\S+|(?:https?://|www\.)\S+|\+?\d(?:[\s().-]*\d){3,}|\b\d{2}\s?[a-zçğıöşü]{1,3}\s?\d{2,4}\b",
    re.IGNORECASE,
)
# Only contact data; file numbers and dates stay readable.
_REACHING = re.compile(r"[^\s@]{1,200}@\S+|\+?\d(?:[ ()]{0,2}\d){9,}")
WORD = re.compile(r"[^\W\d_]+")


def anonymised(text: str, names: Iterable[str] = ()) -> str:
    """The text with HIDDEN in place of the names given, with their endings, addresses, numbers and number plates.

    A name of two letters could be the beginning of any word: it is hidden only where it is a word of its own.
    """
    return _without_names(_PERSONAL.sub(HIDDEN, text), names)


def nameless(text: str, names: Iterable[str] = ()) -> str:
    """The text without the names given, contact data and identity numbers; other numbers and dates stay."""
    return _without_names(_REACHING.sub(HIDDEN, text), names)


def _without_names(text: str, names: Iterable[str]) -> str:
    parts = {fold(part) for name in names for part in name.split()}
    stems = tuple(part for part in parts if len(part) > 2)

    def hide(match: re.Match[str]) -> str:
        word = fold(match.group())
        named = word in parts or any(
            word.startswith(stem) and len(word) - len(stem) <= ENDING for stem in stems
        )
        return HIDDEN if named else match.group()

    return WORD.sub(hide, text)


def came_from(masked: str, original: str) -> bool:
    """Whether `masked` is what `anonymised` made of `original`, whatever names it was given then."""
    first, *others = masked.split(HIDDEN)
    at = len(first) if original.startswith(first) else -1
    for part in others:
        found = original.find(part, at) if at >= 0 else -1
        at = found + len(part) if found >= 0 else -1
    return at >= 0 and original.endswith(masked.rpartition(HIDDEN)[2])
