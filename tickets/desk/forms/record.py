"""The forms that correct what a ticket says: place, subject, whose it is, danger, numbers; and that split it."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from typing_extensions import override
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from departments import reference
from departments.danger_reader.kinds import kinds
from departments.models import Category, Department, Role
from departments.places.points import Point, locate
from departments.text.folding import sort_key
from tickets.back_office.long_select import LongSelect
from tickets.back_office.names import PersonField
from tickets.back_office.subject_select import SubjectSelect
from tickets.casework.registry import LABELS
from tickets.desk.forms.base import WriteForm
from tickets.public.publishing import TEXT_LENGTH
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import LocationSource, Priority


class PlaceForm(WriteForm):
    """A new position of the pin."""

    lat = forms.FloatField(min_value=-90, max_value=90)
    lon = forms.FloatField(min_value=-180, max_value=180)

    @override
    def details(self) -> dict[str, Any]:
        point = Point(self.cleaned_data["lat"], self.cleaned_data["lon"])
        place = {"point": point, "source": LocationSource.STAFF, "neighbourhood": locate(point).neighbourhood}
        return {"version": self.cleaned_data["version"]} | place


class AddressForm(WriteForm):
    """Mahalle and address as they are, where the citizen or a clerk had them wrong."""

    neighbourhood = forms.ChoiceField(label="Mahalle", required=False, widget=LongSelect)
    address = forms.CharField(
        label="Adres: cadde, sokak, no, tarif",
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        known = reference.neighbourhoods()
        self.fields["neighbourhood"].choices = [  # type: ignore[attr-defined]
            ("", "Bilinmiyor"), *((each.code, each.name) for each in known),
        ]  # fmt: skip
        here = self.ticket.neighbourhood
        self.initial.update(neighbourhood=here.code if here else "", address=self.ticket.address)

    @override
    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not (given.get("neighbourhood") or given.get("address")):
            self.add_error("address", "Mahalleyi seçin ya da adresi yazın.")
        return given

    @override
    def details(self) -> dict[str, Any]:
        given = super().details()
        mahalle = reference.neighbourhood(given["neighbourhood"])
        return given | {
            "neighbourhood": mahalle, "point": None, "source": LocationSource.STAFF, "corrected": True,
        }  # fmt: skip


class SplitForm(WriteForm):
    description = forms.CharField(
        label="İkinci başvurunun konusu", max_length=4000, widget=UnfoldAdminTextareaWidget({"rows": 3})
    )
    category = forms.ModelChoiceField(
        Category.objects.filter(active=True, department__isnull=False)
        .select_related("department")
        .order_by("name"),
        label="Konusu",
        required=False,
        empty_label="Belirsiz: sonra bakılacak",
        widget=SubjectSelect({"data-fuzzy": "Konu, birim ya da sözcük yazın"}),
    )

    told = forms.BooleanField(label="Vatandaşa yeni numarayı bildir", required=False, initial=True)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if self.ticket.citizen_id is None or self.ticket.restricted:
            del self.fields["told"]  # there is nobody to tell
        self.fields["attachments"] = forms.ModelMultipleChoiceField(
            self.ticket.attachments.order_by("id"), label="Onunla giden dosyalar", required=False
        )

    @override
    def details(self) -> dict[str, Any]:
        category = self.cleaned_data["category"]
        return super().details() | {"department": category.department if category else None}


class AssignForm(WriteForm):
    department = forms.ModelChoiceField(
        Department.objects.filter(active=True).order_by("name"),
        label="Birim",
        required=False,
        empty_label="Şimdiki birim",
        widget=LongSelect,
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["assignee"] = PersonField(
            _workers(self.ticket), label="Sorumlu", required=False, widget=UnfoldAdminSelectWidget
        )


class ClassifyForm(WriteForm):
    category = forms.ModelChoiceField(
        Category.objects.filter(active=True, department__isnull=False).order_by("name"),
        label="Konu",
        widget=SubjectSelect({"data-fuzzy": "Konu, birim ya da sözcük yazın"}),
    )


class ReleaseForm(WriteForm):
    version = None  # type: ignore[assignment]  # letting a danger go does not depend on other changes
    reason = forms.CharField(label="Neden bırakıyorsunuz?", max_length=200)


class DangerForm(WriteForm):
    """What the report really tells of: nothing dangerous, urgent work, or a kind of danger to life."""

    NOTHING, WORK = "none", "work"

    what = forms.ChoiceField(label="Gerçekte ne?", widget=UnfoldAdminSelectWidget)
    restricted = forms.BooleanField(label="Gizli: yalnızca nöbetçiler görsün", required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        levels = [(self.NOTHING, "Tehlike değil"), (self.WORK, "Acil iş")]
        dangers = sorted(
            ((each.key, each.name) for each in kinds().values()), key=lambda pair: sort_key(pair[1])
        )
        self.fields["what"].choices = [*levels, ("Can tehlikesi", dangers)]  # type: ignore[attr-defined]
        now = self.WORK if self.ticket.urgent else self.NOTHING
        self.initial.update(what=self.ticket.danger or now, restricted=self.ticket.restricted)

    @override
    def details(self) -> dict[str, Any]:
        what = self.cleaned_data["what"]
        danger = "" if what in (self.NOTHING, self.WORK) else what
        known = {name: self.cleaned_data[name] for name in ("version", "restricted")}
        return known | {"danger": danger, "urgent": what != self.NOTHING}


class RegisterForm(WriteForm):
    registry_number = forms.CharField(
        label=LABELS["registry_number"], required=False, widget=UnfoldAdminTextInputWidget
    )
    cimer_number = forms.CharField(
        label=LABELS["cimer_number"], required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for name in LABELS:
            self.initial[name] = getattr(self.ticket, name)


class PublishForm(WriteForm):
    """What everybody may read and see of it, or that nobody may any more."""

    text = forms.CharField(
        label="Herkesin okuyacağı metin",
        required=False,
        max_length=TEXT_LENGTH,
        widget=UnfoldAdminTextareaWidget({"rows": 3, "placeholder": "Ad, telefon, adres yazmayın."}),
    )
    withdraw = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.initial["text"] = self.ticket.published_text
        self.fields["photos"] = forms.ModelMultipleChoiceField(
            self.ticket.attachments.order_by("id"), label="Fotoğraflar", required=False
        )

    @override
    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not any(given.get(name) for name in ("text", "photos", "withdraw")):
            self.add_error("text", "Metin yazın ya da fotoğraf seçin.")
        return given

    @override
    def details(self) -> dict[str, Any]:
        given = super().details()
        withdrawn = {"text": "", "photos": ()} if given.pop("withdraw") else {}
        return given | withdrawn


class PriorityForm(WriteForm):
    priority = forms.TypedChoiceField(
        label="Öncelik", choices=Priority.choices, coerce=Priority, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.initial["priority"] = self.ticket.priority


def _workers(ticket: Ticket) -> QuerySet[User]:
    """Users that a ticket can be assigned to: its department and the call centre."""
    here = Q(memberships__department=ticket.department_id) if ticket.department_id else Q(pk__in=[])
    line = Q(memberships__role__in=(Role.OPERATOR, Role.SUPERVISOR))
    return User.objects.filter(here | line, is_active=True).distinct().order_by("username")
