"""The filters of the queue, read from its query string."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time, timedelta
from functools import cache, reduce
from itertools import groupby
from operator import or_
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import QueryDict
from typing_extensions import override

from departments import reference
from departments.common.days import DayField
from departments.common.search_words import TooManyWordsError, different
from departments.models import DEPARTMENT_ROLES, Category, Department, Neighbourhood, Role
from departments.text.folding import fold, sort_key
from departments.working_time.working_hours import ISTANBUL
from tickets.back_office.row_keys import MINE, NONE
from tickets.board import figures
from tickets.deadlines.overdue import overdue
from tickets.desk.queue.sort_orders import ORDERS
from tickets.desk.queue.tabs import ALL, OPEN, TABS
from tickets.presence.view_marks import unread
from tickets.record import channel as ports
from tickets.record.models.ticket import DANGER, Ticket
from tickets.record.models.ticket_choices import Kind, Source
from tickets.record.permissions import Actor, unmaskable
from tickets.record.search import matching
from tickets.record.statuses import Outcome, Status
from tickets.reports.backlog import AGES, in_clock, in_limit, of_age
from tickets.reports.department import Why, late_because, reopened

LANGUAGES = (("tr", "Türkçe"), ("en", "İngilizce"), ("ar", "Arapça"))
_MOMENTS = {
    "": "created_at",
    "acted_": "first_action_at",
    "ended_": "outcome_at",
    "rated_": "rated_at",
    "closed_": "closed_at",
}
_COLUMNS = {
    "outcome": "outcome",
    "status": "status",
    "kind": "kind",
    "channel": "channel",
    "score": "satisfaction_score",
}
CodedRule = Callable[[str, datetime], Q]


def _open(rule: CodedRule) -> CodedRule:
    """The rule of open tickets alone."""
    return lambda code, now: OPEN & rule(code, now)


# As the report of open tickets and the live board count them.
_COUNTED = {
    "age": _open(of_age),
    "clock": _open(in_clock),
    "limit": _open(in_limit),
    "board": figures.listed,
}
ON_BOARD = (
    ("today", "Bugün dolacak"),
    ("legal", "Yasal süresi doldu, bugün dolacak"),
    ("unclaimed", "Üstlenilmemiş tehlike"),
    ("urgent", "Üstlenilmemiş acil iş"),
)
CLOCKS = (
    ("on_time", "Zamanında"),
    ("near", "Süresi doluyor"),
    ("overdue", "Gecikmiş"),
    ("waiting", "Bilgi bekleniyor"),
    ("no_target", "Hedefi yok"),
)
LIMITS = (
    ("far", "Çok var"),
    ("near", "Yaklaşıyor"),
    ("escalated", "Üst makama bildirildi"),
    ("over", "Dolmuş"),
)
Choices = Sequence[tuple[Any, Any]]


class Boxes(forms.CheckboxSelectMultiple):
    """Checkboxes in one template: Django renders a template per box, which took a third of the page's time."""

    template_name = "tickets/queue/boxes.html"


class Several(forms.MultipleChoiceField):
    """A multiple choice with checkboxes."""

    widget = Boxes

    def __init__(self, label: str, choices: Choices = ()) -> None:
        super().__init__(label=label, required=False, choices=choices)


def _hidden_day(label: str) -> DayField:
    return DayField(label=label, required=False, widget=forms.HiddenInput)


def _hidden_choice(label: str, choices: Choices) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, choices=choices, widget=forms.MultipleHiddenInput
    )


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
    assignee = Several("Sorumlu")
    channel = Several("Kanal", Source.choices)
    language = Several("Dil", LANGUAGES)
    kind = Several("Tür", Kind.choices)
    score = Several("Memnuniyet", [(str(score), f"{score} yıldız") for score in range(5, 0, -1)])
    since = DayField(label="Şu günden", required=False, widget=forms.DateInput({"type": "date"}))
    until = DayField(label="Şu güne", required=False, widget=forms.DateInput({"type": "date"}))
    open = forms.BooleanField(label="Açık", required=False)
    overdue = forms.BooleanField(label="Geciken", required=False)
    unread = forms.BooleanField(label="Okunmamış", required=False)
    danger = forms.BooleanField(label="Can tehlikesi", required=False)
    order = forms.ChoiceField(
        label="Sıra",
        required=False,
        choices=[(order.code, order.label) for order in ORDERS],
        widget=forms.HiddenInput,
    )
    # What the numbers of the reports count by; they come in a link from there.
    outcome = _hidden_choice("Sonuç", Outcome.choices)
    acted_since, acted_until = _hidden_day("İlk işlem: şu günden"), _hidden_day("İlk işlem: şu güne")
    ended_since, ended_until = _hidden_day("Sonuç: şu günden"), _hidden_day("Sonuç: şu güne")
    rated_since, rated_until = _hidden_day("Değerlendirme: şu günden"), _hidden_day("Değerlendirme: şu güne")
    closed_since, closed_until = _hidden_day("Kapanma: şu günden"), _hidden_day("Kapanma: şu güne")
    reopened_since, reopened_until = (
        _hidden_day("Yeniden açılma: şu günden"),
        _hidden_day("Yeniden açılma: şu güne"),
    )
    why = _hidden_choice("Gecikme nedeni", Why.choices)
    age = _hidden_choice("Yaş", [(code, name) for code, name, _ in AGES])
    clock = _hidden_choice("Süre", CLOCKS)
    limit = _hidden_choice("Yasal süre", LIMITS)
    board = _hidden_choice("Canlı pano", ON_BOARD)

    def __init__(self, data: QueryDict, actor: Actor) -> None:
        super().__init__(data)
        self._actor = actor
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
        people = cache(lambda: _people(actor))  # asked for where somebody chooses among them, and then once
        self._several("assignee").choices = lambda: [
            (MINE, "Bana verilmiş"),
            (NONE, "Sorumlusu yok"),
            *people(),
        ]

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

    def clean_q(self) -> str:
        words: str = self.cleaned_data["q"]
        try:
            different(fold(words).split())
        except TooManyWordsError as error:
            raise forms.ValidationError(str(error)) from error
        return words

    def apply(self, rows: QuerySet[Ticket], now: datetime) -> QuerySet[Ticket]:
        """The rows that pass all filters except the tab."""
        if not self.is_valid():
            return rows.none()
        wanted = self.cleaned_data
        rows = self._marked(self._of_day(rows), now)
        rows = self._of_people(rows)
        for name in ("department", "category", "neighbourhood"):
            rows = self._coded(rows, name, wanted[name])
        for name, column in _COLUMNS.items():
            if wanted[name]:
                rows = rows.filter(**{f"{column}__in": wanted[name]})
        return matching(rows, wanted["q"], unmaskable(self._actor)) if wanted["q"] else rows

    def _of_day(self, rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
        for moment, column in _MOMENTS.items():
            since, until = self.cleaned_data[f"{moment}since"], self.cleaned_data[f"{moment}until"]
            if since:
                rows = rows.filter(**{f"{column}__gte": _midnight(since)})
            if until:
                rows = rows.filter(**{f"{column}__lt": _midnight(until + timedelta(days=1))})
        since, until = self.cleaned_data["reopened_since"], self.cleaned_data["reopened_until"]
        if not (since or until):
            return rows
        return reopened(rows, since and _midnight(since), until and _midnight(until + timedelta(days=1)))

    def _marked(self, rows: QuerySet[Ticket], now: datetime) -> QuerySet[Ticket]:
        wanted = self.cleaned_data
        if wanted["open"]:
            rows = rows.filter(OPEN)
        if wanted["overdue"]:
            rows = rows.filter(overdue(now))
        if wanted["why"]:
            rows = late_because(rows, wanted["why"], now)
        for name, rule in _COUNTED.items():
            if wanted[name]:
                rules = (rule(code, now) for code in wanted[name])
                rows = rows.filter(reduce(or_, rules))
        if wanted["unread"] and self._actor.user:
            rows = rows.filter(unread(self._actor.user))
        return rows.filter(DANGER) if wanted["danger"] else rows

    def _of_people(self, rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
        """By who has the ticket, and by the language of whose it is."""
        chosen, languages = self.cleaned_data["assignee"], self.cleaned_data["language"]
        if languages:
            rows = rows.filter(citizen__in=ports.channel().speakers(languages))
        if not chosen:
            return rows
        keys = {int(key) for key in chosen if key not in (MINE, NONE)}
        if MINE in chosen and self._actor.user:
            keys.add(self._actor.user.pk)
        rule = Q(assignee__in=sorted(keys))
        return rows.filter(rule | Q(assignee__isnull=True) if NONE in chosen else rule)

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
        if isinstance(field, forms.MultipleChoiceField):
            names = dict(_flat(field.choices))
            return ", ".join(str(names[each]) for each in value)
        if isinstance(value, bool):
            return "evet" if value else ""
        return f"{value:%d.%m.%Y}" if value and isinstance(field, forms.DateField) else str(value or "")


NOT_SHOWN = ("tab", "order")


def _people(actor: Actor) -> list[tuple[str, str]]:
    """Who may have tickets that the actor sees: everybody with a role, or of a department only its own."""
    rows = User.objects.filter(is_active=True, memberships__isnull=False)
    if not (actor.sees_everything or actor.has(Role.OPERATOR, Role.DPO)):
        rows = rows.filter(memberships__department__in=actor.departments(*DEPARTMENT_ROLES))
    names = [(str(row.pk), row.get_full_name() or row.get_username()) for row in rows.distinct()]
    return sorted(names, key=lambda pair: sort_key(pair[1]))


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
