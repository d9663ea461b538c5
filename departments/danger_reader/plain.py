"""The plainest sentences of danger: departments/danger_reader/plain.toml. Pure."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

PLAIN = Path(__file__).with_name("plain.toml")
MOST_WORDS = 14  # of a message that is taken at its plain word
# That nothing is heard of somebody denies no danger, nor does whoever asks whether to go in.
_NO_DENIAL = re.compile(
    r"\b(?:(?:ses|haber|cevap|nefes|nabiz|nabz)\w* yok|az once"
    r"|(?:gir|cik|kal|don)\w*(?:elim|alim|eyim|ayim|sek|sak) mi)\b"
)


class _PlainWords(NamedTuple):
    calm: frozenset[str]
    kinds: dict[str, re.Pattern[str]]
    unless: dict[str, tuple[str, ...]]
    foreign: dict[str, re.Pattern[str]]
    work: dict[str, re.Pattern[str]]


def plain_kind(words: Sequence[str]) -> tuple[str, str]:
    """The kind that a short message names plainly, and the words that do; '' and '' where none is, or a calm word."""
    known = _read()
    said = _NO_DENIAL.sub(" ", " ".join(words)).split()
    if len(words) > MOST_WORDS or not known.calm.isdisjoint(said):
        return "", ""
    kinds = {
        kind: pattern
        for kind, pattern in known.kinds.items()
        if not any(word.startswith(known.unless.get(kind, ())) for word in words)
    }
    return _first(kinds, words)


def foreign_kind(words: Sequence[str]) -> tuple[str, str]:
    """The kind that a short message names in a language that the line does not speak, and the words that do."""
    return _first(_read().foreign, words) if len(words) <= MOST_WORDS else ("", "")


def work_kind(words: Sequence[str]) -> tuple[str, str]:
    """The kind of urgent work that a short message names plainly, and the words that do."""
    return _first(_read().work, words) if len(words) <= MOST_WORDS else ("", "")


def _first(patterns: Mapping[str, re.Pattern[str]], words: Sequence[str]) -> tuple[str, str]:
    text = " ".join(word for word in words if word[0].isalpha())
    found = ((kind, pattern.search(text)) for kind, pattern in patterns.items())
    return next(((kind, match[0]) for kind, match in found if match), ("", ""))


@cache
def _read() -> _PlainWords:
    read = tomllib.loads(PLAIN.read_text(encoding="utf-8"))
    kinds, foreign, work = (
        {
            kind: re.compile("|".join(rf"\b(?:{pattern})" for pattern in patterns))
            for kind, patterns in read[table].items()
        }
        for table in ("kinds", "foreign", "work")
    )
    unless = {kind: tuple(beginnings) for kind, beginnings in read["unless"].items()}
    return _PlainWords(frozenset(read["calm"].split()), kinds, unless, foreign, work)
