"""What is read of a text longer than a message can be. Nothing is cut from what is stored or shown.

WhatsApp lets 4,096 letters through; whatever thinks about words needs no more, but for danger to life, which is looked
for in every letter (departments/danger).
"""

LONGEST, END = 4096, 1024  # letters; the place often stands at the end
CUT = " […] "


def excerpt(text: str) -> str:
    """The text, or of one that is too long its beginning and its end."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - END]}{CUT}{text[-END:]}"
