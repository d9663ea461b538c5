"""Words of urgency, which the training of the router's urgent head counts on; danger itself: departments/danger."""

from departments.text.vocabulary import Token, vocabulary


def danger_in(message: tuple[Token, ...]) -> str:
    """The danger in a message, in Turkish ("gaz kaçağı"); empty when there is none."""
    words = vocabulary()
    harmless = {found.label for found in words.harmless.find(message)}
    return next((found.label for found in words.dangers.find(message) if found.label not in harmless), "")
