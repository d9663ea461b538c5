"""The page itself, and the refusals that bring it back with what was typed."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from tickets import nearby, ports, services
from tickets.access import Actor, actor_of, parties, visible_to
from tickets.admin.forms import WriteForm, offered
from tickets.admin.page import facts
from tickets.admin.page.thread import Entry, File, stamp, thread
from tickets.admin.queue.rows import called
from tickets.models import Ticket, TicketEvent
from tickets.queries import open_by
from tickets.services.presence import OPEN_FOR
from tickets.workflow import STAFF, MoveError, NoSuchMove, NotAllowed, StaleVersion, Status

PULSE_SECONDS = OPEN_FOR.seconds // 9
RELATED = (
    "department", "category", "neighbourhood", "agency", "proposed_agency", "citizen", "assignee", "duplicate_of",
)  # fmt: skip
_STATUS = {
    StaleVersion: HTTPStatus.CONFLICT,
    NoSuchMove: HTTPStatus.CONFLICT,
    NotAllowed: HTTPStatus.FORBIDDEN,
}


@dataclass(frozen=True)
class Refusal:
    """A form that came to nothing, and why. Where the ticket had changed, `since` lists what happened meanwhile."""

    form: WriteForm
    reasons: list[str]
    status: HTTPStatus = HTTPStatus.BAD_REQUEST
    since: int | None = None

    @classmethod
    def of(cls, form: WriteForm, error: MoveError) -> "Refusal":
        stale = isinstance(error, StaleVersion)
        status = _STATUS.get(type(error), HTTPStatus.BAD_REQUEST)
        return cls(form, [str(error)], status, form.cleaned_data.get("seen") if stale else None)


@dataclass(frozen=True)
class Story:
    """The thread of a ticket with what its pictures and its changes are told by."""

    entries: list[Entry]
    events: list[TicketEvent]
    files: list[File]
    stamp: str

    @classmethod
    def of(cls, ticket: Ticket, actor: Actor) -> "Story":
        files = [File.of(each) for each in ticket.attachments.order_by("id")]
        events = list(ticket.events.select_related("actor").order_by("id"))
        entries = thread(ticket, actor, {file.attachment.pk: file for file in files}, events)
        return cls(entries, events, files, stamp(entries, ticket.version))

    @property
    def last(self) -> int:
        return self.events[-1].pk if self.events else 0


def ticket_page(
    request: HttpRequest, site: AdminSite, ticket: Ticket, refusal: Refusal | None = None
) -> HttpResponse:
    """The page of a ticket that the user may see; with a refusal its form comes back as it was typed."""
    now, actor = timezone.now(), actor_of(request.user)
    user = user_of(request)
    services.look(ticket=ticket, user=user, now=now)
    story = Story.of(ticket, actor)
    who = parties(actor, ticket.department.code if ticket.department else None)
    routed = facts.suggested(ticket)
    similar = nearby.like(ticket, now=now, among=visible_to(actor))
    context = (
        site.each_context(request)
        | {"title": ticket.number, "is_fullwidth": "1", "ticket": ticket, "now": now, "story": story}
        | {"seconds": PULSE_SECONDS, "refusal": refusal}
        | {
            "others_here": [
                called(each) for each in open_by([ticket.pk], now, besides=user).get(ticket.pk, ())
            ]
        }
        | {"clocks": facts.clocks(ticket, now), "phone": facts.phone(actor, ticket.citizen)}
        | {"breaches": list(ticket.breaches.order_by("due_at")), "place": facts.located(ticket)}
        | {"similar": similar, "map": facts.map_data(ticket, similar, movable=bool(who & STAFF))}
        | {"others": facts.others_of(ticket, actor), "suggested": routed}
        | {"questions": facts.questions(ticket, routed)}
        | {"sees_originals": actor.sees_originals, "may_write": bool(who & STAFF)}
        | _answering(ticket, actor, now)
        | offered(ticket, request.user, actor, now)
    )
    context["can_link"] = any(form.initial["to"] is Status.DUPLICATE for form in context["moves"])
    if refusal is not None:
        context |= _refused(refusal, story)
    status = refusal.status if refusal else HTTPStatus.OK
    return TemplateResponse(request, "tickets/page/page.html", context, status=status)


def _answering(ticket: Ticket, actor: Actor, now: Any) -> dict[str, Any]:
    """Whether and how the citizen can be written to."""
    talk = ports.channel().talk(ticket.citizen) if ticket.citizen else None
    may = services.may_reply(ticket, actor)
    return {
        "talk": talk,
        "is_open": talk is not None and talk.is_open(now),
        "is_silent": talk is not None and talk.is_silent(now),
        "may_reply": may,
        "can_reply": may and talk is not None,
        "canned": facts.canned_answers(ticket) if may else [],
    }


def _refused(refusal: Refusal, story: Story) -> dict[str, Any]:
    since = refusal.since
    missed = [] if since is None else [event for event in story.events if event.pk > since]
    return {"missed": missed, "typed": refusal.form.data}


def user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - nobody else gets past the admin's door
    return request.user
