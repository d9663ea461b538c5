from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Catalog:
    """The texts of one language.

    `sentences` are by name, `danger` by section and kind (`first.fire`), `buttons` are titles by their action, `news` by
    status; `confirmation` holds the lines of a confirmation, `templates` the bodies of message templates: by status, ''
    for any other text, 'more' for a status without a text of its own.
    """

    notice: str
    sentences: Mapping[str, str]
    danger: Mapping[str, str]
    buttons: Mapping[str, str]
    menu: Mapping[str, str]
    stars: tuple[str, ...]
    confirmation: Mapping[str, str]
    statuses: Mapping[str, str]
    news: Mapping[str, str]
    months: tuple[str, ...]
    templates: Mapping[str, str]
