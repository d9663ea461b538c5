"""Every sentence a citizen reads, a table for each language. Pure.

`of(code)` gives a language's table; a test holds all tables to the same keys, the same gaps, and WhatsApp's limits.
What staff rewrote comes in by `speak_by` (whatsapp/texts/overrides.py): this room asks nobody itself.
"""

from collections.abc import Callable

from whatsapp.texts.catalog import ar, en, tr
from whatsapp.texts.catalog.types import Catalog

TABLES: dict[str, Catalog] = {"tr": tr.TABLE, "en": en.TABLE, "ar": ar.TABLE}

_present: Callable[[str], Catalog] = TABLES.__getitem__


def of(language: str) -> Catalog:
    """The table of a language as it is said now, Turkish where there is none or nothing was chosen yet."""
    return _present(language if language in TABLES else "tr")


def speak_by(source: Callable[[str], Catalog] = TABLES.__getitem__) -> None:
    """From now on `of` gives what the source has for a language of TABLES; by default the tables as shipped."""
    global _present  # noqa: PLW0603 - one mouth in a process
    _present = source
