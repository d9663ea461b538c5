"""Sentences rewritten by staff: said from the next message on, in every process within seconds."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max

from departments.cache import Fresh
from whatsapp.models.overrides import Wording
from whatsapp.texts.catalog import TABLES, edits
from whatsapp.texts.catalog.table import Table


class Faulty(ValueError):
    """A text that may not be said; `faults` says why in Turkish."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Entry:
    """A sentence as it is shipped and as it is said; `wording` where the two differ."""

    key: str
    shipped: str
    wording: Wording | None

    @property
    def text(self) -> str:
        return self.wording.text if self.wording else self.shipped


def table_of(language: str) -> Table:
    """What is said in the language now."""
    return _tables.get()[language]


def entries(language: str) -> list[Entry]:
    """Every sentence of the language that may be rewritten, in the order of its table."""
    wordings = {row.key: row for row in Wording.objects.filter(language=language).select_related("by")}
    shipped = edits.flat(TABLES[language])
    return [Entry(key, text, wordings.get(key)) for key, text in shipped.items()]


def entry_of(language: str, key: str) -> Entry | None:
    """The one of that key; None where there is no such language or key."""
    if language not in TABLES:
        return None
    return next((entry for entry in entries(language) if entry.key == key), None)


def rewrite(*, entry: Entry, language: str, text: str, user: User, now: datetime) -> Wording | None:
    """Says the text from now on; the shipped one, which is kept as no row, returns None. Raises Faulty."""
    text = text.replace("\r\n", "\n").strip()
    found = edits.faults(entry.key, text, edits.rewritten(TABLES[language], _texts(language)))
    if found:
        raise Faulty(found)
    if text == entry.shipped:
        restore(entry=entry, language=language)
        return None
    with transaction.atomic():
        facts = {"text": text, "by": user, "updated_at": now}
        wording, _ = Wording.objects.update_or_create(language=language, key=entry.key, defaults=facts)
    Fresh.forget()
    return wording


def restore(*, entry: Entry, language: str) -> None:
    """Says the shipped sentence again."""
    Wording.objects.filter(language=language, key=entry.key).delete()
    Fresh.forget()


def _texts(language: str) -> dict[str, str]:
    return dict(Wording.objects.filter(language=language).values_list("key", "text"))


def _load() -> dict[str, Table]:
    return {language: edits.rewritten(table, _texts(language)) for language, table in TABLES.items()}


def _stamp() -> Hashable:
    counted = Wording.objects.aggregate(Max("updated_at"), Count("id"))
    return counted["updated_at__max"], counted["id__count"]


_tables = Fresh(load=_load, stamp=_stamp)
