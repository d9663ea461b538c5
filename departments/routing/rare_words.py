"""Words that few messages have: two messages with one in common are likely of one matter."""

from math import log

from departments.routing.active_model import active_model
from departments.routing.features import STARTS
from departments.text.vocabulary import tokens

LETTERS = 5  # of a word's start: "rögarların" is "rögarlar" to us, "park" is in too much
IN_AT_MOST = 0.03  # of the messages that the router learned from


def rare_words(text: str) -> frozenset[str]:
    """The starts of those words of a text that few messages have."""
    return frozenset(
        start for token in tokens(text) if len(start := token.folded[:LETTERS]) == LETTERS and _is_rare(start)
    )


def _is_rare(start: str) -> bool:
    model = active_model()
    row = model.rows.get(f"{STARTS} {start}")
    return row is None or float(model.rarity[row]) >= 1 - log(IN_AT_MOST)
