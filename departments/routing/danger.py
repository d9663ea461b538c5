"""Danger words: they make a request urgent whatever its category."""

from departments.text.vocabulary import Token, vocabulary

BY_THE_WHOLE = "ifadenin bütünü tehlike bildiriyor"


def danger_in(message: tuple[Token, ...]) -> str:
    """The danger in a message, in Turkish ("gaz kaçağı"); empty when there is none."""
    words = vocabulary()
    harmless = {found.label for found in words.harmless.find(message)}
    return next((found.label for found in words.dangers.find(message) if found.label not in harmless), "")
