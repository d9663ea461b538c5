"""The details of a timeline entry for display: Turkish labels, names instead of codes, formatted days."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import CharField, QuerySet, Value

from departments.models import Agency, Category, Department
from tickets.dangers import name_of
from tickets.models import Attachment, Priority, TicketEvent

LABELS = {
    "reason": "Gerekçe",
    "planned_for": "Gün",
    "priority": "Öncelik",
    "danger": "Tehlike",
    "from_danger": "Önceki",
    "category": "Konu",
    "department": "Birim",
    "assignee": "Sorumlu",
    "agency": "Kurum",
    "duplicate_of": "Asıl başvuru",
    "answer": "Önerilen cevap",
    "into": "Açılan başvuru",
    "from": "Ayrıldığı başvuru",
    "comment": "Vatandaşın notu",
    "hidden": "Neden",
    "address": "Adres",
}
_NAMED: Mapping[str, QuerySet[Any]] = {
    "category": Category.objects.all(),
    "department": Department.objects.all(),
    "agency": Agency.objects.all(),
}

Names = Mapping[tuple[str, str], str]


def names_in(events: Iterable[TicketEvent]) -> Names:
    """The names of the codes in the entries, by (key, code), in one statement."""
    codes = {key: {event.data[key] for event in events if event.data.get(key)} for key in _NAMED}
    queries = [
        rows.filter(code__in=codes[key])
        .annotate(key=Value(key, CharField()))
        .values_list("key", "code", "name")
        for key, rows in _NAMED.items()
        if codes[key]
    ]
    if not queries:
        return {}
    return {(key, code): name for key, code, name in queries[0].union(*queries[1:])}


def details(event: TicketEvent, names: Names) -> tuple[tuple[str, str], ...]:
    """Labels and values of an entry's data, without its texts."""
    found = [(key, str(event.data[key])) for key in LABELS if event.data.get(key)]
    return tuple((LABELS[key], names.get((key, value)) or _formatted(key, value)) for key, value in found)


def _formatted(key: str, value: str) -> str:
    if key == "priority":
        return str(Priority(value).label)
    if key == "hidden":
        return str(Attachment.Hidden(value).label)
    if key in ("danger", "from_danger"):
        return name_of(value)
    return f"{date.fromisoformat(value):%d.%m.%Y}" if key == "planned_for" else value
