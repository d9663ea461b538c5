"""Sentences rewritten by staff: said from the next message on, in every process."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from departments import cache
from departments.cache import RevalidatedCache
from whatsapp.models.text_overrides import TextOverride
from whatsapp.texts.catalog import TABLES, edits
from whatsapp.texts.catalog.types import Catalog


class InvalidText(ValueError):
    """A text that may not be said; `faults` says why in Turkish."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A sentence as it is shipped and as it is said; `wording` where the two differ."""

    key: str
    shipped: str
    wording: TextOverride | None

    @property
    def text(self) -> str:
        return self.wording.text if self.wording else self.shipped


def table_of(language: str) -> Catalog:
    """What is said in the language now."""
    return _tables.get()[language]


def entries(language: str) -> list[CatalogEntry]:
    """Every sentence of the language that may be rewritten, in the order of its table."""
    wordings = {row.key: row for row in TextOverride.objects.filter(language=language).select_related("by")}
    shipped = edits.flat(TABLES[language])
    return [CatalogEntry(key, text, wordings.get(key)) for key, text in shipped.items()]


def entry_of(language: str, key: str) -> CatalogEntry | None:
    """The one of that key; None where there is no such language or key."""
    if language not in TABLES:
        return None
    return next((entry for entry in entries(language) if entry.key == key), None)


def rewrite(
    *, entry: CatalogEntry, language: str, text: str, user: User, now: datetime
) -> TextOverride | None:
    """Says the text from now on; the shipped one, which is kept as no row, returns None. Raises Faulty."""
    text = text.replace("\r\n", "\n").strip()
    found = edits.faults(entry.key, text, edits.rewritten(TABLES[language], _texts(language)))
    if found:
        raise InvalidText(found)
    if text == entry.shipped:
        restore(entry=entry, language=language)
        return None
    with transaction.atomic():
        facts = {"text": text, "by": user, "updated_at": now}
        wording, _ = TextOverride.objects.update_or_create(language=language, key=entry.key, defaults=facts)
    cache.refresh()
    return wording


def restore(*, entry: CatalogEntry, language: str) -> None:
    """Says the shipped sentence again."""
    TextOverride.objects.filter(language=language, key=entry.key).delete()
    cache.refresh()


def _texts(language: str) -> dict[str, str]:
    return dict(TextOverride.objects.filter(language=language).values_list("key", "text"))


def _load() -> dict[str, Catalog]:
    return {language: edits.rewritten(table, _texts(language)) for language, table in TABLES.items()}


_tables = RevalidatedCache(_load)
