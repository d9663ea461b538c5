"""The ticket number that a message cites."""

import re

_APART = r"[\s\-–—_./:]*"  # telephones make dashes long, people leave them out
_WHAT = r"(?:takip|ba[şs]vuru|kay[ıi]t|kayd|talep|taleb|dilek[çc]e|[şs]ikayet|[şs]ik[âa]yet|ihbar|referans|evrak)\w*"
_NUMBER = r"(?:n[or]|no['’]?su|num\w*|kod\w*|say[ıi]\w*)"
# Numbers that are no ticket's: a year, a telephone or an identity number.
_SHORT = r"(?!(?:19|20)\d\d(?!\d))\d{4,9}(?!\d)"

_TICKET_NUMBER = re.compile(
    rf"\bm\s?g{_APART}(?:no|nolu|numara\w*)?{_APART}20\d{{2}}{_APART}(?:\d{{3}}\s\d{{3}}|\d{{1,9}})(?!\d)"
    rf"|\bmg-?\d{{4,9}}(?!\d)"
    rf"|\b20\d{{2}}\s?/\s?\d{{3,9}}(?!\d)"
    rf"|\b20\d{{2}}[-–]\d{{6}}(?!\d)"
    rf"|(?<=#)\d{{4,9}}(?!\d)"
    rf"|{_WHAT}\s+{_NUMBER}[\s:.#=]*(\d{{4,9}})(?!\d|/\d|-\d)"
    rf"|{_WHAT}[\s:.#=]+({_SHORT})"
    rf"|\b(\d{{4,9}})(?=\s*(?:no\s?['’]?\s?l[uı]|numara\s?l[ıi]|say[ıi]l[ıi])\s+{_WHAT})",
    re.IGNORECASE,
)


def ticket_number_in(text: str) -> str | None:
    """The first number that can only be a ticket's, as written in the text; None when there is none."""
    found = _TICKET_NUMBER.search(text)
    return next((group for group in (*found.groups(), found.group()) if group), None) if found else None
