"""The forms of transitions."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from departments.common.days import DayField
from departments.models import Agency, Department
from tickets.back_office.long_select import LongSelect
from tickets.back_office.ticket_field import VisibleTicketField
from tickets.desk.forms.base import WriteForm
from tickets.record.statuses import STATUSES, Status
from tickets.record.workflow import Transition


class TransitionForm(WriteForm):
    to = forms.TypedChoiceField(
        label="İşlem", choices=Status.choices, coerce=Status, widget=forms.HiddenInput
    )
    department = forms.ModelChoiceField(
        Department.objects.filter(active=True).order_by("name"),
        label="Birim",
        required=False,
        empty_label="Şimdiki birim",
        widget=LongSelect,
    )
    planned_for = DayField(
        label="Programlanan gün", required=False, widget=UnfoldAdminTextInputWidget({"type": "date"})
    )
    agency = forms.ModelChoiceField(
        Agency.objects.order_by("name"), label="Kurum", required=False, widget=LongSelect
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

    def only_for(
        self, to: Status, transition: Transition, proposed: str, *, told_in_words: bool
    ) -> "TransitionForm":
        """Keeps the fields that this transition takes and fills in initial values; `proposed` is the answer to approve.

        `told_in_words`: the citizen reads with the news of it what is written here.
        """
        wanted = {"version", "seen", "to", "note", *transition.needs}
        if transition.announced and told_in_words:
            wanted.add("answer")
        self.fields = {name: field for name, field in self.fields.items() if name in wanted}
        self.order_fields(
            ["version", "seen", "to", *transition.needs]
        )  # what has to be filled in comes first
        self.initial.update(to=to, agency=self.ticket.proposed_agency)
        if to in (Status.REVIEW, Status.RESOLVED):
            self.initial["answer"] = proposed
        self.auto_id = f"id_{to}_%s"
        if "answer" in self.fields:
            self.fields["answer"].label = STATUSES[to].answer_label
        for name in transition.needs:
            self.fields[name].widget.attrs["required"] = name != "department" or self._must_choose()
        self.announced = transition.announced
        return self

    def _must_choose(self) -> bool:
        """Whether a department must be chosen: the ticket has none, or the transition sends it to another one."""
        return self.ticket.department_id is None or self.ticket.status == Status.ASSIGNED
