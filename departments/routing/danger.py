"""Rules of danger: words that make a request urgent whatever it is about."""

from departments.text.vocabulary import Token, vocabulary

BY_THE_WHOLE = "ifadenin bütünü tehlike bildiriyor"


def danger_in(message: tuple[Token, ...]) -> str:
    """Why the message is urgent, in Turkish, or nothing."""
    words = vocabulary()
    harmless = {found.label for found in words.harmless.find(message)}
    return next((found.label for found in words.dangers.find(message) if found.label not in harmless), "")
