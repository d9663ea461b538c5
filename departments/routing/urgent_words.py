"""Words of urgency, on which the router’s urgent head is trained; danger itself is departments/danger_reader."""

from departments.text.vocabulary import DANGERS, HARMLESS, Token, vocabulary


def danger_in(message: tuple[Token, ...]) -> str:
    """The danger in a message, in Turkish ("gaz kaçağı"); empty when there is none."""
    stems = vocabulary().stems
    harmless = {found.label for found in stems.find(message, HARMLESS)}
    return next((found.label for found in stems.find(message, DANGERS) if found.label not in harmless), "")
