"""The number that a message cites: a ticket's, or that of another office's paper, whose form nobody knows for sure."""

import re

from departments.text.ticket_number import NUMBER, NUMBERED, REQUEST, citations_in, spelling_of

_PAPER = rf"(?:{REQUEST}|(?:dilekce|referans|evrak)[a-z]{{0,14}})"
_NUMBER = rf"(?:{NUMBER}|sayi[a-z]{{0,6}})"
_DIGIT = re.compile(r"\d")
_DIGITS = r"\d{4,9}(?!\d)"
_LONG = re.compile(r"\d{4}")
_NO_YEAR = r"(?!(?:19|20)\d\d(?!\d))"

_OTHER_OFFICE = re.compile(
    rf"\b(?P<year>20\d\d\s?/\s?\d{{3,9}})(?!\d)"
    rf"|\b{_PAPER}\s{{1,2}}{_NUMBER}[\s:.#=]{{0,4}}(?P<named>{_DIGITS})(?!/\d|-\d)"
    rf"|\b{_PAPER}[\s:.#=]{{1,3}}(?P<beside>{_NO_YEAR}{_DIGITS})"
    rf"|\b(?P<before>{_DIGITS})(?=\s{{0,2}}{NUMBERED}\s{{1,2}}{_PAPER})"
)


def cited_number_in(text: str) -> str | None:
    """The first number that can only be a ticket's or another office's, as written in the text; None without one."""
    if not _DIGIT.search(text):
        return None
    found = [(each.start, each.end) for each in citations_in(text)[:1]]
    spelling = spelling_of(text)
    if _LONG.search(spelling.text) and (other := _OTHER_OFFICE.search(spelling.text)):
        found.append(spelling.span(other, other.lastgroup or 0))
    # Where both begin at once the ticket's is the whole of it.
    start, end = min(found, key=lambda span: span[0], default=(0, 0))
    return text[start:end] or None
