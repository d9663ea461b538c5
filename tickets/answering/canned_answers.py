"""Canned answers: a text with placeholders that the ticket fills. Pure."""

import re
from collections.abc import Mapping

# Placeholder in a text ({numara}) → its description.
PLACEHOLDERS: Mapping[str, str] = {
    "numara": "başvuru no",
    "ad": "vatandaşın adı",
    "konu": "konunun adı",
    "birim": "birimin adı",
    "mahalle": "mahallenin adı",
    "gün": "çözüm hedefi ya da programlanan gün",
}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def unknown_placeholders(text: str) -> list[str]:
    """Placeholders in the text that are not in PLACEHOLDERS, with their braces."""
    return [f"{{{name}}}" for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]


def placeholders(text: str) -> list[str]:
    """Placeholders of PLACEHOLDERS that are still in the text, with their braces."""
    return [f"{{{name}}}" for name in _PLACEHOLDER.findall(text) if name in PLACEHOLDERS]


def filled(text: str, facts: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; one without a value stays, for the clerk to see."""
    return _PLACEHOLDER.sub(lambda match: facts.get(match[1]) or match[0], text)
