"""The forms of the ticket page. They clean the arguments of a service; the workflow checks which a move needs."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet
from typing_extensions import override
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from departments.danger.kinds import kinds
from departments.models import Agency, Category, Department, Role
from departments.places.points import Point, locate
from departments.text.folding import sort_key
from tickets import canned_answers
from tickets.admin.subjects import SubjectSelect
from tickets.days import DayField
from tickets.models import CannedAnswer, LocationSource, PhoneCall, Priority, Ticket
from tickets.permissions import Actor, parties, visible_to
from tickets.search import numbered
from tickets.services.phone_access import works_on
from tickets.services.registry import LABELS
from tickets.services.words import REPLY_LENGTH
from tickets.workflow import DEPARTMENT, ENDED, STAFF, Move, Status, moves_for

AnyUser = User | AnonymousUser
ANSWER_LABELS = {Status.WAITING: "Vatandaşa soru", Status.REVIEW: "Önerilen cevap"}
# The button's text by the new status, and in _FROM by old and new status where that differs.
ACTIONS = {
    Status.NEW: "İade et",
    Status.ASSIGNED: "Birim değiştir",
    Status.IN_PROGRESS: "İşe başla",
    Status.PLANNED: "Programa al",
    Status.WAITING: "Vatandaşa sor",
    Status.REVIEW: "Onaya gönder",
    Status.RESOLVED: "Çözüldü",
    Status.REJECTED: "Karşılanamadı",
    Status.REDIRECTED: "Kuruma yönlendir",
    Status.DUPLICATE: "Birleştir (mükerrer)",
    Status.CANCELLED: "İptal et",
    Status.CLOSED: "Kapat",
}
_FROM = {
    (Status.NEW, Status.ASSIGNED): "Birime gönder",
    (Status.REVIEW, Status.RESOLVED): "Onayla ve gönder",
    (Status.REVIEW, Status.IN_PROGRESS): "Birime geri çevir",
    (Status.WAITING, Status.ASSIGNED): "Birime gönder",
}


def action(at: Status, to: Status) -> str:
    """The text of the button for a move."""
    if at in ENDED and to is Status.ASSIGNED:
        return "Yeniden aç"
    if at is Status.WAITING and to in (Status.NEW, Status.IN_PROGRESS, Status.PLANNED):
        return "Beklemeyi bitir"
    return _FROM.get((at, to), ACTIONS[to])


class VisibleTicketField(forms.CharField):
    """A ticket by its number however it is written ("MG-2026-000281", "281"), among those the user may see."""

    def __init__(self, user: AnyUser, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user = user

    @override
    def clean(self, value: Any) -> Any:
        written = super().clean(value)
        if not written:
            return None
        found = numbered(visible_to(self.user), written)
        if len(found) > 1:
            years = ", ".join(each.number for each in found)
            raise forms.ValidationError(f"Bu sıra numarası birden çok yılda var: {years}. Birini yazın.")
        if not found:
            raise forms.ValidationError("Asıl başvuru bulunamadı. Numarayı denetleyin.")
        return found[0]


class WriteForm(forms.Form):
    """Base of every form of the page: carries the ticket's version that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    # The last timeline entry that the page showed; later ones are listed when the version is stale.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, ticket: Ticket, user: AnyUser, **kwargs: Any) -> None:
        super().__init__(data, initial={"version": ticket.version}, **kwargs)
        self.ticket = ticket
        self.user = user

    def details(self) -> dict[str, Any]:
        """The arguments for the service."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


class MoveForm(WriteForm):
    to = forms.TypedChoiceField(
        label="İşlem", choices=Status.choices, coerce=Status, widget=forms.HiddenInput
    )
    department = forms.ModelChoiceField(
        Department.objects.filter(active=True).order_by("name"),
        label="Birim",
        required=False,
        empty_label="Şimdiki birim",
        widget=UnfoldAdminSelectWidget,
    )
    planned_for = DayField(
        label="Programlanan gün", required=False, widget=UnfoldAdminTextInputWidget({"type": "date"})
    )
    agency = forms.ModelChoiceField(
        Agency.objects.order_by("name"), label="Kurum", required=False, widget=UnfoldAdminSelectWidget
    )
    reason = forms.CharField(label="Gerekçe", required=False, widget=UnfoldAdminTextInputWidget)
    answer = forms.CharField(
        label="Vatandaşa giden metin",
        required=False,
        max_length=4000,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
    )
    note = forms.CharField(label="İç not", required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["duplicate_of"] = VisibleTicketField(
            self.user,
            label="Asıl başvuru no",
            required=False,
            widget=UnfoldAdminTextInputWidget({"list": "numbers", "autocomplete": "off", "data-lookup": ""}),
        )

    def only_for(self, to: Status, move: Move, proposed: str) -> "MoveForm":
        """Keeps the fields that this move takes and fills in initial values; `proposed` is the answer to approve."""
        wanted = {"version", "seen", "to", "note", *move.needs, *(["answer"] if move.announced else [])}
        self.fields = {name: field for name, field in self.fields.items() if name in wanted}
        self.order_fields(["version", "seen", "to", *move.needs])  # what has to be filled in comes first
        self.initial.update(to=to, agency=self.ticket.proposed_agency)
        if to in (Status.REVIEW, Status.RESOLVED):
            self.initial["answer"] = proposed
        self.auto_id = f"id_{to}_%s"
        if "answer" in self.fields:
            self.fields["answer"].label = ANSWER_LABELS.get(to, "Vatandaşa giden metin")
        for name in move.needs:
            self.fields[name].widget.attrs["required"] = name != "department" or self._must_choose()
        self.announced = move.announced
        return self

    def _must_choose(self) -> bool:
        """Whether a department must be chosen: the ticket has none, or the move sends it to another one."""
        return self.ticket.department_id is None or self.ticket.status == Status.ASSIGNED

    @property
    def title(self) -> str:
        return action(Status(self.ticket.status), Status(self.initial["to"]))


class NoteForm(WriteForm):
    text = forms.CharField(label="Not", widget=UnfoldAdminTextareaWidget({"rows": 2}))


class ReplyForm(WriteForm):
    text = forms.CharField(label="Vatandaşa cevap", max_length=REPLY_LENGTH, widget=forms.Textarea)

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        if unfilled := canned_answers.placeholders(text):
            raise forms.ValidationError(f"Önce şu yerleri doldurun: {', '.join(unfilled)}")
        return text


class SendForm(ReplyForm):
    """A reply that leaves at once, with a photo or a PDF if there is one."""

    file = forms.FileField(label="Dosya", required=False)

    @override
    def details(self) -> dict[str, Any]:
        file = self.cleaned_data["file"]
        return super().details() | {"file": file.file if file else None}


class ScheduleForm(ReplyForm):
    """A reply that leaves at a time."""

    due_at = forms.DateTimeField(label="Ne zaman", required=True)
    whatever_comes = forms.BooleanField(label="Vatandaş yazsa da gönder", required=False)
    file = forms.FileField(label="Dosya", required=False)

    def clean_file(self) -> None:
        if self.cleaned_data["file"]:
            raise forms.ValidationError(
                "Sonra giden cevaba dosya eklenemez. Dosyayı çıkarın ya da şimdi gönderin."
            )

    @override
    def details(self) -> dict[str, Any]:
        return {name: value for name, value in super().details().items() if name != "file"}


class UnscheduleForm(WriteForm):
    version = None  # type: ignore[assignment]  # taking back a reply does not depend on other changes
    scheduled = forms.IntegerField()


class MacroForm(ReplyForm):
    """What a macro does, with the answer as the clerk has it by now."""

    macro = forms.ModelChoiceField(CannedAnswer.objects.filter(active=True), label="Makro")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["text"].required = False


class CallForm(WriteForm):
    """A call to the citizen, and whether to call again."""

    version = None  # type: ignore[assignment]  # that somebody called does not depend on other changes
    result = forms.ChoiceField(label="Sonuç", choices=PhoneCall.Result.choices)
    note = forms.CharField(label="Not", required=False, max_length=PhoneCall.LENGTH)
    again_at = forms.DateTimeField(label="Tekrar ara", required=False)
    again_by = forms.ChoiceField(
        label="Kim arasın", required=False, choices=(("me", "Ben"), ("", "Boş olan"))
    )

    @override
    def details(self) -> dict[str, Any]:
        by = self.user if self.cleaned_data["again_by"] else None
        return super().details() | {"citizen": self.ticket.citizen, "again_by": by}


class TalkForm(WriteForm):
    version = None  # type: ignore[assignment]  # handing over the talk does not depend on other changes


class PlaceForm(WriteForm):
    """A new position of the pin."""

    lat = forms.FloatField(min_value=-90, max_value=90)
    lon = forms.FloatField(min_value=-180, max_value=180)

    @override
    def details(self) -> dict[str, Any]:
        point = Point(self.cleaned_data["lat"], self.cleaned_data["lon"])
        place = {"point": point, "source": LocationSource.STAFF, "neighbourhood": locate(point).neighbourhood}
        return {"version": self.cleaned_data["version"]} | place


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
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["assignee"] = forms.ModelChoiceField(
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


def forms_for(
    ticket: Ticket, user: AnyUser, actor: Actor, now: datetime, refused: WriteForm | None = None
) -> dict[str, Any]:
    """The page's forms by context name: one per move that the workflow allows the actor, and one per other service.

    The form that was `refused` comes back bound to the data that was sent.
    """
    who = parties(actor, ticket.department.code if ticket.department else None)
    moves = moves_for(ticket.position(), who, now)
    common: dict[str, Any] = {"ticket": ticket, "user": user}
    proposed = ticket.proposed_answer() if {Status.REVIEW, Status.RESOLVED} & moves.keys() else ""
    shown: dict[str, Any] = {
        "moves": [MoveForm(**common).only_for(to, move, proposed) for to, move in moves.items()]
    }
    if who & STAFF:
        shown["note_form"] = NoteForm(**common, auto_id="id_note_%s")
        shown["split_form"] = SplitForm(**common, auto_id="id_split_%s")
        shown["register_form"] = RegisterForm(**common, auto_id="id_register_%s")
        shown["danger_form"] = DangerForm(**common, auto_id="id_danger_%s")
    if ticket.citizen_id is not None and works_on(ticket, actor):
        shown["call_form"] = CallForm(**common, auto_id="id_call_%s")
    if who & STAFF and ticket.outcome is None:
        shown["assign_form"] = AssignForm(**common, auto_id="id_assign_%s")
        shown["classify_form"] = ClassifyForm(**common, auto_id="id_classify_%s")
        shown["priority_form"] = PriorityForm(**common, auto_id="id_priority_%s")
    every = [*shown["moves"], *(form for name, form in shown.items() if name != "moves")]
    share_choices(every)
    if who <= DEPARTMENT:  # sending to another department is the call centre's
        for form in every:
            form.fields.pop("department", None)
    for form in every:
        if refused and type(form) is type(refused) and form.initial.get("to") == refused.data.get("to"):
            form.data, form.is_bound = refused.data, True
    return shown


def share_choices(forms_shown: Iterable[forms.Form]) -> None:
    """Loads departments, agencies and categories once for all forms instead of once for each field."""
    known: dict[str, list[tuple[int, str]]] = {}
    for name in ("department", "agency", "category"):
        for form in forms_shown:
            field = form.fields.get(name)
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                if name not in known:
                    known[name] = [(row.pk, str(row)) for row in field.queryset]
                field.choices = [("", field.empty_label or ""), *known[name]]
