"""Service for texts overridden by staff: they apply to the next message, in every process within seconds."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from departments.common import cache
from departments.common.cache import RevalidatedCache
from whatsapp.texts.catalog import TABLES, override_rules
from whatsapp.texts.catalog.types import Catalog
from whatsapp.texts.models.text_overrides import TextOverride


class InvalidText(ValueError):
    """A text that is not allowed; `faults` says why in Turkish."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A text of the catalog as shipped and as used; `override` is its override, None where there is none."""

    key: str
    shipped: str
    override: TextOverride | None

    @property
    def text(self) -> str:
        return self.override.text if self.override else self.shipped


def table_of(language: str) -> Catalog:
    """The language's catalog with the overrides."""
    return _tables.get()[language]


def entries(language: str) -> list[CatalogEntry]:
    """The overridable texts of the language, in the order of its table."""
    overrides = {row.key: row for row in TextOverride.objects.filter(language=language).select_related("by")}
    shipped = override_rules.flat(TABLES[language])
    return [CatalogEntry(key, text, overrides.get(key)) for key, text in shipped.items()]


def entry_of(language: str, key: str) -> CatalogEntry | None:
    """The entry with that key; None for an unknown language or key."""
    if language not in TABLES:
        return None
    return next((entry for entry in entries(language) if entry.key == key), None)


def rewrite(
    *, entry: CatalogEntry, language: str, text: str, user: User, now: datetime
) -> TextOverride | None:
    """Overrides a text; the shipped text removes the override and returns None. Raises InvalidText."""
    text = text.replace("\r\n", "\n").strip()
    found = override_rules.faults(
        entry.key, text, override_rules.rewritten(TABLES[language], _texts(language))
    )
    if found:
        raise InvalidText(found)
    if text == entry.shipped:
        restore(entry=entry, language=language)
        return None
    with transaction.atomic():
        facts = {"text": text, "by": user, "updated_at": now}
        override, _ = TextOverride.objects.update_or_create(language=language, key=entry.key, defaults=facts)
    cache.refresh()
    return override


def restore(*, entry: CatalogEntry, language: str) -> None:
    """Removes the override of a text."""
    TextOverride.objects.filter(language=language, key=entry.key).delete()
    cache.refresh()


def _texts(language: str) -> dict[str, str]:
    return dict(TextOverride.objects.filter(language=language).values_list("key", "text"))


def _load() -> dict[str, Catalog]:
    return {language: override_rules.rewritten(table, _texts(language)) for language, table in TABLES.items()}


_tables = RevalidatedCache(_load)
