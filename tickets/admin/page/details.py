"""What an entry of the timeline was about, in words that staff know: names for codes, days as they are written."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import CharField, QuerySet, Value

from departments.models import Agency, Category, Department
from tickets.models import Priority, TicketEvent

LABELS = {
    "reason": "Gerekçe",
    "planned_for": "Gün",
    "priority": "Öncelik",
    "category": "Konu",
    "department": "Birim",
    "assignee": "Sorumlu",
    "agency": "Kurum",
    "duplicate_of": "Asıl başvuru",
    "answer": "Önerilen cevap",
    "into": "Açılan başvuru",
    "from": "Ayrıldığı başvuru",
    "comment": "Vatandaşın notu",
    "address": "Adres",
}
_NAMED: Mapping[str, QuerySet[Any]] = {
    "category": Category.objects.all(),
    "department": Department.objects.all(),
    "agency": Agency.objects.all(),
}

Names = Mapping[tuple[str, str], str]


def names_in(events: Iterable[TicketEvent]) -> Names:
    """What the codes in the entries stand for, by the word that they stand under, in one statement."""
    codes = {word: {event.data[word] for event in events if event.data.get(word)} for word in _NAMED}
    asked = [
        rows.filter(code__in=codes[word])
        .annotate(word=Value(word, CharField()))
        .values_list("word", "code", "name")
        for word, rows in _NAMED.items()
        if codes[word]
    ]
    if not asked:
        return {}
    return {(word, code): name for word, code, name in asked[0].union(*asked[1:])}


def details(event: TicketEvent, names: Names) -> tuple[tuple[str, str], ...]:
    """Labels and values of what is known of the entry beside its texts."""
    found = [(word, str(event.data[word])) for word in LABELS if event.data.get(word)]
    return tuple((LABELS[word], names.get((word, value)) or _said(word, value)) for word, value in found)


def _said(word: str, value: str) -> str:
    if word == "priority":
        return str(Priority(value).label)
    return f"{date.fromisoformat(value):%d.%m.%Y}" if word == "planned_for" else value
