"""Words and phrases looked up in a message: departments/text/stems.toml, compiled for prefix search.

Turkish inflects by suffixes, so an entry is a stem that matches where a word starts. The file itself says how entries
are written.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from departments.text.folding import fold, normalized

STEMS = Path(__file__).with_name("stems.toml")

_WORD = re.compile(r"([^\W_]+)([\W_]*)")
_LINK = re.compile(r"(?:https?://|www\.|geo:)\S+", re.IGNORECASE)
_ARABIC_FROM = "\u0600"
_ARTICLE = re.compile(r"^[وبعفك]?ال(?=\w{3})|^لل(?=\w{3})")

# Locative and ablative endings, folded: -da, -deki, -ndan, -deyiz …
THERE = re.compile(r"n?[dt][ae](?:n|ki\w*|yi[mz])?")
_DISTRICT = re.compile(
    rf"{THERE.pattern}|l[iu]\w*|belediye\w*|ilce\w*|merkez\w*|taraf\w*|girisi\w*|mahalle\w*"
)
# Whoever writes is at home there, and says so soon after.
_HOME = re.compile(r"\A(?:otur(?:uyo|makta)\w*[mz]|yasi(?:yo|makta)\w*[mz]|ikamet\w*)")
_HOME_WITHIN = 3

WEIGHTS: Mapping[str, float] = {"strong": 4.0, "medium": 2.0, "weak": 1.0}
AGAINST_WEIGHT = 4.0
PHRASE_BONUS = 0.5
MOST_WORDS_BETWEEN = 2
WORDS_KEPT = 20_000  # that are folded, or whose entries are looked up in a lexicon, once
LONGEST_KEPT = 40  # letters of such a word
REFUSED = "refused"  # the table of what a body says that refuses
# The tables of the vocabulary's lexicon.
CATEGORIES, AGAINST, DANGERS, HARMLESS, KINDS, COURTESIES, BODIES = (
    "categories", "against", "dangers", "harmless", "kinds", "courtesies", "bodies",
)  # fmt: skip
NAME_START = 3  # letters that tell most words from the names of other districts
REFUSED_WITHIN = 10  # words after its name
ESSENCE_FROM = 2  # words left without courtesies; a name or "abi" beside a greeting is no request


class Token(NamedTuple):
    """A word of a message, as written and folded, and what stands between it and the next."""

    text: str
    folded: str
    gap: str = ""


BLANK = Token("", "")


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a message, links left out; an apostrophe ends one ("Gesi'de" is two)."""
    words = _WORD.findall(_LINK.sub(" ", normalized("NFC", text)))
    return tuple(
        [
            Token(word, _folded(word) if len(word) <= LONGEST_KEPT else _folded.__wrapped__(word), gap)
            for word, gap in words
        ]
    )


@lru_cache(WORDS_KEPT)
def _folded(word: str) -> str:
    return fold(word).replace(" ", "")


class _Entry(NamedTuple):
    table: str
    label: str
    weight: float
    words: tuple[str, ...]
    second: str  # how the second word begins, after a space


class Found(NamedTuple):
    """A match of an entry in a message: its label, its weight, the positions of its words."""

    label: str
    weight: float
    at: tuple[int, ...]


class Lexicon:
    """Entries under labels, in one table or several, found in one pass over the words of a message."""

    def __init__(self, entries: Iterable[tuple[str, float, str]], *, table: str = "") -> None:
        """Take (label, weight, entry as written in stems.toml)."""
        self._by_start: dict[str, list[_Entry]] = defaultdict(list)
        self._by_end: dict[str, list[_Entry]] = defaultdict(list)
        self._longest = 0  # letters of what an entry begins with
        # People use the same words again and again.
        self._starting = lru_cache(WORDS_KEPT)(self._look_up)
        self._add(entries, table)

    @classmethod
    def of(cls, tables: Mapping[str, Iterable[tuple[str, float, str]]]) -> "Lexicon":
        """One of several tables, by their names."""
        lexicon = cls(())
        for table, entries in tables.items():
            lexicon._add(entries, table)
        return lexicon

    def _add(self, entries: Iterable[tuple[str, float, str]], table: str) -> None:
        for label, weight, written in entries:
            words = tuple(written.split())
            second = f" {words[1].removesuffix('!')}" if len(words) > 1 else ""
            entry = _Entry(table, label, weight * (1 + PHRASE_BONUS * (len(words) - 1)), words, second)
            first = words[0]
            self._longest = max(self._longest, len(first))
            if first.startswith("-"):
                self._by_end[first[1:]].append(entry)
            else:
                self._by_start[first].append(entry)

    def find(self, message: tuple[Token, ...], table: str = "") -> Iterator[Found]:
        """Every match of an entry of the table in the message."""
        return (found for _, found in self._matches(message, table))

    def by_table(self, message: tuple[Token, ...]) -> Mapping[str, Sequence[Found]]:
        """Every match of an entry in the message, by its table."""
        tables: dict[str, list[Found]] = defaultdict(list)
        for table, found in self._matches(message):
            tables[table].append(found)
        return tables

    def _matches(self, message: tuple[Token, ...], table: str | None = None) -> Iterator[tuple[str, Found]]:
        folded = [token.folded for token in message]
        begun = [
            (position, entries)
            for position, by_table in enumerate(map(self._starting, folded))
            if by_table and (entries := by_table.get(table))
        ]
        for position, entries in begun:
            soon = ""
            for entry in entries:
                if not entry.second:
                    yield entry.table, Found(entry.label, entry.weight, (position,))
                    continue
                # Most entries of several words fail at their second: one look tells.
                soon = soon or " ".join(["", *folded[position + 1 : position + 2 + MOST_WORDS_BETWEEN]])
                if entry.second in soon and (at := _follow(entry.words, message, position)):
                    yield entry.table, Found(entry.label, entry.weight, at)

    def _look_up(self, word: str) -> Mapping[str | None, Sequence[_Entry]]:
        """The entries that may begin at this word, by their table; those of all under None."""
        found: list[_Entry] = []
        for length in range(1, min(len(word), self._longest) + 1):
            found += self._by_start.get(word[:length], ())
            found += self._by_end.get(word[-length:], ())
        found += self._by_start.get(f"{word}!", ())
        by_table: dict[str | None, list[_Entry]] = {None: found} if found else {}
        for entry in found:
            by_table.setdefault(entry.table, []).append(entry)
        return by_table


def _follow(words: tuple[str, ...], message: tuple[Token, ...], start: int) -> tuple[int, ...]:
    """The positions of a phrase's words when it begins at `start`; empty when it does not match there."""
    if len(words) == 1:
        return (start,)
    at = [start]
    for word in words[1:]:
        for position in range(at[-1] + 1, min(at[-1] + 2 + MOST_WORDS_BETWEEN, len(message))):
            if _fits(word, message[position].folded):
                at.append(position)
                break
        else:
            return ()
    return tuple(at)


def _fits(word: str, folded: str) -> bool:
    return folded == word[:-1] if word.endswith("!") else folded.startswith(word)


def scores(founds: Iterable[Found]) -> dict[str, tuple[float, tuple[int, ...]]]:
    """Each label's weight and the positions of its words. A word counts once per label, by its heaviest entry."""
    by_label: dict[str, list[Found]] = defaultdict(list)
    for found in founds:
        by_label[found.label].append(found)
    return {label: _heaviest(founds) for label, founds in by_label.items()}


def _heaviest(founds: list[Found]) -> tuple[float, tuple[int, ...]]:
    if len(founds) == 1:
        return founds[0].weight, founds[0].at
    total, used = 0.0, set[int]()
    for found in sorted(founds, key=attrgetter("weight"), reverse=True):
        if used.isdisjoint(found.at):
            total += found.weight
            used.update(found.at)
    return total, tuple(sorted(used))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The whole of stems.toml, compiled."""

    coded: frozenset[str]
    stems: Lexicon
    factors: Mapping[str, float]
    own_kinds: Mapping[str, str]
    default_kinds: Mapping[str, str]
    places: Mapping[str, frozenset[str]]
    elsewhere: tuple[str, ...]
    elsewhere_starts: frozenset[str]
    districts: Mapping[str, str]

    def essence(self, message: tuple[Token, ...]) -> tuple[Token, ...]:
        """The message with its courtesies blanked, unless little else remains; every word keeps its position. Arabic
        words lose their article and what is written together with it.
        """
        message = tuple(
            [
                token._replace(folded=_ARTICLE.sub("", token.folded))
                if token.folded >= _ARABIC_FROM
                else token
                for token in message
            ]
        )
        polite = {position for found in self.stems.find(message, COURTESIES) for position in found.at}
        if len(message) - len(polite) < ESSENCE_FROM:
            return message
        return tuple([BLANK if position in polite else token for position, token in enumerate(message)])

    def elsewhere_in(self, message: tuple[Token, ...]) -> Iterator[int]:
        """Positions that name another district as the place: "Talas'ta", "Kocasinan belediyesi", not "Talas yolu"."""
        starts = self.elsewhere_starts
        for position in [at for at, (_, folded, _) in enumerate(message) if folded[:NAME_START] in starts]:
            token = message[position]
            following = message[position + 1].folded if position + 1 < len(message) else ""
            rests = (
                token.folded.removeprefix(name) for name in self.elsewhere if token.folded.startswith(name)
            )
            for rest in rests:
                if THERE.fullmatch(rest) or (not rest and _DISTRICT.fullmatch(following)):
                    yield position

    def passing_in(self, message: tuple[Token, ...]) -> Iterator[int]:
        """Those positions of `elsewhere_in` of which whoever writes does not say that they live there."""
        for position in self.elsewhere_in(message):
            soon = message[position + 1 : position + 1 + _HOME_WITHIN]
            if not any(_HOME.fullmatch(token.folded) for token in soon):
                yield position

    def district_in(self, message: tuple[Token, ...]) -> str:
        """The other district of which a mahalle is named as the place, '' for none."""
        named = (message[position].folded for position in self.elsewhere_in(message))
        return next(
            (self.districts[name] for word in named for name in self.districts if word.startswith(name)), ""
        )

    def bodies_in(self, found: Mapping[str, Sequence[Found]]) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The other bodies that a message names, "not …" where it says soon after that they have refused."""
        refused = [each.at[0] for each in found.get(REFUSED, ())]
        for each in found.get(BODIES, ()):
            soon = any(0 <= at - each.at[-1] <= REFUSED_WITHIN for at in refused)
            yield (f"not {each.label}" if soon else each.label), each.at

    def weigh(self, found: Mapping[str, Sequence[Found]]) -> dict[str, tuple[float, tuple[int, ...]]]:
        """Each category's weight, stems against it subtracted, and the positions of its words."""
        against = scores(found.get(AGAINST, ()))
        weighed = {
            code: (self.factors.get(code, 1.0) * (score - against.get(code, (0.0, ()))[0]), at)
            for code, (score, at) in scores(found.get(CATEGORIES, ())).items()
        }
        return {code: (score, at) for code, (score, at) in weighed.items() if score > 0}


@cache
def _synonyms() -> Mapping[str, str]:
    rows = tomllib.loads(STEMS.read_text())["categories"]
    return {
        code: " ".join(entry.replace("!", "") for entry in row.get("strong", ()) if not entry.startswith("-"))
        for code, row in rows.items()
    }


def synonyms(code: str) -> str:
    """The stems by which citizens name a category, folded and apart by spaces; empty for one that has none."""
    return _synonyms().get(code, "")


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once per process; an error in the file is a bug and raises."""
    read: dict[str, Any] = tomllib.loads(STEMS.read_text(encoding="utf-8"))
    categories, urgent = read["categories"], read["urgent"]
    districts = {name: its for its, names in read["elsewhere"]["mahalleler"].items() for name in names}
    elsewhere = (*read["elsewhere"]["districts"], *districts)
    return Vocabulary(
        coded=frozenset(categories),
        stems=Lexicon.of(
            {
                CATEGORIES: [
                    (code, weight, entry)
                    for code, table in categories.items()
                    for strength, weight in WEIGHTS.items()
                    for entry in table[strength]
                ]
                + [
                    (code, WEIGHTS["strong"], entry)
                    for code, entries in read["foreign"].items()
                    for entry in entries
                ],
                AGAINST: [
                    (code, AGAINST_WEIGHT, entry)
                    for code, table in categories.items()
                    for entry in table["against"]
                ],
                DANGERS: [(rule["reason"], 1.0, entry) for rule in urgent for entry in rule["stems"]],
                HARMLESS: [(rule["reason"], 1.0, entry) for rule in urgent for entry in rule["unless"]],
                KINDS: [(kind, 1.0, entry) for kind, entries in read["kinds"].items() for entry in entries],
                COURTESIES: [("", 1.0, entry) for entry in read["courtesies"]["words"]],
                BODIES: [
                    (body, 1.0, entry)
                    for body, entries in read["bodies"].items()
                    if body != REFUSED
                    for entry in entries
                ],
                REFUSED: [(REFUSED, 1.0, entry) for entry in read["bodies"][REFUSED]],
            }
        ),
        factors={code: table["factor"] for code, table in categories.items() if "factor" in table},
        own_kinds=read["own_kinds"],
        default_kinds={code: kind for kind, codes in read["default_kinds"].items() for code in codes},
        elsewhere=elsewhere,
        elsewhere_starts=frozenset(name[:NAME_START] for name in elsewhere),
        districts=districts,
        places={believed: frozenset(names) for believed, names in read["places"].items()},
    )
