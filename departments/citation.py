"""The ticket number that a message cites."""

import re

_TICKET_NUMBER = re.compile(
    r"\bMG[\s-]*\d{4}[\s-]*\d{3,}\b"
    r"|\b20\d{2}\s*/\s*\d{3,}\b"
    r"|(?<=#)\d{4,}\b"
    r"|(?:takip|ba[şs]vuru|kay[ıi]t|talep|talebim|dilek[çc]e)\w*(?:\s+n(?:o|u|umara)\w*)?\s*[:.]?\s*(\d{4,})\b"
    r"|\b(\d{4,})(?=\s*(?:no['’]?lu|numaral[ıi])\s+(?:ba[şs]vuru|talep|taleb|kay|[şs]ikayet|dilek))",
    re.IGNORECASE,
)


def ticket_number_in(text: str) -> str | None:
    """The first number that can only be a ticket's, exactly as it stands in the text."""
    found = _TICKET_NUMBER.search(text)
    return next((group for group in (*found.groups(), found.group()) if group), None) if found else None
