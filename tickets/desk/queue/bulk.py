"""Bulk changes in the queue: one service call per ticket, each done or refused on its own."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from departments.common.days import DayField
from departments.models import Agency, Department, Role
from tickets.back_office.names import PersonField
from tickets.back_office.row_keys import key_of
from tickets.back_office.shortcut_letters import ACT_LETTERS
from tickets.back_office.ticket_field import VisibleTicketField
from tickets.record import channel
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, actor_of, parties, visible_to
from tickets.record.statuses import ASSIGN, STATUSES, Status
from tickets.record.workflow import (
    DEPARTMENT,
    STAFF,
    TRANSITIONS,
    MissingFields,
    TicketRole,
    TransitionError,
)
from tickets.undo.actions import TakenBackMeanwhile, several

MOST = 200  # tickets in one go
GONE = "Bu başvuru artık size görünmüyor."
# The actions that have no letter of their own: A assigns, C is done.
NO_LETTER = (Status.ASSIGNED, Status.CLOSED)
FIRST = (ASSIGN, Status.REDIRECTED, Status.PLANNED, Status.DUPLICATE)  # with a button of their own


class BulkForm(forms.Form):
    """The action and its fields; the workflow checks for each ticket whether it is allowed."""

    do = forms.ChoiceField(label="İşlem")
    department = forms.ModelChoiceField(
        Department.objects.filter(active=True).order_by("name"),
        label="Birim",
        required=False,
        empty_label="Birim seçin",
        to_field_name="code",
    )
    assignee = PersonField(User.objects.none(), label="Sorumlu", required=False, empty_label="Sorumlu seçin")
    planned_for = DayField(label="Programlanan gün", required=False, widget=forms.DateInput({"type": "date"}))
    agency = forms.ModelChoiceField(
        Agency.objects.order_by("name"),
        label="Kurum",
        required=False,
        empty_label="Kurum seçin",
        to_field_name="code",
    )
    reason = forms.CharField(
        label="Gerekçe", required=False, widget=forms.TextInput({"placeholder": "Gerekçe"})
    )
    answer = forms.CharField(
        label="Vatandaşa giden metin",
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 2, "placeholder": "Vatandaşa gidecek metin"}),
    )
    note = forms.CharField(label="İç not", required=False, widget=forms.TextInput({"placeholder": "İç not"}))

    def __init__(self, data: Any = None, *, actor: Actor) -> None:
        super().__init__(data, auto_id="id_bulk_%s")
        self.fields["duplicate_of"] = VisibleTicketField(
            actor.user or AnonymousUser(),
            label="Asıl başvuru no",
            required=False,
            widget=forms.TextInput({"placeholder": "Asıl başvuru no"}),
        )
        do = self.fields["do"]
        assert isinstance(do, forms.ChoiceField)  # noqa: S101 - for the type alone
        do.choices = [("", "İşlem seçin"), (ASSIGN, "Birim ya da sorumlu ata"), *moves_of(actor)]
        people = self.fields["assignee"]
        assert isinstance(people, forms.ModelChoiceField)  # noqa: S101 - the same
        people.queryset = _colleagues(actor)
        if _roles(actor) <= DEPARTMENT:  # only the call centre sends tickets to other departments
            del self.fields["department"]

    def needs(self) -> dict[str, dict[str, list[str]]]:
        """The fields that each action takes, and those without which it is not done."""
        in_words = channel.channel().transitions_with_words(
            Ticket()
        )  # of each ticket the service says whether they are lost
        fields = {ASSIGN: {"takes": {"department", "assignee"}, "required": set[str]()}}
        for at, transitions in TRANSITIONS.items():
            for to, transition in transitions.items():
                of = fields.setdefault(str(to), {"takes": set(), "required": set(transition.needs)})
                of["takes"] |= {
                    *transition.needs,
                    "note",
                    *(("answer",) if transition.announced and to in in_words else ()),
                }
                if at is not Status.WAITING:  # from there it may go back to where it was without more
                    of["required"] &= set(transition.needs)
        fields[Status.ASSIGNED]["required"].discard("department")  # the ticket's own will do
        fields[Status.RESOLVED]["required"].discard("answer")  # and the answer that it proposes
        return {do: {what: sorted(names) for what, names in of.items()} for do, of in fields.items()}

    def act(self) -> str:
        """The name of the act (acts.UNDOABLE_ACTIONS)."""
        return ASSIGN if self.cleaned_data["do"] == ASSIGN else "move"

    def arguments(self) -> dict[str, Any]:
        """The arguments of the service, the same for every ticket."""
        do = self.cleaned_data["do"]
        given = {name: value for name, value in self.cleaned_data.items() if value and name != "do"}
        if do == ASSIGN:
            return {name: given[name] for name in ("department", "assignee") if name in given}
        return {"to": Status(do), **{name: value for name, value in given.items() if name != "assignee"}}


def moves_of(actor: Actor) -> list[tuple[str, str]]:
    """The statuses that somebody in the actor's roles can move some ticket to."""
    roles = _roles(actor)
    found = {
        to
        for transitions in TRANSITIONS.values()
        for to, transition in transitions.items()
        if TicketRole.SUPERVISOR in roles or transition.by & roles
    }
    return [(status.value, status.label) for status in Status if status in found]


def may_write(actor: Actor) -> bool:
    """Whether the actor has a role that may change tickets."""
    return bool(_roles(actor) & STAFF)


def form_fields(request: HttpRequest) -> HttpResponse:
    """HTML fragment: the form's fields, loaded when the first ticket is selected."""
    form = BulkForm(actor=actor_of(request.user))
    offered = dict(form.fields["do"].choices)  # type: ignore[attr-defined]  # it is a choice field
    letter = {do: each.upper() for each, do in letters().items()}
    texts = {ASSIGN: "Ata"} | {str(to): info.bulk_button for to, info in STATUSES.items()}
    buttons = [(do, texts[do], letter[do]) for do in FIRST if do in offered]
    context = {"form": form, "needs": form.needs(), "buttons": buttons}
    return render(request, "tickets/queue/bulk_fields.html", context)


def letters() -> dict[str, str]:
    """The action of each letter: the selection's are in several statuses, so a letter says where they are to go."""
    return {ACT_LETTERS[ASSIGN]: ASSIGN} | {
        info.letter: str(to) for to, info in STATUSES.items() if to not in NO_LETTER
    }


def act(request: HttpRequest) -> HttpResponse:
    """JSON: applies the form to each selected ticket. `done` are the keys of those that were changed, `failed` says of
    each other one why not, `errors` what is wrong with the form's fields; `said` is a sentence for the page. 404 where
    the user sees none of them.

    The page stays as it is: what was typed and what was not done stand there for the next try.
    """
    actor = actor_of(request.user)
    form = BulkForm(request.POST, actor=actor)
    values = request.POST.getlist("ticket")
    chosen = _chosen(values)
    if not chosen:
        return _answer(BulkResult(said="Önce başvuru seçin."), HTTPStatus.BAD_REQUEST)
    if len(values) > MOST:
        said = f"Bir defada en çok {MOST} başvuru değiştirilir. Seçimi azaltın."
        return _answer(BulkResult(said=said), HTTPStatus.BAD_REQUEST)
    if not form.is_valid():
        errors = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
        return _answer(BulkResult(errors=errors), HTTPStatus.BAD_REQUEST)
    result = _apply(form, chosen, actor, timezone.now())
    is_nothing_theirs = not result.done and all(each["reason"] == GONE for each in result.failed)
    return _answer(result, HTTPStatus.NOT_FOUND if is_nothing_theirs else HTTPStatus.OK)


@dataclass
class BulkResult:
    """What came of a bulk change: tickets by their keys."""

    done: list[int] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    said: str = ""


def _answer(result: BulkResult, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    return JsonResponse(asdict(result), status=status)


def _apply(form: BulkForm, chosen: dict[int, int], actor: Actor, now: datetime) -> BulkResult:
    result = BulkResult()
    tickets = visible_to(actor).filter(pk__in=chosen).select_related("department", "category")
    act, given = form.act(), form.arguments()
    with several(act, actor=actor, now=now, tickets=len(chosen), **given) as one:
        for ticket in tickets.order_by("created_at", "pk"):
            try:
                one(ticket=ticket, version=chosen[ticket.pk], **given)
            except TakenBackMeanwhile as stop:
                return BulkResult(said=str(stop))
            except TransitionError as refusal:
                if isinstance(refusal, MissingFields):
                    result.errors |= {
                        name: [text] for name, text in refusal.fields.items() if name in form.fields
                    }
                failure = {"key": ticket.pk, "number": ticket.number, "reason": str(refusal)}
                result.failed.append(failure)
            else:
                result.done.append(ticket.pk)
    gone = set(chosen) - {*result.done, *(each["key"] for each in result.failed)}
    result.failed += [{"key": key, "number": "", "reason": GONE} for key in sorted(gone)]
    if result.done:
        result.said = f"{len(result.done)} başvuruda yapıldı."
    return result


def _chosen(values: list[str]) -> dict[int, int]:
    """Ticket keys with the versions that the page showed, from "key:version"; malformed values are ignored."""
    pairs = [value.partition(":") for value in values]
    keys = [(key_of(key), key_of(version)) for key, _, version in pairs]
    return {key: version for key, version in keys if key and version}


def query_of(request: HttpRequest) -> str:
    """The query string of the queue that a form was sent from; empty if it is not one."""
    text = request.POST.get("next", "")
    return text if text.startswith("?") else ""


def _roles(actor: Actor) -> frozenset[TicketRole]:
    """Every TicketRole that the actor can have on some ticket."""
    found = parties(actor, None)
    for _, code in actor.roles:
        found |= parties(actor, code)
    return found


def _colleagues(actor: Actor) -> Any:
    """Users that the actor can assign: those of the own departments; for the call centre all who work on tickets."""
    if _roles(actor) <= DEPARTMENT:
        works = Q(memberships__department__code__in=[code for _, code in actor.roles if code])
    else:
        works = Q(memberships__role__in=(Role.OPERATOR, Role.SUPERVISOR, Role.HEAD, Role.CREW))
    return (
        User.objects.filter(works, is_active=True).distinct().order_by("first_name", "last_name", "username")
    )
