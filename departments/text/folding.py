"""Turkish text made comparable: one spelling for searching and matching, one key for sorting."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

_DOTLESS = str.maketrans("ı", "i")  # it has no decomposition that would take it to i
# What most of what people write is made of comes to the same by a table.
_PLAIN = dict(zip("çÇğĞıİöÖşŞüÜâÂîÎûÛ’", "cCgGiIoOsSuUaAiIuU'", strict=True))
_SEPARATORS = re.compile(r"[\W_]+")
# A letter that would become more letters or digits than these, or several words, is a sign, no part of a word: U+FDFA
# is a whole sentence.
MOST_OF_ONE = 4
# Combining characters in a row that are kept before normalising, which sorts a row in quadratic time.
MARKS_IN_A_ROW = 8
LETTERS_KEPT = 1 << 14  # whose width is remembered

_ALPHABET = "abcçdefgğhıijklmnoöpqrsştuüvwxyz"
_RANKS = {letter: chr(ord("A") + rank) for rank, letter in enumerate(_ALPHABET)}
_LOWER = str.maketrans("Iİ", "ıi")


def fold(text: str) -> str:
    """The text in one spelling: lower case, every i the same, no diacritics, words one space apart.

    `fold("İSTASYON  Cad., ışık!")` is `"istasyon cad isik"`. Letters of other scripts stay. Folding what is
    folded changes nothing.
    """
    plain = exchanged(text, _PLAIN)
    bare = plain.lower() if plain.isascii() else _bare(text)
    return _SEPARATORS.sub(" ", bare).strip()


def exchanged(text: str, letters: Mapping[str, str]) -> str:
    """The text with other letters for these: as `translate`, but faster where they are few and the text is long."""
    if not text.isascii():
        for letter, other in letters.items():
            text = text.replace(letter, other)
    return text


def _bare(text: str) -> str:
    """Of any script: in small letters and without diacritics."""
    # Lower case may leave new letters to decompose (İ) and decomposing new capitals (mathematical A), hence both twice.
    lower = normalized("NFKD", normalized("NFKD", text).casefold()).casefold()
    return without_marks(lower).translate(_DOTLESS)


def normalized(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """The text in this Unicode normalisation form; time and length are in proportion to the text.

    All normalising goes through here. A letter that is a sign (MOST_OF_ONE) becomes a space; of a row of combining
    characters the first MARKS_IN_A_ROW stay.
    """
    if text.isascii():
        return text
    letters = set(text)
    for letter in letters:
        if width(letter) == 0:
            text = text.replace(letter, " ")
    marks = "".join(filter(unicodedata.combining, letters))
    if len(marks) > 1:  # one mark alone is in order already
        text = re.sub(f"(?<=[{marks}]{{{MARKS_IN_A_ROW}}})[{marks}]+", "", text)
    return unicodedata.normalize(form, text)


def folded_length(text: str) -> int:
    """How many letters the text has at most once it is folded."""
    if text.isascii():
        return len(text)
    return sum(text.count(letter) * max(width(letter), 1) for letter in set(text))


@lru_cache(LETTERS_KEPT)
def width(letter: str) -> int:
    """How many letters one letter becomes when it is folded, 1 to MOST_OF_ONE; 0 for a sign."""
    if letter.isascii():
        return 1
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold()).casefold()
    plain = _SEPARATORS.sub(" ", without_marks(decomposed))
    is_sign = len(plain) > MOST_OF_ONE or (" " in plain and plain != " ")
    return 0 if is_sign else max(len(plain), 1)


def without_marks(decomposed: str) -> str:
    """The text without its combining characters."""
    marks = () if decomposed.isascii() else filter(unicodedata.combining, set(decomposed))
    for mark in marks:
        decomposed = decomposed.replace(mark, "")
    return decomposed


def lower(text: str) -> str:
    """In small letters as Turkish has them: I becomes ı, İ becomes i."""
    return text.translate(_LOWER).lower()


def sort_key(text: str) -> str:
    """A key whose plain byte order is the order of the Turkish alphabet (c ç, g ğ, ı i, o ö, s ş, u ü).

    PostgreSQL under C.UTF-8 sorts Ç, İ and Ş after Z, so a column that people read in order has this key
    beside it.
    """
    return "".join(_RANKS.get(letter, letter) for letter in lower(text))
