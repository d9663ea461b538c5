"""Telephone numbers as people write them, made comparable."""

import re

import phonenumbers


def e164(number: str) -> str | None:
    """A number in E.164, local Turkish forms (05xx…, 5xx…) included; None where it is no telephone number."""
    # Ten digits from a 5 on are a Turkish mobile, before they are a Cuban one.
    local = re.fullmatch(r"0\d+|5\d{9}", number)
    try:
        parsed = phonenumbers.parse(number if local else f"+{number.lstrip('+')}", "TR")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
