"""Canned answers: a text with gaps that the ticket fills. Pure."""

import re
from collections.abc import Mapping

# By the name that stands in the text, what it is filled with.
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
    """The gaps of the text that nothing fills, as they stand there."""
    return [f"{{{name}}}" for name in _GAP.findall(text) if name not in GAPS]


def gaps(text: str) -> list[str]:
    """The gaps of ours that are still to be filled, as they stand in the text."""
    return [f"{{{name}}}" for name in _GAP.findall(text) if name in GAPS]


def filled(text: str, facts: Mapping[str, str]) -> str:
    """The text with its gaps filled. One that the ticket knows nothing for stays, for the clerk to see."""
    return _GAP.sub(lambda gap: facts.get(gap[1]) or gap[0], text)
