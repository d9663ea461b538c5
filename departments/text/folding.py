"""Turkish text made comparable: one spelling for searching and matching, one key for sorting."""

import re
import unicodedata
from collections.abc import Mapping

_DOTLESS = str.maketrans("ı", "i")  # it has no decomposition that would take it to i
# What most of what people write is made of comes to the same by a table.
_PLAIN = dict(zip("çÇğĞıİöÖşŞüÜâÂîÎûÛ’", "cCgGiIoOsSuUaAiIuU'", strict=True))
_SEPARATORS = re.compile(r"[\W_]+")

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
    lower = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).casefold()
    return without_marks(lower).translate(_DOTLESS)


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
