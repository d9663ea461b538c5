"""The words of a search. Each is a condition more on every row, so there are few of them."""

from collections.abc import Iterable

MOST_WORDS = 16


class TooManyWordsError(ValueError):
    """A search for more different words than MOST_WORDS; `str()` says in Turkish what to do."""

    def __init__(self) -> None:
        super().__init__(f"En çok {MOST_WORDS} farklı kelime aranabilir. Daha az kelime yazın.")


def different(words: Iterable[str]) -> list[str]:
    """The different words, in their order. Raises TooManyWordsError."""
    found = list(dict.fromkeys(words))
    if len(found) > MOST_WORDS:
        raise TooManyWordsError
    return found
