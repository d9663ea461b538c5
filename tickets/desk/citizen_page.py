"""The page of one citizen: conversation, tickets, calls, notes, and whether the line answers them."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from departments.common.days import DayField
from tickets.access_log.models import Access
from tickets.access_log.request_notes import AccessNote, note
from tickets.answering.models.phone_calls import PhoneCall
from tickets.answering.phone_calls import visible_call_backs
from tickets.answering.scheduled_replies import times_offered
from tickets.back_office.thread_entries import ThreadEntry
from tickets.citizens.models.notes import CitizenNote
from tickets.citizens.phone_access import unmask_citizen
from tickets.desk.ticket_page.thread import conversation, readable, scheduled
from tickets.record import channel
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import (
    Actor,
    actor_of,
    hidden_from,
    masked,
    unmaskable,
    visible_citizens,
    visible_to,
)
from tickets.record.workflow import MissingFields, TransitionError
from tickets.undo.actions import perform

TICKETS = 50
CALLS = 30
LANGUAGES = {"tr": "Türkçe", "en": "İngilizce", "ar": "Arapça"}
Given = Callable[[Citizen, Actor, dict[str, Any]], dict[str, Any]]


class CitizenCallForm(forms.Form):
    result = forms.ChoiceField(label="Sonuç", choices=PhoneCall.Result.choices)
    note = forms.CharField(label="Not", required=False, max_length=PhoneCall.LENGTH)
    again_at = forms.DateTimeField(
        label="Tekrar ara", required=False, widget=forms.DateTimeInput({"type": "datetime-local"})
    )
    again_by = forms.BooleanField(label="Ben arayacağım", required=False, initial=True)


class CitizenNoteForm(forms.Form):
    purpose = forms.ChoiceField(label="Ne için?", choices=(("", "Seçin…"), *CitizenNote.Purpose.choices))
    text = forms.CharField(label="Not", max_length=CitizenNote.LENGTH)


class BlockForm(forms.Form):
    reason = forms.CharField(label="Neden?", max_length=300)
    until = DayField(label="Hangi güne kadar?", widget=forms.DateInput({"type": "date"}))


class KeyForm(forms.Form):
    """One of the page's rows."""

    key = forms.IntegerField()


class _Admin(Protocol):
    admin_site: AdminSite


def citizen_urls(admin: _Admin) -> list[URLPattern]:
    """The URLs below `/admin/tickets/citizen/<id>/`."""

    def at(address: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
        def guarded(request: HttpRequest, key: int, **which: Any) -> HttpResponseBase:
            return view(request, citizen_for(request, key), **which)

        wrapped: Callable[..., HttpResponseBase] = admin.admin_site.admin_view(require_POST(guarded))
        return path(f"<int:key>/{address}/", wrapped, name=f"tickets_citizen_{name}")

    def act(request: HttpRequest, citizen: Citizen, what: str) -> HttpResponse:
        return _act(request, admin.admin_site, citizen, what)

    return [at("phone", _phone, "phone"), at("do/<str:what>", act, "act")]


def citizen_for(request: HttpRequest, key: int) -> Citizen:
    """Raises Http404 where the user may not see them."""
    row = visible_citizens(request.user).filter(pk=key).first()
    if row is None:
        raise Http404
    return row


@never_cache
def citizen_page(
    request: HttpRequest,
    site: AdminSite,
    citizen: Citizen,
    refused: tuple[str, forms.Form] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """Renders the page of somebody whom the user may see; what was `refused` keeps what was typed, by its name."""
    actor, now = actor_of(request.user), timezone.now()
    tickets = visible_to(actor).filter(citizen=citizen)
    listed = list(tickets.select_related("category", "department").order_by("-id")[:TICKETS])
    note(request, AccessNote(citizens=(citizen.pk,), tickets=[each.number for each in listed]))
    talk = channel.channel().talk(citizen)
    context = {
        "title": f"Vatandaş · {citizen}",
        "citizen": citizen,
        "phone": masked(citizen.phone) if citizen.phone else "",
        "may_unmask": actor.is_call_centre or tickets.filter(unmaskable(actor)).exists(),
        "supervises": actor.sees_everything,
        "talk": talk,
        "language": LANGUAGES.get(talk.language, talk.language) if talk else "",
        "entries": _entries(citizen, actor, tickets) if actor.reads_conversations else [],
        "reads": actor.reads_conversations,
        "tickets": listed,
        "rated": [each for each in listed if each.satisfaction_score],
        "notices": channel.channel().data_store().notices(citizen.pk),
        "desk": _desk(citizen, actor, listed, now) if actor.is_call_centre else None,
        "forms": {"call": CitizenCallForm(), "note_citizen": CitizenNoteForm(), "block": BlockForm()}
        | dict([refused] if refused else []),
        "now": now,
    }
    return render(request, "tickets/citizen.html", site.each_context(request) | context, status=status)


def _desk(citizen: Citizen, actor: Actor, tickets: list[Ticket], now: datetime) -> dict[str, Any]:
    """What the call centre keeps of the person; no call about a ticket that the actor may not see."""
    seen = {each.pk for each in tickets}
    calls = citizen.phone_calls.select_related("by", "ticket").order_by("-id")[:CALLS]
    return {
        "calls": [each for each in calls if each.ticket_id is None or each.ticket_id in seen],
        "call_back": visible_call_backs(actor).select_related("assignee").filter(citizen=citizen).first(),
        "notes": [
            (each, actor.sees_everything or each.by == actor.user)
            for each in citizen.notes.select_related("by").order_by("-id")
        ],
        "blocks": citizen.blocks.select_related("by", "lifted_by").order_by("-id"),
        "times": times_offered(now),
    }


def _entries(citizen: Citizen, actor: Actor, tickets: Any) -> list[ThreadEntry]:
    """The conversation; none where it may be of a restricted ticket that the actor does not see. What is about no
    ticket is the call centre's to read, as on a ticket's page (desk/ticket_page/thread.py).
    """
    if hidden_from(actor).filter(citizen=citizen).exists():
        return []
    said = channel.channel().conversation(citizen, tickets, loose=actor.is_call_centre)
    return conversation(readable(said, actor, citizen.pk), scheduled(citizen, actor))


def _phone(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """JSON: the number; who saw it stands in the access log."""
    try:
        phone = unmask_citizen(citizen=citizen, actor=actor_of(request.user))
    except TransitionError as refusal:
        return JsonResponse({"reason": str(refusal)}, status=403)
    note(request, AccessNote(Access.What.UNMASKED, citizens=(citizen.pk,)))
    return JsonResponse({"phone": phone})


def _act(request: HttpRequest, site: AdminSite, citizen: Citizen, what: str) -> HttpResponse:
    """Does one thing; a refusal shows the page again with the reason and what was typed."""
    if what not in _ACTS:
        raise Http404
    actor = actor_of(request.user)
    if not actor.is_call_centre:
        raise PermissionDenied
    form_class, given = _ACTS[what]
    form = form_class(request.POST)
    is_done = form.is_valid() and _performed(what, actor, form, given(citizen, actor, form.cleaned_data))
    if request.headers.get("Accept") == "application/json":  # the script stays where it is, and opens no page
        return _json_answer(form)
    if is_done:
        return redirect("admin:tickets_citizen_change", citizen.pk)
    return citizen_page(request, site, citizen, (what, form), HTTPStatus.BAD_REQUEST)


def _performed(what: str, actor: Actor, form: forms.Form, given: dict[str, Any]) -> bool:
    """Whether the act was done; the form holds why not."""
    try:
        perform(what, actor=actor, now=timezone.now(), **given)
    except MissingFields as refusal:
        for field, reason in refusal.fields.items():
            form.add_error(field if field in form.fields else None, reason)
    except TransitionError as refusal:
        form.add_error(None, str(refusal))
    return not form.errors


def _json_answer(form: forms.Form) -> JsonResponse:
    reasons = [str(reason) for errors in form.errors.values() for reason in errors]
    if reasons:
        return JsonResponse({"reason": " ".join(reasons)}, status=HTTPStatus.BAD_REQUEST)
    return JsonResponse({"said": ""})


def _call(citizen: Citizen, actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    return {"citizen": citizen} | given | {"again_by": actor.user if given["again_by"] else None}


def _call_back(citizen: Citizen, _actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    return {"call_back": get_object_or_404(citizen.call_backs, pk=given["key"])}


def _note(citizen: Citizen, _actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    return {"citizen": citizen} | given


def _kept_note(citizen: Citizen, _actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    return {"note": get_object_or_404(citizen.notes, pk=given["key"])}


def _block(citizen: Citizen, _actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    """Until the end of that day."""
    until = timezone.make_aware(datetime.combine(given["until"], datetime.max.time()))
    return {"citizen": citizen, "reason": given["reason"], "until": until}


def _lift(citizen: Citizen, _actor: Actor, _given: dict[str, Any]) -> dict[str, Any]:
    return {"citizen": citizen}


# By the name of the act: its form, and what its service takes of that.
_ACTS: dict[str, tuple[type[forms.Form], Given]] = {
    "call": (CitizenCallForm, _call),
    "end_call_back": (KeyForm, _call_back),
    "note_citizen": (CitizenNoteForm, _note),
    "delete_note": (KeyForm, _kept_note),
    "block": (BlockForm, _block),
    "lift_block": (forms.Form, _lift),
}
