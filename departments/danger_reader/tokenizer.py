"""The words of a message in one spelling, whatever the language, the keyboard or the haste.

Much stronger folding than `departments.text.folding`, which keeps what is written comparable: here ölüyor and oluyor,
su and şu, "imdaaat" and "imdat" are one word, since people in danger do not look for letters. Pure.
"""

import re
from functools import lru_cache

import numpy as np

from departments.text.folding import exchanged, normalized, without_marks

LONGEST = 24  # letters of a word that are looked at
BEGINNINGS, IN_A_ROW = range(3, 7), range(3, 6)  # letters of the parts of a word
KEPT = 50_000  # words whose parts are remembered

_LINK = re.compile(r"(?:https?://|www\.|geo:)\S+", re.IGNORECASE)
_IN_LINKS = ("://", "www.", "geo:")
_PLAIN = dict(zip("çÇğĞıİöÖşŞüÜâÂîÎûÛ’", "cCgGiIoOsSuUaAiIuU ", strict=True))
# Arabic: vowels and the stretching line go, the shapes of one letter become one.
_VOWELS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u0640]")
_SHAPES = dict(zip("أإآٱىئؤةگڤچپکی", "ااااييوهكفجبكي", strict=True))
_MARKS, _STOPS = "!?", ".,;:!?\n"
_WORD = re.compile(rf"[^\W\d_]+|\d+|[{_MARKS}]+|[\U0001F300-\U0001FAFF\u2600-\u27BF]")
_WORD_OR_STOP = re.compile(rf"{_WORD.pattern}|[{_STOPS}]")
# What is not seen, and letters that are spelt out: "Y A N G I N", "y.a.n.g.ı.n".
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_SPELT = re.compile(r"(?<![^\W\d_])[^\W\d_]([ .])(?:[^\W\d_]\1)+[^\W\d_](?![^\W\d_])")
# Its second and third letter, which are found sooner.
_MAY_BE_SPELT = re.compile(r"([ .])(?<=[^\W\d_].)[^\W\d_]\1[^\W\d_](?![^\W\d_])")
# What is written together with an Arabic word: and, the, in, for, so, on.
_CLITICS = ("وال", "بال", "عال", "فال", "لل", "ال", "و", "ب", "ف", "ع", "ل", "ه")  # noqa: RUF001 - the letter is meant
_AFTER_CLITIC = 3
_EMERGENCY = 112
# Numbers are told apart by size alone: few people, a child's age, an adult's, a flat or a year.
_SIZES = ((3, "#few"), (13, "#child"), (100, "#age"))


def words_of(text: str) -> list[str]:
    """The words, numbers, marks and signs of a text, folded; links are left out."""
    return words_in(folded(text))


def words_in(said: str) -> list[str]:
    """The words of what is folded."""
    return [word[:LONGEST] if word.isalpha() else _named(word) for word in _WORD.findall(said)]


def clauses_in(said: str) -> list[tuple[int, int]]:
    """From which to which of the words of what is folded each clause goes: what stands between marks and lines."""
    clauses, start, at = [], 0, 0
    for each in _WORD_OR_STOP.findall(said):
        if each[0] not in _STOPS:
            at += 1
            continue
        clauses.append((start, at))
        at += each[0] in _MARKS
        start = at
    return [*clauses, (start, at)]


def folded(text: str) -> str:
    """The text in one spelling."""
    plain = _INVISIBLE.sub("", text)
    small = plain.lower()
    if any(each in small for each in _IN_LINKS):
        plain = _LINK.sub(" ", plain)
    if _MAY_BE_SPELT.search(plain):
        plain = _SPELT.sub(lambda found: re.sub(r"[ .]", "", found[0]), plain)
    plain = exchanged(plain, _PLAIN).replace("'", " ")
    if not plain.isascii():
        plain = normalized("NFKC", plain)
        plain = exchanged(_VOWELS.sub("", plain), _SHAPES)
        apart = without_marks(normalized("NFKD", plain.casefold()))
        plain = exchanged(apart, _PLAIN).replace("'", " ")
    return _unstretched(plain.lower())


def _unstretched(text: str) -> str:
    """With one letter for three or more of the same in a row."""
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    same = letters[1:] == letters[:-1]
    thrice = same[1:] & same[:-1]
    if not thrice.any():
        return text
    kept = np.ones(len(letters), dtype=np.bool_)
    kept[2:] = ~thrice
    kept[1:-1] &= ~thrice
    return letters[kept].tobytes().decode("utf-32-le", "surrogatepass")


def _named(word: str) -> str:
    if word[0] in _MARKS:
        return word[0]
    if not word.isdecimal():
        return word[:LONGEST]
    number = int(word[:6])
    if number == _EMERGENCY:
        return "#112"
    return next((name for most, name in _SIZES if number < most), "#many")


@lru_cache(KEPT)
def parts_of(word: str) -> tuple[str, ...]:
    """What a word is known by: itself, its beginnings, and letters in a row, each as a name, in no order."""
    parts = [f"w{form}" for form in forms_of(word)]
    for form in forms_of(word) if word[0].isalpha() else ():
        parts += [f"p{form[:length]}" for length in BEGINNINGS if len(form) >= length]
        edged = f"<{form}>"
        parts += [
            f"c{edged[start : start + length]}"
            for length in IN_A_ROW
            for start in range(len(edged) - length + 1)
        ]
    return tuple(dict.fromkeys(parts))


def forms_of(word: str) -> tuple[str, ...]:
    """The word, an Arabic one also without what is written together with it."""
    bare = _bare(word)
    return (word, bare) if bare else (word,)


def _bare(word: str) -> str:
    """An Arabic word without what is written together with it; empty where there is nothing to take away."""
    if not ("\u0600" <= word[0] <= "\u06ff" and word[0].isalpha()):
        return ""
    for clitic in _CLITICS:
        if word.startswith(clitic) and len(word) - len(clitic) >= _AFTER_CLITIC:
            return word[len(clitic) :]
    return ""
