"""Parsing of telephone numbers."""

import re

import phonenumbers


def e164(number: str) -> str | None:
    """Converts a number to E.164, local Turkish forms (05xx…, 5xx…) included; None for an invalid number."""
    # Ten digits from a 5 on are a Turkish mobile, before they are a Cuban one.
    local = re.fullmatch(r"0\d+|5\d{9}", number)
    try:
        parsed = phonenumbers.parse(number if local else f"+{number.lstrip('+')}", "TR")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
