"""The details of a timeline entry for display: Turkish labels, names instead of codes, formatted days."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from django.contrib.auth.models import User

from departments import reference
from departments.models import Agency, Category, Department, Neighbourhood
from tickets.back_office.names import display_name
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


def names_of_assignees(events: Iterable[TicketEvent]) -> dict[str, str]:
    """The names, by user name, of the colleagues whom these entries assign; one query."""
    usernames = {str(event.data["assignee"]) for event in events if event.data.get("assignee")}
    found = User.objects.filter(username__in=usernames) if usernames else ()
    return {user.get_username(): display_name(user) for user in found}


def details(event: TicketEvent, people: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Labels and values of an entry's data, without its texts; `people` are the names of those assigned."""
    found = [(key, str(event.data[key])) for key in LABELS if event.data.get(key)]
    return tuple((LABELS[key], _formatted(key, value, people)) for key, value in found)


def _formatted(key: str, value: str, people: Mapping[str, str]) -> str:
    if key == "assignee":
        return people.get(value, value)
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
