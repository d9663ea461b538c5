"""The filters of the queue, read from its query string."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from typing_extensions import override

from departments import reference
from departments.models import Category, Department, Neighbourhood
from departments.working_time.working_hours import ISTANBUL
from tickets.admin.queue.paging import ORDERS
from tickets.admin.queue.tabs import ALL, TABS
from tickets.days import DayField
from tickets.models import Kind, Ticket
from tickets.overdue import overdue
from tickets.permissions import Actor, unmaskable
from tickets.search import matching
from tickets.workflow import Status

NONE = "yok"
Choices = Sequence[tuple[Any, Any]]


class Boxes(forms.CheckboxSelectMultiple):
    """Checkboxes in one template: Django renders a template per box, which took a third of the page's time."""

    template_name = "tickets/queue/boxes.html"


class Several(forms.MultipleChoiceField):
    """A multiple choice with checkboxes."""

    widget = Boxes

    def __init__(self, label: str, choices: Choices = ()) -> None:
        super().__init__(label=label, required=False, choices=choices)


class QueueFilters(forms.Form):
    """The queue's filters. Invalid input shows no tickets, so that nobody acts on more of them than was meant."""

    tab = forms.ChoiceField(choices=[(tab.code, tab.label) for tab in TABS], required=False)
    q = forms.CharField(
        label="Ara",
        required=False,
        max_length=200,
        widget=forms.TextInput({"type": "search", "placeholder": "Başvuru no, ad, telefon, metin, mahalle"}),
    )
    status = Several("Durum", Status.choices)
    department = Several("Birim")
    category = Several("Konu")
    neighbourhood = Several("Mahalle")
    kind = Several("Tür", Kind.choices)
    score = Several("Memnuniyet", [(str(score), f"{score} yıldız") for score in range(5, 0, -1)])
    since = DayField(label="Şu günden", required=False, widget=forms.DateInput({"type": "date"}))
    until = DayField(label="Şu güne", required=False, widget=forms.DateInput({"type": "date"}))
    overdue = forms.BooleanField(label="Geciken", required=False)
    order = forms.ChoiceField(
        label="Sıra", required=False, choices=[(order.code, order.label) for order in ORDERS]
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        departments, subjects = reference.departments(), reference.subjects()
        places = reference.neighbourhoods()
        # Primary keys instead of codes: without the join the planner estimates better.
        self._keys = {
            "department": {row.code: row.pk for row in departments},
            "category": {row.code: row.pk for row in subjects},
            "neighbourhood": {row.code: row.pk for row in places},
        }
        self._several("department").choices = [(NONE, "Birimsiz"), *_pairs(departments)]
        self._several("category").choices = [(NONE, "Konusuz"), *_grouped(subjects)]
        self._several("neighbourhood").choices = [(NONE, "Mahallesi bilinmeyen"), *_pairs(places)]

    def _several(self, name: str) -> Several:
        field = self.fields[name]
        assert isinstance(field, Several)  # noqa: S101 - for the type alone
        return field

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", "Bitiş günü başlangıçtan önce olamaz.")
        return cleaned

    def apply(self, rows: QuerySet[Ticket], actor: Actor, now: datetime) -> QuerySet[Ticket]:
        """The rows that pass all filters except the tab; `actor` searches."""
        if not self.is_valid():
            return rows.none()
        wanted = self.cleaned_data
        for name in ("department", "category", "neighbourhood"):
            rows = self._coded(rows, name, wanted[name])
        for name, column in (("status", "status"), ("kind", "kind"), ("score", "satisfaction_score")):
            if wanted[name]:
                rows = rows.filter(**{f"{column}__in": wanted[name]})
        if wanted["since"]:
            rows = rows.filter(created_at__gte=_midnight(wanted["since"]))
        if wanted["until"]:
            rows = rows.filter(created_at__lt=_midnight(wanted["until"] + timedelta(days=1)))
        if wanted["overdue"]:
            rows = rows.filter(overdue(now))
        return matching(rows, wanted["q"], unmaskable(actor)) if wanted["q"] else rows

    def _coded(self, rows: QuerySet[Ticket], name: str, codes: list[str]) -> QuerySet[Ticket]:
        if not codes:
            return rows
        keys = [self._keys[name][code] for code in codes if code != NONE]
        rule = Q((f"{name}__in", keys))
        return rows.filter(rule | Q((f"{name}__isnull", True)) if NONE in codes else rule)

    def active(self) -> list[tuple[str, str]]:
        """Label and value of each filter that is set, for display."""
        if not self.is_valid():
            return []
        shown = [
            (str(field.label), self._display_value(name))
            for name, field in self.fields.items()
            if name not in NOT_SHOWN
        ]
        return [(label, text) for label, text in shown if text]

    def _display_value(self, name: str) -> str:
        value, field = self.cleaned_data[name], self.fields[name]
        if isinstance(field, Several):
            names = dict(_flat(field.choices))
            return ", ".join(str(names[each]) for each in value)
        if isinstance(value, bool):
            return "evet" if value else ""
        return f"{value:%d.%m.%Y}" if value and isinstance(field, forms.DateField) else str(value or "")


NOT_SHOWN = ("tab", "order")


def address(data: QueryDict, **changes: str) -> str:
    """The query string with these changes, without the position in the list, which fits no other filter or tab."""
    kept = data.copy()
    for name in ("after", "before", "live"):
        kept.pop(name, None)
    for name, value in changes.items():
        kept[name] = value
    for name in [name for name, values in kept.lists() if not any(values)]:
        del kept[name]
    return "?" + kept.urlencode()


def tab_code(data: QueryDict) -> str:
    return data.get("tab") or ALL.code


def _grouped(rows: Iterable[Category]) -> Choices:
    groups = groupby(rows, key=lambda row: row.parent.name if row.parent else "")
    return [(group, _pairs(members)) for group, members in groups]


def _pairs(rows: Iterable[Department | Category | Neighbourhood]) -> list[tuple[Any, Any]]:
    return [(row.code, row.name) for row in rows]


def _flat(choices: Any) -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for value, label in choices:
        flat += label if isinstance(label, list) else [(value, label)]
    return flat


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ISTANBUL)
