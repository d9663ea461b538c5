"""Canned answers: a text with gaps that the ticket fills. Pure."""

import re
from collections.abc import Mapping

# Placeholder in a text ({numara}) → its description.
GAPS: Mapping[str, str] = {
    "numara": "başvuru no",
    "ad": "vatandaşın adı",
    "konu": "konunun adı",
    "birim": "birimin adı",
    "mahalle": "mahallenin adı",
    "gün": "çözüm hedefi ya da programlanan gün",
}
_GAP = re.compile(r"\{([^{}]*)\}")


def unknown_gaps(text: str) -> list[str]:
    """Placeholders in the text that are not in GAPS, with their braces."""
    return [f"{{{name}}}" for name in _GAP.findall(text) if name not in GAPS]


def gaps(text: str) -> list[str]:
    """Placeholders of GAPS that are still in the text, with their braces."""
    return [f"{{{name}}}" for name in _GAP.findall(text) if name in GAPS]


def filled(text: str, facts: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; one without a value stays, for the clerk to see."""
    return _GAP.sub(lambda gap: facts.get(gap[1]) or gap[0], text)
