"""The words around a mahalle's name in a message, and what they tell: departments/places/mahalle_surroundings.toml."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from departments.text.vocabulary import Token, vocabulary

DATA = Path(__file__).parent
WORDS = DATA / "mahalle_surroundings.toml"
KEPT = 4096  # words of messages, about which something is looked up once
_LONGEST = 40  # letters that are looked at; no name with its endings has more
SOON = 3  # words ahead that may tell more

# Case, possession and place endings, folded: -da, -nın, -ya, -lı …
IN = re.compile(r"n?[dt][ae](?:ki\w*|y\w+)?")
FROM = re.compile(r"n?[dt][ae]n")
TO = re.compile(r"[yn]?[ae]")
HERE = re.compile(r"n?[dt][ae]y[iu][mz]")
OF = re.compile(r"n?[iu]n")
PEOPLE = re.compile(r"l[iu]")
_CASE = re.compile(rf"{IN.pattern}|{FROM.pattern}|{TO.pattern}|{OF.pattern}|[yn]?[iu]")
ENDING = re.compile(rf"(?:{_CASE.pattern}|l[iu]\w*)?")
# "Gesi'nin Fatih mahallesi", "İldem'deki Cumhuriyet": endings within a name of two words
LINKING = re.compile(r"n?[iu]n|[dt]eki|[dt]aki")
_LINKED = re.compile(rf"(?:{LINKING.pattern})$")

_SENTENCE = re.compile(r"[.!?…:\n]")
_CLAUSE = re.compile(r"[.,;:!?…()\n/؛،؟-]")
_APOSTROPHES = "'\u2019\u2018`\u00b4"

# Arabic letters that people exchange for one another when they write Turkish names.
_ARABIC_LETTERS = str.maketrans("ةىگغپچژڤطصظقک", "هيججبججفتسزكك", "ـ")


def letters(folded: str) -> str:
    """The folded text with one letter for each group of like Arabic ones."""
    return folded if folded.isascii() else _of_one_kind(folded)


@lru_cache(KEPT)
def _of_one_kind(folded: str) -> str:
    return folded.translate(_ARABIC_LETTERS)


class Words:
    """A list of mahalle_surroundings.toml, to be asked for a word or for the first of several."""

    def __init__(self, entries: Iterable[str]) -> None:
        written = [letters(entry) for entry in entries]
        self._whole = frozenset(entry for entry in written if not entry.endswith("*"))
        self._starts = tuple(entry[:-1] for entry in written if entry.endswith("*"))

    def __contains__(self, word: str) -> bool:
        return word in self._whole or word.startswith(self._starts)

    def among(self, words: Iterable[str]) -> bool:
        """Whether any of the words is in the list."""
        return any(word in self for word in words)


class Around:
    """What mahalle_surroundings.toml says; `telling`: after it even a misspelt word is a name."""

    def __init__(self) -> None:
        tables = tomllib.loads(WORDS.read_text(encoding="utf-8"))
        self.following, self.soon, self.before, self.misspelt = (
            {name: Words(entries) for name, entries in tables[table].items()}
            for table in ("following", "soon", "before", "misspelt")
        )
        told = ("called", "thereabouts", "road", "institution")
        self.telling = Words(entry for name in told for entry in tables["following"][name])


@cache
def around() -> Around:
    """Read once per process; an error in the file is a bug and raises."""
    return Around()


class MessageWords:
    """The words of a message, and where its clauses and sentences end."""

    def __init__(self, message: tuple[Token, ...]) -> None:
        folded = [token.folded[:_LONGEST] for token in message]
        self.words = [word if word.isascii() else letters(word) for word in folded]
        self._gaps = [token.gap for token in message]

    def __getitem__(self, position: int) -> str:
        """The word there, '' beyond the ends."""
        return self.words[position] if 0 <= position < len(self.words) else ""

    def soon(self, position: int, count: int = SOON) -> list[str]:
        """Up to `count` words from there to the end of the clause."""
        last = min(position + count, len(self.words))
        end = next((at for at in range(position + 1, last) if self.clause_ends_before(at)), last)
        return self.words[position:end]

    def sentence_ends_before(self, position: int) -> bool:
        """Whether a sentence begins with the word there."""
        return position <= 0 or bool(_SENTENCE.search(self._gaps[position - 1]))

    def clause_ends_before(self, position: int) -> bool:
        """Whether a stop or a comma stands before the word there, or nothing does."""
        if not 0 < position < len(self.words):
            return True
        ordinal = self._gaps[position - 1] == ". " and self.words[position - 1].isdigit()  # "4. sokak"
        return not ordinal and bool(_CLAUSE.search(self._gaps[position - 1]))

    def ending_at(self, position: int) -> str:
        """The word there if it is the ending of the one before, set off by an apostrophe or a space."""
        if not 0 < position < len(self.words):
            return ""
        word, gap = self.words[position], self._gaps[position - 1]
        pattern = _CASE if gap == " " else ENDING if (gap.strip(" ") or gap) in _APOSTROPHES else None
        return word if pattern and pattern.fullmatch(word) else ""

    def in_brackets(self, position: int) -> bool:
        """Whether a bracket opens before the word there."""
        return 0 < position < len(self.words) and "(" in self._gaps[position - 1]

    def comes_from(self, position: int) -> bool:
        """Whether the word before says from where: "kavşaktan Gesi'ye dönen yol"."""
        return not self.clause_ends_before(position) and self[position - 1].endswith(
            ("dan", "den", "tan", "ten")
        )

    def is_ending(self, position: int) -> bool:
        """Whether the word there follows an apostrophe."""
        return 0 < position < len(self.words) and self._gaps[position - 1] in set(_APOSTROPHES)


class Mention(NamedTuple):
    """Where a name stands: its first word, the position after its last, its ending, the position after that."""

    start: int
    end: int
    ending: str
    after: int


def is_place_ahead(text: MessageWords, start: int) -> bool:
    """Whether "near", "in" or the like stands before the word at `start`."""
    there = around().before["there"]
    before = start - 2 if text[start - 1] == "the" else start - 1
    return text[before] in there and not text.is_ending(before)


def somebody_lives_there(soon: list[str]) -> bool:
    """Somebody else does: "Altınoluk'ta oturan kaynım"."""
    return soon[:1] in (["oturan"], ["yasayan"]) and around().before["relative"].among(soon[1:2])


def is_elsewhere(text: MessageWords, place: Mention, after: int, *, weak: bool) -> bool:
    """Whether the words around say that no mahalle is meant, or not as the place; `after`: where they go on."""
    soon = [] if text.clause_ends_before(after) else text.soon(after)
    return (
        around().soon["denied"].among(soon[:2])
        or _is_of_another_town(text, place.start, after)
        or _is_somebody_elses(place.ending, text[place.start - 1], soon)
        or _is_past_or_left(text, place, after, soon, weak=weak)
        or _is_direction(text, place, soon)
    )


def _is_of_another_town(text: MessageWords, start: int, after: int) -> bool:
    """ "Konya Selçuklu", "Talas'ın Bahçelievler'i", "Esenyurttan (İstanbul)"."""
    city = around().before["city"]
    if text.in_brackets(after) and text[after] in city:
        return True
    if text.clause_ends_before(start):
        return False
    before = start - 1
    if LINKING.fullmatch(text[before]) and text.ending_at(before):
        before -= 1
    town = _LINKED.sub("", text[before])
    return text[before] in city or town in city or town in vocabulary().elsewhere


def _is_somebody_elses(ending: str, before: str, soon: list[str]) -> bool:
    """ "Erenköy'deki ablam", "eşim Kıranardılı"."""
    relative = around().before["relative"]
    if PEOPLE.fullmatch(ending) and before in relative:
        return True
    return bool(IN.fullmatch(ending)) and ending.endswith("ki") and relative.among(soon[:1])


def _is_past_or_left(text: MessageWords, place: Mention, after: int, ahead: list[str], *, weak: bool) -> bool:
    """ "Esenyurt'ta oturdum", "Köşk'ten taşındık", also of "Köşk mahallesinden"."""
    soon = around().soon
    called = after > place.after
    ending = text[after - 1] if called else place.ending
    leaving = ending.endswith(("dan", "den", "tan", "ten"))
    if leaving:
        return soon["left"].among(ahead) or (weak and soon["came"].among(ahead[:1]))
    if TO.fullmatch(place.ending):
        return soon["told"].among(ahead[:1])
    return (IN.fullmatch(place.ending) is not None or called) and soon["once"].among(ahead[:2])


def _is_direction(text: MessageWords, place: Mention, soon: list[str]) -> bool:
    """ "Danişmentgazi yönüne", "Sarımsaklı tarafına doğru", "Gesi'ye kadar", "the bus to Gesi"."""
    words = around()
    if soon and soon[0] in words.soon["bound"]:
        return True
    if soon[:1] == ["tarafina"] and soon[1:2] in (["dogru"], ["giden"]):
        return True
    between = text.comes_from(place.start) and words.soon["going"].among(soon[:1])
    if TO.fullmatch(place.ending) and (soon[:1] in (["kadar"], ["dogru"]) or between):
        return True
    to = place.start - 2 if text[place.start - 1] == "the" else place.start - 1
    return text[to] == "to" and text[to - 1] in words.before["going"]
