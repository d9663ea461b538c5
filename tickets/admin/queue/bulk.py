"""Bulk changes in the queue: one service call per ticket, each done or refused on its own."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from typing_extensions import override

from departments.models import Agency, Department, Role
from tickets import services
from tickets.admin.forms import VisibleTicketField
from tickets.admin.queue.rows import display_name
from tickets.days import DayField
from tickets.permissions import Actor, actor_of, parties, visible_to
from tickets.workflow import DEPARTMENT, MOVES, STAFF, MoveError, Status, TicketRole

MOST = 200  # tickets in one go
MOST_REFUSALS = 20  # spelled out; the others are counted
ASSIGN = "assign"


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # its choices are of one model
    @override
    def label_from_instance(self, obj: User) -> str:
        return display_name(obj)


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

    def needs(self) -> dict[str, list[str]]:
        """The fields that each action takes."""
        taken = {ASSIGN: ["department", "assignee"]}
        for moves in MOVES.values():
            for to, move in moves.items():
                fields = {*taken.get(to, ()), *move.needs, "note", *(("answer",) if move.announced else ())}
                taken[str(to)] = sorted(fields)
        return taken

    def act(self) -> str:
        """The name of the act (services.ACTS)."""
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
        for moves in MOVES.values()
        for to, move in moves.items()
        if TicketRole.SUPERVISOR in roles or move.by & roles
    }
    return [(status.value, status.label) for status in Status if status in found]


def may_write(actor: Actor) -> bool:
    """Whether the actor has a role that may change tickets."""
    return bool(_roles(actor) & STAFF)


def form_fields(request: HttpRequest) -> HttpResponse:
    """HTML fragment: the form's fields, loaded when the first ticket is selected."""
    form = BulkForm(actor=actor_of(request.user))
    return render(request, "tickets/queue/bulk_fields.html", {"form": form, "needs": form.needs()})


def act(request: HttpRequest) -> HttpResponse:
    """Applies the form to each selected ticket and shows how many were done and why others were refused."""
    back = reverse("admin:tickets_ticket_changelist") + query_of(request)
    actor = actor_of(request.user)
    form = BulkForm(request.POST, actor=actor)
    chosen = _chosen(request.POST.getlist("ticket"))
    if not chosen:
        messages.warning(request, "Önce başvuru seçin.")
    elif not form.is_valid():
        sentences = [text for texts in form.errors.values() for text in texts]
        messages.error(request, " ".join(map(str, sentences)))
    else:
        _report(request, *_apply(form, chosen, actor, timezone.now()))
    return HttpResponseRedirect(back)


def _apply(
    form: BulkForm, chosen: dict[int, int], actor: Actor, now: datetime
) -> tuple[int, list[tuple[str, str]]]:
    """Returns how many were done, and ticket number and reason of each refusal."""
    done, refused = 0, []
    tickets = visible_to(actor).filter(pk__in=chosen).select_related("department", "category")
    act, given = form.act(), form.arguments()
    title = services.title_of_several(act, given, len(chosen))
    with services.several(act, actor=actor, now=now, tickets=len(chosen), title=title, **given) as one:
        for ticket in tickets.order_by("created_at", "pk"):
            try:
                one(ticket=ticket, version=chosen[ticket.pk], **given)
            except MoveError as refusal:
                refused.append((ticket.number, str(refusal)))
            else:
                done += 1
    return done, refused


def _report(request: HttpRequest, done: int, refused: list[tuple[str, str]]) -> None:
    if done:
        messages.success(request, f"{done} başvuruda yapıldı.")
    if refused:
        more = len(refused) - MOST_REFUSALS
        lines = format_html_join("", "<br>{}: {}", refused[:MOST_REFUSALS])
        rest = format_html("<br>ve {} başvuru daha", more) if more > 0 else ""
        messages.error(request, format_html("{} başvuruda yapılamadı:{}{}", len(refused), lines, rest))


def _chosen(values: list[str]) -> dict[int, int]:
    """Ticket keys with the versions that the page showed, from "key:version"; malformed values are ignored."""
    pairs = [value.partition(":") for value in values[:MOST]]
    return {int(key): int(version) for key, _, version in pairs if key.isdecimal() and version.isdecimal()}


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
