"""Words that few messages have: two messages with one in common are likely of one matter."""

from departments.routing.active_model import active_model
from departments.text.vocabulary import tokens

LETTERS = 5  # of a word's start: "rögarların" is "rögarlar" to us, "park" is in too much


def rare_words(text: str) -> frozenset[str]:
    """The starts of those words of a text that few messages have."""
    model = active_model()
    starts = (token.folded[:LETTERS] for token in tokens(text))
    return frozenset(start for start in starts if len(start) == LETTERS and model.is_rare(start))
