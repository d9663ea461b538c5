"""The words of a message in one spelling, whatever the language, the keyboard or the haste.

Much stronger folding than `departments.text.folding`, which keeps what is written comparable: here ölüyor and oluyor,
su and şu, "imdaaat" and "imdat" are one word, since people in danger do not look for letters. Pure.
"""

import re
import unicodedata
from functools import lru_cache

LONGEST = 24  # letters of a word that are looked at
KEPT = 50_000  # words whose parts are remembered

_LINK = re.compile(r"(?:https?://|www\.|geo:)\S+", re.IGNORECASE)
_PLAIN = str.maketrans("çÇğĞıİöÖşŞüÜâÂîÎûÛ’'", "cCgGiIoOsSuUaAiIuU  ")
# Arabic: vowels and the stretching line go, the shapes of one letter become one.
_VOWELS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u0640]")
_SHAPES = str.maketrans("أإآٱىئؤةگڤچپکی", "ااااييوهكفجبكي")
_WORD = re.compile(r"[^\W\d_]+|\d+|[!?]+|[\U0001F300-\U0001FAFF\u2600-\u27BF]")
_CLAUSE_ENDS = re.compile(r"[.,;:!?\n]+")
# What is not seen, and letters that are spelt out: "Y A N G I N", "y.a.n.g.ı.n".
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_SPELT = re.compile(r"(?<![^\W\d_])[^\W\d_]([ .])(?:[^\W\d_]\1)+[^\W\d_](?![^\W\d_])")
_STRETCHED = re.compile(r"(.)\1{2,}")
# What is written together with an Arabic word: and, the, in, for, so, on.
_CLITICS = ("وال", "بال", "عال", "فال", "لل", "ال", "و", "ب", "ف", "ع", "ل", "ه")  # noqa: RUF001 - the letter is meant
_AFTER_CLITIC = 3
_EMERGENCY = 112
# Numbers are told apart by size alone: few people, a child's age, an adult's, a flat or a year.
_SIZES = ((3, "#few"), (13, "#child"), (100, "#age"))


def words_of(text: str) -> list[str]:
    """The words, numbers, marks and signs of a text, folded; links are left out."""
    return [_named(found) for found in _WORD.findall(_folded(text))]


def clauses_of(text: str) -> list[list[str]]:
    """The words of each clause: of what stands between marks and lines."""
    return [
        [_named(found) for found in _WORD.findall(clause)] for clause in _CLAUSE_ENDS.split(_folded(text))
    ]


def _folded(text: str) -> str:
    plain = _LINK.sub(" ", _INVISIBLE.sub("", text))
    plain = _SPELT.sub(lambda found: re.sub(r"[ .]", "", found[0]), plain).translate(_PLAIN)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain)
        plain = _VOWELS.sub("", plain).translate(_SHAPES)
        apart = unicodedata.normalize("NFKD", plain.casefold())
        plain = "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_PLAIN)
    return _STRETCHED.sub(r"\1", plain.lower())


def _named(word: str) -> str:
    if word[0] in "!?":
        return word[0]
    if not word.isdecimal():
        return word[:LONGEST]
    number = int(word[:6])
    if number == _EMERGENCY:
        return "#112"
    return next((name for most, name in _SIZES if number < most), "#many")


@lru_cache(KEPT)
def parts_of(word: str) -> tuple[str, ...]:
    """What a word is known by: itself, its beginnings, and every three to five letters in a row."""
    if not word[0].isalpha():
        return (f"w{word}",)
    parts = [f"w{word}"]
    forms = [word]
    if bare := _bare(word):
        forms.append(bare)
        parts.append(f"w{bare}")
    for form in forms:
        parts += [f"p{form[:length]}" for length in range(3, 7) if len(form) >= length]
        edged = f"<{form}>"
        parts += [
            f"c{edged[start : start + length]}"
            for length in range(3, 6)
            for start in range(len(edged) - length + 1)
        ]
    return tuple(dict.fromkeys(parts))


def _bare(word: str) -> str:
    """An Arabic word without what is written together with it; empty where there is nothing to take away."""
    if not "\u0600" <= word[0] <= "\u06ff":
        return ""
    for clitic in _CLITICS:
        if word.startswith(clitic) and len(word) - len(clitic) >= _AFTER_CLITIC:
            return word[len(clitic) :]
    return ""
