"""Keys of rows, as forms and addresses send them."""

NONE, MINE = "yok", "ben"  # in place of a key: rows without one, rows of whoever asks
MOST_DIGITS = 18  # what a big integer of the database holds in any case


def key_of(text: str) -> int:
    """The key (or version, or page) that the text is; 0, which is no row's, for anything else, however long."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else 0
