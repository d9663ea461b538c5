"""Ticket numbers in free text: MG-2026-000214 as people spell it, or its serial 214 beside a word for a request. Pure.

Spellings that are undone: any dash, dot, slash, underscore, space or nothing between the parts, any case, O for 0
and l or I for 1, digits of other scripts, leading zeros left out. A serial alone is a citation only where the words say
so ("214 nolu başvurum"): streets, flats, buses, telephones and papers of other offices have numbers, too.

Every pattern is bounded, so that reading takes time in proportion to the text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from typing_extensions import override

from departments.text.folding import exchanged, normalized

PATTERN = r"MG-\d{4}-\d{6,}"  # as tickets are stored under


@dataclass(frozen=True, slots=True)
class Citation:
    """A ticket number that a text cites: the year is None where only the serial is given.

    `start` and `end` are where the number stands in the text, `cut` from where to where with the words around that
    only say what kind of number it is.
    """

    year: int | None
    serial: int
    start: int
    end: int
    cut: tuple[int, int]

    @override
    def __str__(self) -> str:
        """The number as tickets are stored under, or the serial alone."""
        return f"MG-{self.year}-{self.serial:06d}" if self.year else str(self.serial)

    def names(self, number: str) -> bool:
        """Whether it may be this stored number; a serial may be that of any year."""
        return number == str(self) if self.year else int(number.rpartition("-")[2]) == self.serial


# --- one spelling --------------------------------------------------------------------------------------------
_APOSTROPHES = frozenset("\u2018\u2019`\u00b4\u02bc\u2032")
_MINUS = frozenset("\u2212\u2043")  # the minus sign and the hyphen bullet are no dashes to Unicode
_UNSEEN = frozenset({"Mn", "Me", "Cf"})  # diacritics, the frame of a keycap, marks of writing direction
_TATWEEL = "\u0640"  # stretches Arabic letters
_DIGITLIKE_LETTERS = "OoIl"
_DIGITLIKE = re.compile(f"[0-9{_DIGITLIKE_LETTERS}]+")
_PADDED = 6  # digits of a serial with its leading zeros; so many of such letters are no word
# What most messages are made of, letter by letter, as `_plain` has it.
_TURKISH_LETTERS = dict(zip("çÇğĞıİöÖşŞüÜâÂîÎûÛ\u2019", "cCgGiioOsSuUaAiIuU'", strict=True))
_AS_DIGITS = str.maketrans(_DIGITLIKE_LETTERS, "0011")


@lru_cache(maxsize=64)
def spelling_of(text: str) -> "Spelling":
    """The spelling of a text; several ask for it within a turn."""
    return Spelling(text)


class Spelling:
    """A text in one spelling: small Latin letters without diacritics, digits 0 to 9, "-" for every dash.

    Letters among digits that stand for them are digits. `span` leads back to the text.
    """

    def __init__(self, text: str) -> None:
        self._letters = exchanged(text, _TURKISH_LETTERS)
        plain = self._letters
        if not plain.isascii():
            plain = "".join(map(_plain, plain))
        self.text = _DIGITLIKE.sub(_digits, plain).lower()

    @cached_property
    def _origin(self) -> list[int] | None:
        """Where in the text each letter of the spelling stands, None where it is the same place."""
        if self._letters.isascii():
            return None
        return [at for at, letter in enumerate(self._letters) for _ in _plain(letter)]

    def span(self, match: re.Match[str], group: str | int = 0) -> tuple[int, int]:
        """From where to where in the text stands what was found in its spelling."""
        start, end = match.span(group)
        return (self._origin[start], self._origin[end - 1] + 1) if self._origin else (start, end)


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """What one character is in plain letters and digits; '' for what is not seen."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character in _MINUS:
        return "-"
    if category in _UNSEEN or character == _TATWEEL:
        return ""
    if character in _APOSTROPHES:
        return "'"
    if character in "ıİ":
        return "i"  # in small, since a capital I may stand for 1
    parts = normalized("NFKD", character)
    return parts if parts == character else "".join(map(_plain, parts))


def _digits(found: re.Match[str]) -> str:
    """Digits and the letters that stand for some; letters at the edge of a word are of the word ("214lü", "no214")."""
    run, text, start, end = found[0], found.string, found.start(), found.end()
    first = len(run) - len(run.lstrip(_DIGITLIKE_LETTERS)) if text[max(start - 1, 0) : start].isalpha() else 0
    last = len(run.rstrip(_DIGITLIKE_LETTERS)) if text[end : end + 1].isalpha() else len(run)
    if run.isalpha() and last - first != _PADDED:
        return run
    return run[:first] + run[first:last].translate(_AS_DIGITS) + run[last:]


# --- what cites ----------------------------------------------------------------------------------------------
_END = r"(?![^\W\d_])"  # of a word, though digits may follow
_START = r"(?<![^\W_])"
_GAP = r"[\s\-./\\_:,]{0,3}"
_TO_NUMBER = r"[\s:.#=*_~\-]{0,5}"
_YEAR = r"(?P<year>20[2-9]\d)"
# "takip" is the line's own word for looking up, "kayıtlı" only says that something is on record.
# How words for a request begin: where none is in a text, most patterns need not be tried.
_REQUEST_STEMS = (
    *("basvuru", "talep", "taleb", "sikayet", "ihbar", "kayit", "kayd", "bildirim", "takip"),
    *("request", "ticket", "complaint", "application", "report", "case", "reference"),
    *("طلب", "شكو", "بلاغ"),
)
_TURKISH = r"(?:basvuru|tale[bp]|sikayet|ihbar|kayit(?!l)|kayd|bildirim|takip)[a-z]{0,14}"
_ENGLISH = r"(?:request|ticket|complaint|application|report|case|reference)s?"
_ARABIC = r"(?:ب|و|ل|لل|ال|بال)?(?:طلب|شكو|بلاغ)\w{0,5}"
REQUEST = rf"(?:{_TURKISH}|{_ENGLISH}|{_ARABIC}){_END}"
NUMBER = rf"(?:no(?:'?s?u)?|nr|numara[a-z]{{0,6}}|kod[a-z]{{0,4}}|number|num|id|(?:ب|ال)?رقم\w{{0,3}}){_END}"
NUMBERED = rf"(?:no\s?[.']?\s?l[iu]|numara\s?li|sayili)[a-z]{{0,3}}{_END}"
_ENDING = rf"(?:'[a-z]{{1,5}}|n?[iu]n?|y[aeiu]|n?[dt][ae]n?|[ae]|y?l[ae]|l[iu]k?){_END}"

# A telephone number that begins here, with or without its 0 or country code.
_TELEPHONE = (
    r"(?:00)?(?:90)?[\s(-]{0,2}0?[\s(]{0,2}[2-5]\d\d[\s()-]{0,2}\d{3}[\s-]{0,2}\d\d[\s-]{0,2}\d\d(?!\d)"
)
_SERIAL = rf"(?!{_TELEPHONE})(?P<serial>\d{{1,9}})(?!\d|[./:,-]\d)"
_NOT_AFTER_DIGITS = r"(?<!\d[\s./:,-])"
_NO_YEAR = r"(?!(?:19|20)\d\d(?!\d))"
# What has a number and is no request: "şikayet no 12 daire 5", "153 numaralı şikayet hattı".
_NO_DOOR = r"(?!\s{0,2}(?:daire|kat|sok|sk|cad|cd|ap|bina|blok|kapi|mah))"
_NO_DESK = r"(?!\s{1,2}(?:hat|masa|banko|merkez|form|kutu|ofis|birim|buro|telefon|numara|gise|servis))"
# How a message goes on after the number of a request; after "talebim 214" may as well come "gündür".
_GOES_ON = (
    r"(?=\s{0,3}(?:$|\n|[!?؟;)]|\.{1,3}\s{0,3}(?:$|\n))"
    r"|'|\s{1,3}(?:ne|hala|neden|niye|icin|ile|hakkinda|kapan|bit|iptal|durum|idi|acik|cevap|sonuc"
    r"|is|was|still|has|have|what|when|where|why|please|status|cancel|open|closed|and|لم|ما|متى|هل|اين|لماذا)(?:\W|$|[a-z]{2,}))"
)

_MARK = rf"m[\s.]?g{_GAP}(?:(?:no|nolu|numara[a-z]{{0,5}}){_GAP})?"
# Also in two halves; a month is followed by its day.
_WHOLE_SERIAL = r"(?P<serial>(?:0\d\d[\s.-]\d{3}|\d{3,9})(?!\d)|\d{1,2}(?!\d|[./-]\d))"
_IS = r"(?:is|was|\u0647\u0648)"
_BEFORE = rf"(?:{_START}(?:{REQUEST}(?:\s{{1,2}}{NUMBER})?|{NUMBER}){_TO_NUMBER})?"
_AFTER = rf"(?:{_ENDING})?(?:\s{{0,2}}{NUMBERED})?(?:\s{{1,2}}{REQUEST})?"
_WITH_YEAR = rf"(?:{_YEAR}\s?[-/._]\s?)?"
# Each with what is quickly looked for, and without which it cannot be there.
_WITHOUT_A_WORD = tuple(
    (re.compile(sign), re.compile(pattern))
    for sign, pattern in (
        # The whole number, whatever stands around it.
        (
            rf"m[\s.]?g{_GAP}(?:no|numara|\d)",
            rf"{_BEFORE}{_START}(?P<cited>{_MARK}(?P<year>20\d\d){_GAP}{_WHOLE_SERIAL}){_AFTER}",
        ),
        # Without its year; "500 mg" is a dose, "MG 4" a car.
        (
            rf"m[\s.]?g{_GAP}\d",
            rf"{_START}(?<!\d\s)(?P<cited>m[\s.]?g(?:-\s?(?=\d{{3}})|[\s.:_/]{{0,2}}(?=\d{{4}})){_NO_YEAR}{_SERIAL})",
        ),
        # Without MG, but with all six digits.
        (
            r"\d{6}",
            rf"{_START}(?<!\d[./-])(?P<cited>{_YEAR}(?:\s?-\s?|[/._ ](?=0))(?P<serial>\d{{6}}))(?![\d/]|-\d)",
        ),
    )
)
_WITH_A_WORD = tuple(
    re.compile(pattern)
    for pattern in (
        # "başvuru no 214", "my request number is 2026/214"
        rf"{_START}{REQUEST}\s{{1,2}}(?:ذو\s)?{NUMBER}(?:\s{_IS})?{_TO_NUMBER}(?P<cited>{_WITH_YEAR}{_SERIAL}){_NO_DOOR}",
        # "رقم الطلب 214"
        rf"{_START}{NUMBER}\s{{1,2}}{_ARABIC}(?:\s{_IS})?{_TO_NUMBER}(?P<cited>{_WITH_YEAR}{_SERIAL})",
        # "numarası 214 olan başvurum"
        rf"{_START}{NUMBER}{_TO_NUMBER}(?P<cited>{_WITH_YEAR}{_SERIAL})\s{{1,2}}olan\s{{1,2}}{REQUEST}",
        # "214 nolu başvurum"
        rf"{_START}{_NOT_AFTER_DIGITS}(?P<cited>{_WITH_YEAR}{_SERIAL})\s{{0,2}}{NUMBERED}\s{{1,2}}{REQUEST}{_NO_DESK}",
        # "0418 ile biten başvuru"
        rf"{_START}{_NOT_AFTER_DIGITS}(?P<cited>{_SERIAL})(?:\s{{0,2}}|')(?:y?[ld][ae]|ile)\s{{1,2}}(?:bit|son)[a-z]{{0,6}}\s{{1,2}}{REQUEST}",
        # "başvurum 214 ne oldu"
        rf"{_START}{REQUEST}[\s:.#=*]{{1,4}}{_NO_YEAR}(?=\d{{3}})(?P<cited>{_SERIAL}){_GOES_ON}",
    )
)
# "#214"
_MARKED = re.compile(rf"(?<![^\s(])#\s?{_NO_YEAR}(?=\d{{3}})(?P<cited>{_SERIAL})")
# Whose papers are numbered, too, where it stands before the number; what was sent there is still ours.
_OTHER_OFFICE = re.compile(
    r"\b(?:cimer|bimer|kaski|kcetas|kayserigaz|buyuksehir|valili|kaymakam|e-?\s?devlet|alo\s?\d{3}|kargo|ptt|icra|mahkeme|dava"
    r"|savcili|emniyet|polis|fatura|abone|sgk|tapu)[a-z]{0,8}(?:'[a-z]{1,4})?"
    r"(?:\s{1,2}(?!yonlen|ilet|gonder|sevk|havale)[a-z]{1,15}){0,1}\W{1,3}$"
)
_LOOK_BACK = 50  # characters in which the other office may stand
_DIGIT, _NO_DIGIT, _SAYS = re.compile(r"\d"), re.compile(r"\D"), re.compile(r"\w")
_RUN = re.compile(rf"([0-9]+)(?:{_ENDING})?")
_SERIAL_DIGITS = 9


def citations_in(text: str) -> tuple[Citation, ...]:
    """The ticket numbers that a text cites, in their order."""
    if not _DIGIT.search(text):
        return ()
    spelling = spelling_of(text)
    found: list[Citation] = []
    for match in sorted(_matches(spelling.text), key=lambda match: match.start("cited")):
        citation = _citation(match, spelling)
        if not found or citation.start >= found[-1].end:
            found.append(citation)
    return tuple(found)


def citation_of(text: str) -> Citation | None:
    """The ticket number that the whole text is, with or without words that only say so."""
    found = citations_in(text)
    return found[0] if len(found) == 1 and not _SAYS.search(without(text, found)) else None


def stored(text: str) -> str:
    """The ticket number that the whole text is as it is stored, any other text as it is."""
    found = citation_of(text)
    return str(found) if found and found.year else text


def without(text: str, citations: Iterable[Citation]) -> str:
    """The text without these numbers that it cites and the words that belong to them."""
    rest, end = [], 0
    for each in citations:
        first, last = each.cut
        rest.append(text[end : max(first, end)])
        end = max(last, end)
    return " ".join([*rest, text[end:]])


def lone_serial(text: str) -> Citation | None:
    """The only number of a text, were it a serial; None where there is none or several, or it is too long for one."""
    spelling = spelling_of(text)
    runs = list(_RUN.finditer(spelling.text))
    if len(runs) != 1 or len(runs[0][1]) > _SERIAL_DIGITS:
        return None
    return Citation(None, int(runs[0][1]), *spelling.span(runs[0], 1), spelling.span(runs[0]))


def _matches(spelt: str) -> Iterator[re.Match[str]]:
    said = any(stem in spelt for stem in _REQUEST_STEMS)
    without_a_word = (pattern for sign, pattern in _WITHOUT_A_WORD if sign.search(spelt))
    for pattern in (*without_a_word, *(_WITH_A_WORD if said else ()), _MARKED):
        for match in pattern.finditer(spelt):
            start = match.start()
            before = spelt[max(start - _LOOK_BACK, 0) : start]
            if match["cited"].startswith("m") or not _OTHER_OFFICE.search(before):
                yield match


def _citation(match: re.Match[str], spelling: Spelling) -> Citation:
    year = match.groupdict().get("year")
    serial = int(_NO_DIGIT.sub("", match["serial"]))
    return Citation(int(year) if year else None, serial, *spelling.span(match, "cited"), spelling.span(match))
