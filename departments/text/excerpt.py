"""What is read of a text longer than a message can be. Nothing is cut from what is stored or shown.

WhatsApp lets 4,096 letters through; whatever thinks about words needs no more, but for danger to life, which is looked
for in every letter (departments/danger_reader). Length is that of the folded text: some letters become several.
"""

from bisect import bisect
from itertools import accumulate

from departments.text.folding import folded_length, width

LONGEST, END = 4096, 1024  # letters, folded; the place often stands at the end
CUT = " […] "


def is_too_long(text: str) -> bool:
    """Whether less than all of the text is read."""
    return folded_length(text) > LONGEST


def excerpt(text: str) -> str:
    """The text, or of one that is too long its beginning and its end."""
    if not is_too_long(text):
        return text
    return f"{_beginning(text, LONGEST - END - len(CUT))}{CUT}{_beginning(text[::-1], END)[::-1]}"


def _beginning(text: str, most: int) -> str:
    """As much of the beginning of the text as folds to at most so many letters."""
    lengths = accumulate(max(width(letter), 1) for letter in text[:most])
    return text[: bisect(list(lengths), most)]
