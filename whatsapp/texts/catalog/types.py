from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the line says in one language.

    `sentences` are said by name, `danger` by what is dangerous ('' is any), `buttons` are titles by what they ask for,
    `news` by status, `confirmation` holds the lines of a confirmation, `templates` what is said once the 24-hour window is
    shut: by status, '' for anything else, 'more' where a status brings no text of its own.
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
