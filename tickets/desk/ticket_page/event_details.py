"""The details of a timeline entry for display: Turkish labels, names instead of codes, formatted days."""

from collections.abc import Callable, Mapping
from datetime import date

from departments import reference
from departments.models import Agency, Category, Department, Neighbourhood
from tickets.danger.open_dangers import name_of
from tickets.record.hiding_reasons import HidingReason
from tickets.record.models.ticket_choices import Priority
from tickets.record.models.timeline import TicketEvent

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
    "neighbourhood": "Mahalle",
    "address": "Adres",
    "registry_number": "Evrak no (EBYS)",
    "cimer_number": "CİMER no",
}
_NAMED: Mapping[str, Callable[[str], Agency | Category | Department | Neighbourhood | None]] = {
    "neighbourhood": reference.neighbourhood,
    "category": reference.category,
    "department": reference.department,
    "agency": reference.agency,
}


def details(event: TicketEvent) -> tuple[tuple[str, str], ...]:
    """Labels and values of an entry's data, without its texts."""
    found = [(key, str(event.data[key])) for key in LABELS if event.data.get(key)]
    return tuple((LABELS[key], _formatted(key, value)) for key, value in found)


def _formatted(key: str, value: str) -> str:
    if key in _NAMED:
        row = _NAMED[key](value)
        return row.name if row else value
    if key == "priority":
        return str(Priority(value).label)
    if key == "hidden":
        return str(HidingReason(value).label)
    if key in ("danger", "from_danger"):
        return name_of(value)
    return f"{date.fromisoformat(value):%d.%m.%Y}" if key == "planned_for" else value
