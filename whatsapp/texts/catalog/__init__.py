"""The catalog of all texts that citizens read, one table for each language. Pure.

`of(code)` gives a language's table; a test checks that all tables have the same keys and placeholders and keep
WhatsApp's limits. Texts overridden by staff come in through `set_source` (whatsapp/texts/overrides.py).
"""

from collections.abc import Callable

from whatsapp.texts.catalog import ar, en, tr
from whatsapp.texts.catalog.types import Catalog

TABLES: dict[str, Catalog] = {"tr": tr.TABLE, "en": en.TABLE, "ar": ar.TABLE}

_source: Callable[[str], Catalog] = TABLES.__getitem__


def of(language: str) -> Catalog:
    """The table of a language with the overrides; the Turkish one for an unknown or no language."""
    return _source(language if language in TABLES else "tr")


def set_source(source: Callable[[str], Catalog] = TABLES.__getitem__) -> None:
    """Makes `of` get its tables from `source`; by default from TABLES, without overrides."""
    global _source  # noqa: PLW0603 - set once, when the process starts
    _source = source
