"""Features of a message for the model, each with the positions of the words it comes from.

Turkish is written on a telephone in a hundred spellings, so most features are character n-grams of folded words. The
curated stems (departments/text/stems.toml) are features too: they cover words that the corpus lacks.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np
import numpy.typing as npt

from departments.text.vocabulary import DANGERS, HARMLESS, KINDS, Token, vocabulary

Indices = npt.NDArray[np.intp]

PIECES = "c"
STARTS = "p"
PAIRS = "q"
STEMS = "s"
SIGNS = "x"

LETTERS_READ = 40  # of a word; none that anybody uses is longer
PIECE_LENGTHS = range(2, 6)
START_LENGTHS = range(3, 7)
PAIR_START = 4
WORDS_READ = 150  # of a message by the model; whoever has not come to the point by then is read by a person
# Words that follow: two far apart say little together, and a long message has too many of them.
PAIR_WITHIN = 4
STEM_DOUBT = 3.0
# How much a family counts beside the others; families that are counted are first brought to length one.
COUNTED: tuple[str, ...] = (PIECES, STARTS, PAIRS)
STEMS_COUNT_FOR = 5**0.5
SIGNS_COUNT_FOR = 0.5
BODIES_COUNT_FOR = 1.0

CITES_NUMBER = f"{SIGNS} number"
ELSEWHERE = f"{SIGNS} elsewhere"


@lru_cache(WORDS_READ + 1)
def near(words: int) -> tuple[Indices, Indices]:
    """Which of so many words stand near each other: the place of the first, and that of the second."""
    first = np.repeat(np.arange(words), PAIR_WITHIN)
    second = first + np.tile(np.arange(1, PAIR_WITHIN + 1), words)
    return first[second < words], second[second < words]


@dataclass(slots=True)
class Feature:
    """The value of a feature, and the positions of its words in the message."""

    value: float
    at: tuple[int, ...]


def features(message: tuple[Token, ...], *, cites_ticket: bool) -> dict[str, Feature]:
    """Every feature of a message without its courtesies, by its name, which begins with the letter of its family.

    The counted families, which are most, hold 1 + ln(count), stems their category's share of what all stems weigh;
    signs are there or not.
    """
    found = {name: Feature(1 + log(len(at)), tuple(at)) for name, at in _positions(message).items()}
    found |= {name: Feature(1.0, at) for name, at in pairs(message)}
    return found | signs(message, cites_ticket=cites_ticket)


def signs(message: tuple[Token, ...], *, cites_ticket: bool) -> dict[str, Feature]:
    """The features that are not counted."""
    words = vocabulary()
    found = dict[str, Feature]()
    by_table = words.stems.by_table(message)
    stems = words.weigh(by_table)
    whole = sum(score for score, _ in stems.values()) + STEM_DOUBT
    for label, (score, at) in stems.items():
        found[f"{STEMS} {label}"] = Feature(STEMS_COUNT_FOR * score / whole, at)
    for name, table in (("danger", DANGERS), ("harmless", HARMLESS), ("kind", KINDS)):
        for sign in by_table.get(table, ()):
            found[f"{SIGNS} {name} {sign.label}"] = Feature(SIGNS_COUNT_FOR, sign.at)
    for body, at in words.bodies_in(by_table):
        found[f"{SIGNS} body {body}"] = Feature(BODIES_COUNT_FOR, at)
    elsewhere = tuple(words.elsewhere_in(message))
    if elsewhere:
        found[ELSEWHERE] = Feature(SIGNS_COUNT_FOR, elsewhere)
    if cites_ticket:
        found[CITES_NUMBER] = Feature(SIGNS_COUNT_FOR, ())
    return found


def family(name: str) -> str:
    """The family's letter."""
    return name[0]


def pairs(message: tuple[Token, ...]) -> Iterator[tuple[str, tuple[int, int]]]:
    """The starts of words that stand near each other, in whatever order; each pair once, with its first place."""
    starts = [(token.folded[:PAIR_START], at) for at, token in enumerate(message) if token.folded]
    seen = set[str]()
    for number, (first, at) in enumerate(starts):
        for second, beside in starts[number + 1 : number + 1 + PAIR_WITHIN]:
            if first == second:
                continue
            name = f"{PAIRS} {first} {second}" if first < second else f"{PAIRS} {second} {first}"
            if name not in seen:
                seen.add(name)
                yield name, (at, beside)


def _positions(message: tuple[Token, ...]) -> dict[str, list[int]]:
    """The positions of the words that contain each n-gram and prefix, one for each occurrence."""
    found: dict[str, list[int]] = defaultdict(list)
    for position, token in enumerate(message):
        if token.folded:
            for name in parts_of(token.folded):
                found[name].append(position)
    return found


def parts_of(word: str) -> tuple[str, ...]:
    """The names of a word's starts and pieces, one for each occurrence."""
    word = word[:LETTERS_READ]
    padded = f" {word} "
    starts = (f"{STARTS} {word[:length]}" for length in START_LENGTHS)
    pieces = (
        f"{PIECES} {padded[start : start + length]}"
        for length in PIECE_LENGTHS
        for start in range(len(padded) - length + 1)
    )
    return (*starts, *pieces)
