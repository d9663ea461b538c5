"""Every sentence a citizen reads, a table for each language. Pure.

`of(code)` gives a language's table; a test holds all tables to the same keys, the same gaps, and WhatsApp's limits.
"""

from whatsapp.sentences import ar, en, tr
from whatsapp.sentences.table import Table

TABLES: dict[str, Table] = {"tr": tr.TABLE, "en": en.TABLE, "ar": ar.TABLE}


def of(language: str) -> Table:
    """The table of a language, Turkish where there is none or nothing was chosen yet."""
    return TABLES.get(language, tr.TABLE)
