"""The view of the ticket page, also with a refused form and its errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.forms import CharField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from departments.common.durations import left
from tickets.access_log.models import Access
from tickets.access_log.request_notes import note_ticket
from tickets.answering.drafts import drafts_to
from tickets.answering.replies import may_reply
from tickets.answering.scheduled_replies import times_offered
from tickets.answering.snooze_times import presets
from tickets.back_office.names import display_name
from tickets.back_office.thread_entries import ThreadEntry, ThreadFile
from tickets.citizens.phone_access import may_unmask
from tickets.danger.bar import NAME_OF_RESTRICTED, may_claim
from tickets.danger.ticket_panel import danger_desk
from tickets.desk.forms.answering import MacroForm, NoteForm, ReplyForm, ScheduleForm
from tickets.desk.forms.base import WriteForm
from tickets.desk.forms.shown import forms_for
from tickets.desk.ticket_page import place
from tickets.desk.ticket_page.act_buttons import steps
from tickets.desk.ticket_page.citizen import others_of, phone
from tickets.desk.ticket_page.clocks import clocks
from tickets.desk.ticket_page.registry_numbers import missing_numbers
from tickets.desk.ticket_page.router_suggestions import acceptable, questions, suggested
from tickets.desk.ticket_page.thread import stamp, thread
from tickets.presence.marking import OPEN_FOR, mark_viewed
from tickets.presence.view_marks import open_by
from tickets.privacy.legal_holds import held_since
from tickets.record import channel, nearby
from tickets.record.hiding_reasons import HidingReason
from tickets.record.models.attachments import Attachment
from tickets.record.models.citizen import Citizen
from tickets.record.models.snoozes import Snooze
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, actor_of, visible_to
from tickets.record.statuses import Status
from tickets.record.undo_window import UNDO_WINDOW
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed, StaleVersion, TransitionError

POLL_SECONDS = OPEN_FOR.seconds // 3
RELATED = (
    "department", "category", "neighbourhood", "agency", "proposed_agency", "citizen", "assignee", "duplicate_of",
    "claimed_by",
)  # fmt: skip
_STATUS = {
    StaleVersion: HTTPStatus.CONFLICT,
    NoSuchTransition: HTTPStatus.CONFLICT,
    NotAllowed: HTTPStatus.FORBIDDEN,
}


@dataclass(frozen=True)
class Refusal:
    """A refused form with the reasons. For a stale version, `since` is the last event that the user had seen."""

    form: WriteForm
    reasons: list[str]
    status: HTTPStatus = HTTPStatus.BAD_REQUEST
    since: int | None = None

    @classmethod
    def of(cls, form: WriteForm, error: TransitionError) -> "Refusal":
        status = _STATUS.get(type(error), HTTPStatus.BAD_REQUEST)
        for name, sentence in error.fields.items() if isinstance(error, MissingFields) else ():
            if name in form.fields:
                form.add_error(name, sentence)
        if not isinstance(error, StaleVersion):
            return cls(form, [str(error)], status)
        # Not the error's own text, which asks to reload: this page is fresh, and a reload would send the form again.
        return cls(form, ["Başvuru siz bakarken değişti."], status, form.cleaned_data.get("seen"))

    def words(self) -> list[tuple[str, str]]:
        """Label and typed text of each visible text field."""
        return [
            (str(field.label), str(self.form.data[name]))
            for name, field in self.form.fields.items()
            if isinstance(field, CharField) and not field.widget.is_hidden and self.form.data.get(name)
        ]


@dataclass(frozen=True)
class Story:
    """The thread of a ticket with its events, its files and the stamp by which changes are detected."""

    entries: list[ThreadEntry]
    events: list[TicketEvent]
    files: list[ThreadFile]
    stamp: str

    @classmethod
    def of(cls, ticket: Ticket, actor: Actor) -> "Story":
        files = [ThreadFile.of(each) for each in ticket.attachments.order_by("id")]
        events = list(ticket.events.select_related("actor").order_by("id"))
        entries = thread(ticket, actor, {file.attachment.pk: file for file in files}, events)
        return cls(entries, events, files, stamp(entries, files, ticket.version))

    @property
    def last(self) -> int:
        return self.events[-1].pk if self.events else 0


def ticket_page(
    request: HttpRequest, site: AdminSite, ticket: Ticket, refusal: Refusal | None = None
) -> HttpResponse:
    """Renders the page of a ticket that the user may see; a refused form keeps what was typed."""
    framed = site.each_context(request) | {"title": _title(ticket), "is_fullwidth": "1"}
    status = refusal.status if refusal else HTTPStatus.OK
    context = framed | ticket_context(request, ticket, refusal)
    return TemplateResponse(request, "tickets/page/page.html", context, status=status)


def ticket_context(request: HttpRequest, ticket: Ticket, refusal: Refusal | None = None) -> dict[str, Any]:
    """What the parts of a ticket's page show, noted in the access log; the ticket counts as read and open."""
    now, actor, user = timezone.now(), actor_of(request.user), user_of(request)
    mark_viewed(ticket=ticket, user=user, now=now)
    story = Story.of(ticket, actor)
    forms = forms_for(ticket, user, actor, now, refusal.form if refusal else None)
    danger = _danger(ticket, actor, story, now)
    note_ticket(request, ticket)
    if danger["danger"] and danger["danger"].phone and not danger["danger"].masked:
        note_ticket(request, ticket, Access.What.UNMASKED)
    return (
        {"ticket": ticket, "story": story, "now": now, "seconds": POLL_SECONDS}
        | {
            "others_here": [
                display_name(each) for each in open_by([ticket.pk], now, besides=user).get(ticket.pk, ())
            ]
        }
        | forms
        | {"steps": steps(ticket, actor, forms, now)}
        | danger
        | _known(ticket, actor, now)
        | _rights(ticket, actor, forms)
        | {"snooze": Snooze.objects.filter(ticket=ticket, ended_at=None).first(), "presets": presets(now)}
        | _answering(ticket, actor, user, now)
        | _published(ticket, story, forms)
        | _refused(refusal, story, forms)
    )


def _title(ticket: Ticket) -> str:
    """Stands in the browser's tab and history: of a restricted ticket nothing."""
    subject = NAME_OF_RESTRICTED if ticket.restricted else ticket.category or "konusu belirsiz"
    return f"{ticket.number} · {subject}"


def _danger(ticket: Ticket, actor: Actor, story: Story, now: datetime) -> dict[str, Any]:
    """Context of the danger: what it is, and whether the user may claim it or let it go."""
    desk = danger_desk(ticket, actor, story.entries, now)
    is_open = desk is not None and desk.is_open
    mine = actor.user is not None and ticket.claimed_by_id == actor.user.pk
    return {
        "danger": desk,
        "may_claim_danger": is_open and ticket.claimed_by is None and may_claim(actor, ticket),
        "may_release_danger": is_open
        and (mine or (actor.sees_everything and ticket.claimed_by_id is not None)),
    }


def _known(ticket: Ticket, actor: Actor, now: datetime) -> dict[str, Any]:
    """Context for the details beside the thread."""
    routed = suggested(ticket)
    similar = nearby.like(ticket, now=now, among=visible_to(actor))
    about = place.roads(ticket)
    return {
        "clocks": clocks(ticket, now),
        "held_since": held_since(ticket),
        "breaches": list(ticket.breaches.order_by("due_at")),
        "missing_numbers": missing_numbers(ticket),
        "phone": phone(ticket.citizen),
        "place": place.located(ticket),
        "beyond_m": place.beyond_border_m(ticket),
        "map": place.map_data(ticket, similar, about),
        "roads": about,
        "similar": similar,
        "others": others_of(ticket, actor),
        "suggested": routed,
        "accepts": acceptable(ticket, routed),
        "questions": questions(ticket, routed),
    }


def _rights(ticket: Ticket, actor: Actor, forms: Mapping[str, Any]) -> dict[str, Any]:
    """Context: which actions besides the forms the user may take."""
    leads_to = {form.initial["to"] for form in forms["transitions"]}
    works = bool(actor.roles) and actor.user is not None and ticket.assignee_id != actor.user.pk
    return {
        "may_write": "note_form" in forms,
        "may_claim": "assign_form" in forms and works,
        "may_snooze": actor.is_call_centre and ticket.outcome is None,
        "may_unmask": may_unmask(ticket, actor),
        "sees_originals": actor.sees_originals,
        "keeps_personal_data": actor.keeps_personal_data,
        "hiding_reasons": HidingReason.choices,
        "can_link": Status.DUPLICATE in leads_to,
        "can_redirect": Status.REDIRECTED in leads_to,
    }


def _published(ticket: Ticket, story: Story, forms: Mapping[str, Any]) -> dict[str, Any]:
    """Context: what everybody may see of it, and which photos they might."""
    if "publish_form" not in forms:
        return {}
    images = [file for file in story.files if file.url and file.attachment.kind == Attachment.Kind.IMAGE]
    is_published = ticket.published_text or any(file.attachment.published for file in images)
    return {"publishable": images, "is_published": bool(is_published)}


def milliseconds(moment: datetime | None) -> int:
    """Since 1970, as scripts of pages compare moments of the server; 0 for none."""
    return int(moment.timestamp() * 1000) if moment else 0


def reply_box(
    citizen: Citizen | None, user: User, now: datetime, addresses: Mapping[str, str], *, may: bool
) -> dict[str, Any]:
    """Context of the box by which the user writes to the citizen, if they may: of a ticket, or of a talk without one.

    `addresses` are where its parts go: reply, schedule, unschedule, macro, answers, draft.
    """
    talk = channel.channel().talk(citizen) if citizen else None
    draft, writing = drafts_to(citizen, now, user=user)
    return {
        "box": addresses,
        "talk": talk,
        "is_open": talk is not None and talk.is_open(now),
        "free": left(talk.open_until - now) if talk and talk.open_until else "",
        # Handed back, the line is silent only while that can be taken back.
        "is_silent": talk is not None and talk.is_silent(now + UNDO_WINDOW),
        "may_reply": may,
        "can_reply": may and talk is not None,
        "writing": [display_name(each) for each in writing],
        "draft_text": draft.text if draft and may else "",
        "draft_at": int(draft.updated_at.timestamp()) if draft else 0,
        "read_at": milliseconds(now),
        "times": [(each, talk.is_open(each)) for each in times_offered(now)] if may and talk else [],
    }


def _answering(ticket: Ticket, actor: Actor, user: User, now: datetime) -> dict[str, Any]:
    """Context: whether and how the user can write to the citizen, and call them."""
    parts = ("reply", "schedule", "unschedule", "macro", "answers", "draft")
    addresses = {part: reverse(f"admin:tickets_ticket_{part}", args=[ticket.pk]) for part in parts}
    may = may_reply(ticket, actor)
    return reply_box(ticket.citizen, user, now, addresses, may=may) | {
        "call_times": times_offered(now),
        "call_back": ticket.citizen.call_backs.filter(ended_at=None).first() if ticket.citizen else None,
    }


def _refused(refusal: Refusal | None, story: Story, forms: Mapping[str, Any]) -> dict[str, Any]:
    """Context of a refusal: the reasons, the events the user missed, and what was typed.

    Where the form is not on the page any more, the typed texts are shown with the refusal, so that they are not lost.
    """
    if refusal is None:
        return {}
    since, data = refusal.since, refusal.form.data
    singles = [form for name, form in forms.items() if name != "transitions"]
    kept = isinstance(refusal.form, ReplyForm | NoteForm) or any(
        form.is_bound for form in [*forms["transitions"], *singles]
    )
    return {
        "refusal": refusal,
        "left_over": [] if kept else refusal.words(),
        "missed": [] if since is None else [event for event in story.events if event.pk > since],
        "typed_note": data.get("text", "") if isinstance(refusal.form, NoteForm) else "",
    } | (_typed_reply(refusal.form) if isinstance(refusal.form, ReplyForm) else {})


def _typed_reply(form: ReplyForm) -> dict[str, Any]:
    """What a refused reply was to be, so that it is sent again as the same; a browser lets nobody choose its file."""
    data = form.data
    return {
        "typed_reply": data.get("text", ""),
        "typed_macro": data.get("macro", "") if isinstance(form, MacroForm) else "",
        "typed_due_at": data.get("due_at", "").replace(" ", "T") if isinstance(form, ScheduleForm) else "",
        "typed_whatever_comes": "whatever_comes" in data,
        "file_lost": bool(form.files.get("file")),
    }


def user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - admin_view requires a signed-in user
    return request.user
