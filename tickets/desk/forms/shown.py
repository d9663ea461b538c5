"""Which forms the page shows, by the ticket and by who looks at it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms

from tickets.back_office.ticket_field import AnyUser
from tickets.citizens.phone_access import works_on
from tickets.desk.forms.answering import CallForm, NoteForm
from tickets.desk.forms.base import WriteForm
from tickets.desk.forms.record import (
    AddressForm,
    AssignForm,
    ClassifyForm,
    DangerForm,
    PriorityForm,
    PublishForm,
    RegisterForm,
    SplitForm,
)
from tickets.desk.forms.transitions import TransitionForm
from tickets.public.publishing import can_be_published
from tickets.record import channel
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, parties
from tickets.record.statuses import Status
from tickets.record.workflow import DEPARTMENT, STAFF, transitions_for


def forms_for(
    ticket: Ticket, user: AnyUser, actor: Actor, now: datetime, refused: WriteForm | None = None
) -> dict[str, Any]:
    """The page's forms by context name: one per transition that the workflow allows the actor, and one per other
    service.

    The form that was `refused` comes back bound to the data that was sent, with its errors.
    """
    who = parties(actor, ticket.department.code if ticket.department else None)
    transitions = transitions_for(ticket.position(), who, now)
    common: dict[str, Any] = {"ticket": ticket, "user": user}
    proposed = ticket.proposed_answer() if {Status.REVIEW, Status.RESOLVED} & transitions.keys() else ""
    in_words = channel.channel().transitions_with_words(ticket) if transitions else ()
    shown: dict[str, Any] = {
        "transitions": [
            TransitionForm(**common).only_for(to, transition, proposed, told_in_words=to in in_words)
            for to, transition in transitions.items()
        ]
    }
    if who & STAFF:
        shown |= _of_staff(ticket, common)
    if ticket.citizen_id is not None and works_on(ticket, actor):
        shown["call_form"] = CallForm(**common, auto_id="id_call_%s")
    if who & STAFF and ticket.outcome is None:
        shown["assign_form"] = AssignForm(**common, auto_id="id_assign_%s")
        shown["classify_form"] = ClassifyForm(**common, auto_id="id_classify_%s")
        shown["priority_form"] = PriorityForm(**common, auto_id="id_priority_%s")
    every = [*shown["transitions"], *(form for name, form in shown.items() if name != "transitions")]
    share_choices(every)
    if who <= DEPARTMENT:  # sending to another department is the call centre's
        for form in every:
            form.fields.pop("department", None)
    for form in every:
        if refused and type(form) is type(refused) and form.initial.get("to") == refused.data.get("to"):
            form.data, form.is_bound = refused.data, True
            form._errors = refused.errors  # type: ignore[attr-defined]  # what the service refused, too
    return shown


def _of_staff(ticket: Ticket, common: dict[str, Any]) -> dict[str, WriteForm]:
    """What all who work on the ticket may do with it, whatever its status."""
    shown: dict[str, WriteForm] = {
        "note_form": NoteForm(**common, auto_id="id_note_%s"),
        "split_form": SplitForm(**common, auto_id="id_split_%s"),
        "register_form": RegisterForm(**common, auto_id="id_register_%s"),
        "address_form": AddressForm(**common, auto_id="id_address_%s"),
        "danger_form": DangerForm(**common, auto_id="id_danger_%s"),
    }
    if can_be_published(ticket):
        shown["publish_form"] = PublishForm(**common, auto_id="id_publish_%s")
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
