"""Those of the citizen's tickets that a turn may be about, as the conversation sees them."""

from dataclasses import replace
from datetime import datetime

from django.db.models import Q

from departments.routing.rare_words import rare_words
from tickets.attachments import hiding
from tickets.models import Ticket
from tickets.record.search import cited_by
from tickets.record.statuses import Outcome, Status
from tickets.record.workflow import REOPEN_WITHIN, TicketRole, transitions_for
from whatsapp.conversation import replies
from whatsapp.conversation.state import State
from whatsapp.conversation.types import InboundMessage, TicketView, TimerFired, TurnContext, words
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.turns.events import names_no_place


def own_tickets(
    row: Conversation,
    state: State,
    inbound: InboundMessage | None,
    known: TurnContext,
    now: datetime,
) -> tuple[TicketView, ...]:
    """The tickets that are replied to, cited, asked about or just spoken of, those of the draft and of a danger, and
    where no place is named those that are open or were lately; newest first.
    """
    keys = {
        inbound.about if inbound else None,
        state.expect.ticket if state.expect else None,
        known.discussed,
    }
    keys |= {state.draft.to.ticket if state.draft and state.draft.to else None}
    keys |= {state.danger.ticket if state.danger else None}
    keys |= {file.ticket for file in known.lost}
    meant = Q(pk__in=keys - {None})
    if inbound:
        meant |= Q(number__in={replies.number_in(inbound.choice)} - {""}) | cited_by(known.cites)
        meant |= _asked_about(inbound, known)
        if state.draft is None and names_no_place(
            inbound
        ):  # may be of a report that is open or can be reopened
            meant |= Q(outcome=None) | Q(outcome_at__gt=now - REOPEN_WITHIN)
        elif state.draft is None:
            meant |= Q(status=Status.WAITING)
        if not names_no_place(inbound):
            meant |= Q(place_missing=True, outcome=None)
    if not (meant and row.has_tickets):
        return ()
    tickets = Ticket.objects.filter(meant, citizen=row.citizen_id).exclude(status=Status.CANCELLED)
    tickets = tickets.select_related("category", "department", "neighbourhood")
    said = rare_words(words(state, inbound or TimerFired())[0]) if state.draft or inbound else frozenset()
    own = tuple(_view(ticket, said, now) for ticket in tickets.order_by("-created_at"))
    if known.question != "wrong_file":
        return own
    files = hiding.may_be_taken_back().filter(ticket__in=[each.ticket for each in own])
    pictured = set(files.values_list("ticket", flat=True))
    return tuple(replace(each, pictured=each.ticket in pictured) for each in own)


def _asked_about(inbound: InboundMessage, known: TurnContext) -> Q:
    """The tickets that a command, a question or a plain yes may be about."""
    about = Q()
    if "cancel" in (known.command, inbound.choice) or known.question not in ("", "who"):
        about |= Q(outcome=None)
    if known.yes is not None:
        about |= Q(status=Status.RESOLVED)
    return about


def _view(ticket: Ticket, said: frozenset[str], now: datetime) -> TicketView:
    return TicketView(
        ticket=ticket.pk,
        number=ticket.number,
        status=ticket.status,
        category=ticket.category.code if ticket.category else "",
        placed=ticket.lat is not None,
        resolved=ticket.outcome == Outcome.RESOLVED,
        danger_over=ticket.outcome is not None or not (ticket.danger or ticket.danger_unsure),
        claimed=ticket.claimed_at is not None,
        # A street alone is no address: some sentences only look as if they named one.
        addressed=bool(ticket.address)
        and (ticket.neighbourhood_id is not None or any(letter.isdigit() for letter in ticket.address)),
        described=bool(ticket.address),
        in_mahalle=ticket.neighbourhood_id is not None,
        place_missing=ticket.place_missing and ticket.outcome is None,
        is_open=ticket.outcome is None,
        changed_at=ticket.updated_at,
        neighbourhood=ticket.neighbourhood.code if ticket.neighbourhood else "",
        department=ticket.department.code if ticket.department else "",
        rated=ticket.satisfaction_score is not None,
        shares=bool(said) and not said.isdisjoint(rare_words(ticket.description)),
        elsewhere=(ticket.proposed_agency_id or ticket.agency_id) is not None,
        may=frozenset(transitions_for(ticket.position(), {TicketRole.CITIZEN}, now)),
    )
