"""What a turn knows: the message as the conversation hears it, and the world around it as facts."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from departments import reference
from departments.danger.reader import read
from departments.models import PlaceNeed
from departments.places.names import mahalle_named_in
from departments.places.points import Point, locate
from departments.routing.route import Suggestion
from departments.text.vocabulary import tokens
from tickets.models import Ticket
from tickets.search import cited_by
from tickets.workflow import Outcome, Status, TicketRole, moves_for
from whatsapp.conversation import addresses, commands, replies
from whatsapp.conversation import types as talk
from whatsapp.conversation.state import State
from whatsapp.graph import webhook_payloads
from whatsapp.handover import state as handover
from whatsapp.models import Conversation, Message, Outbox
from whatsapp.texts import render
from whatsapp.turns import faq

# A guess weaker than this says nothing against the subject that a talk is about.
GUESS_FROM = 0.3
FOREIGN = frozenset({"en", "ar"})
_QUESTION = re.compile(r"[?؟]")
FOLLOW_UP_WORDS = 6  # a longer message of somebody in danger may tell of another one
ADDRESS_LENGTH = 300  # as much as a ticket keeps


def build_event(message: Message) -> talk.InboundMessage:
    """A stored message with what it refers to: the ticket it answers, the message it changes, the place it holds."""
    raw = message.payload
    place, text = webhook_payloads.place_of(raw), message.text
    if place is None and (place := addresses.coordinates_in(text)):
        text = addresses.without_link(text)
    changed = None
    if wamid := webhook_payloads.changed_by(raw):
        changed = Message.objects.filter(wamid=wamid, conversation=message.conversation_id).first()
    answered = None
    if message.reply_to:
        answered = Outbox.objects.filter(wamid=message.reply_to, conversation=message.conversation_id).first()
    address = webhook_payloads.address_of(raw)
    return talk.InboundMessage(
        message=message.pk,
        # Where an address stands on a contact it is the place that was shared, not the person.
        kind="location" if message.kind == "contacts" and address else message.kind,
        text=text or (address if message.kind == "contacts" else ""),
        place=place,
        about=changed.ticket_id if changed else answered.ticket_id if answered else None,
        choice=webhook_payloads.choice_of(raw),
        changes=changed.pk if changed else None,
        address=(address or addresses.street_in(text))[:ADDRESS_LENGTH],
        phone=webhook_payloads.own_number_of(raw),
        where=is_address(text),
    )


def is_address(text: str) -> bool:
    """Whether the text says where and nothing more."""
    mahalle = mahalle_named_in(tokens(text)) if text else None
    return addresses.is_address(text, mahalle.name if mahalle else "")


def build_context(
    row: Conversation, state: State, event: talk.Event, suggestion: Suggestion | None, now: datetime
) -> talk.TurnContext:
    """What is known when `event` happens: of its own words, of all words and the place so far (`suggestion`), of what
    staff did to the talk, and of the citizen's tickets that may be meant.
    """
    new = event if isinstance(event, talk.InboundMessage) else None
    own = new.text if new and not new.choice else ""
    _, place = talk.words(state, event)
    staffed = handover.has_person(row, now)
    known = talk.TurnContext(
        settle=timedelta(seconds=settings.WHATSAPP_SETTLE_SECONDS),
        draft_timeout=timedelta(seconds=settings.WHATSAPP_DRAFT_TIMEOUT),
        command=commands.command_of(own),
        cites=commands.cited_in(own, which=bool(state.expect and state.expect.what == "choose")),
        chatter=commands.small_talk_of(own),
        yes=commands.yes_or_no(own),
        speaks=commands.language_of(own),
        notice_version=render.NOTICE_VERSION,
        place_required=True,
        outside=place is not None and locate(Point(*place)).inside is False,
        language=row.language,
        blocked=row.blocked,
        staffed=staffed,
        discussed=_discussed(row) if staffed else None,
        silent_until=row.silent_until,
    )
    known = replace(known, own=_own(row, state, new, known, now))
    if new and not new.choice and new.text:
        told = _danger(new.text, talk.words(state, event)[0])
        # What is said whole is a command, an answer or a greeting, whatever its letters look like.
        understood = known.command or known.chatter or known.yes is not None
        if told and understood and not told.sure:
            told = None
        follow = commands.follow_up_of(new.text) if state.danger else ""
        if follow and len(new.text.split()) <= FOLLOW_UP_WORDS:
            told = None  # "kimse gelmedi" after a fire tells of nobody lost
        known = replace(
            known,
            danger=told,
            follow=follow,
            phone_known=bool(row.citizen.phone),
        )
    if suggestion is None:
        return known
    words, _ = talk.words(state, event)
    foreign = (known.language or known.speaks) in FOREIGN
    return replace(known, **_subject(suggestion, own, words, foreign=foreign))


def _subject(suggestion: Suggestion, own: str, words: str, *, foreign: bool) -> dict[str, Any]:
    """What the router's suggestion means for the talk; it knows Turkish, and of other languages a word or two."""
    category = reference.category(suggestion.category)
    if category is None:
        raise LookupError(f"the router names a category that there is not: {suggestion.category}")
    has_place = category.place == PlaceNeed.REQUIRED
    return {
        "faq": "" if suggestion.sure and has_place else faq.answer_to(own),
        "category": suggestion.category,
        "sure": suggestion.sure,
        "guess": has_place and suggestion.confidence >= GUESS_FROM,
        # Where no words tell, or none that the router knows, whether a place is needed, it is, but for a question.
        "place_required": not words
        or (foreign and not suggestion.sure and not _QUESTION.search(words))
        or (has_place and category.agency_id is None),
        "place_known": suggestion.neighbourhood is not None,
    }


def _danger(own: str, words: str) -> talk.Danger | None:
    """The danger that the new words tell of, or else those of the whole draft with them."""
    told = next((reading for text in (own, words) if (reading := read(text)).level == "life"), None)
    if told is None:
        return None
    child = commands.is_child(own)
    return talk.Danger(told.kind, told.sure, told.language, child, told.shielded)


def _discussed(row: Conversation) -> int | None:
    """The ticket that the citizen was last written to about."""
    said = Outbox.objects.filter(conversation=row, ticket__isnull=False).order_by("-id")
    return said.values_list("ticket", flat=True).first()


def _own(
    row: Conversation,
    state: State,
    inbound: talk.InboundMessage | None,
    known: talk.TurnContext,
    now: datetime,
) -> tuple[talk.TicketView, ...]:
    keys = {
        inbound.about if inbound else None,
        state.expect.ticket if state.expect else None,
        known.discussed,
    }
    keys |= {state.draft.to.ticket if state.draft and state.draft.to else None}
    keys |= {state.danger.ticket if state.danger else None}
    meant = Q(pk__in=keys - {None})
    if inbound:
        meant |= Q(number__in={replies.number_in(inbound.choice)} - {""}) | cited_by(known.cites)
        if known.command == "cancel" or inbound.choice == "cancel":
            meant |= Q(outcome=None)
        elif commands.yes_or_no(inbound.text) is not None:
            meant |= Q(status=Status.RESOLVED)
        if state.draft is None:
            meant |= Q(status=Status.WAITING)
    if not (meant and row.has_tickets):
        return ()
    tickets = Ticket.objects.filter(meant, citizen=row.citizen_id).select_related("category", "department")
    return tuple(_own_ticket(ticket, now) for ticket in tickets.order_by("-created_at"))


def _own_ticket(ticket: Ticket, now: datetime) -> talk.TicketView:
    return talk.TicketView(
        ticket=ticket.pk,
        number=ticket.number,
        status=ticket.status,
        category=ticket.category.code if ticket.category else "",
        placed=ticket.lat is not None,
        resolved=ticket.outcome == Outcome.RESOLVED,
        closed=ticket.outcome is not None or not (ticket.danger or ticket.danger_unsure),
        claimed=ticket.claimed_at is not None,
        # A street alone is no address: some sentences only look as if they named one.
        addressed=bool(ticket.address)
        and (ticket.neighbourhood_id is not None or any(letter.isdigit() for letter in ticket.address)),
        in_mahalle=ticket.neighbourhood_id is not None,
        elsewhere=(ticket.proposed_agency_id or ticket.agency_id) is not None,
        may=frozenset(moves_for(ticket.position(), {TicketRole.CITIZEN}, now)),
    )
