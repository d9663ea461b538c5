"""What staff corrected, kept to learn from and stripped of whoever wrote it."""

import re
from collections.abc import Iterable

from .folding import fold
from .models import Correction

HIDDEN = "…"

# Addresses of all kinds, numbers long enough for a telephone, an identity or a register, number plates.
_PERSONAL = re.compile(
    r"\S+@\S+|(?:https?://|www\.)\S+|\+?\d(?:[\s().-]*\d){3,}|\b\d{2}\s?[a-zçğıöşü]{1,3}\s?\d{2,4}\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")


def keep(correction: Correction, *, names: Iterable[str] = ()) -> None:
    """Save a correction, its text anonymised; one without a word left, or of a restricted category, is not kept.

    Restricted categories hold special categories of personal data (KVKK art. 6), which no masking makes harmless.
    """
    correction.text = anonymised(correction.text, names)
    if _WORD.search(correction.text) and not correction.category.restricted:
        correction.save()


def anonymised(text: str, names: Iterable[str] = ()) -> str:
    """The text without what names or reaches a person: the names given, addresses, numbers, number plates."""
    parts = {fold(part) for name in names for part in name.split()}

    def hide(word: re.Match[str]) -> str:
        return HIDDEN if fold(word.group()) in parts else word.group()

    return _WORD.sub(hide, _PERSONAL.sub(HIDDEN, text))
