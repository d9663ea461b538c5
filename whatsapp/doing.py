"""The effects of a conversation, carried out: tickets written, words put into the outbox.

Runs inside the turn's transaction, under the conversation's lock.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from django.conf import settings

from departments.models import Category, Neighbourhood
from departments.places import Point, locate
from departments.routing import Suggestion
from tickets import services
from tickets.access import Actor
from tickets.models import Attachment, Kind, LocationSource, Source, Ticket
from whatsapp import commands, outbox, texts
from whatsapp import conversation as talk
from whatsapp.conversation import Effect, Join, OpenTicket, Say, State, TellStatus
from whatsapp.media import place_by_photo
from whatsapp.models import Conversation, Media, Message
from whatsapp.texts import TicketLine

CITY = ZoneInfo("Europe/Istanbul")
LISTED = 5  # tickets told of at one "durum"


def carry_out(
    effect: Effect, conversation: Conversation, state: State, suggestion: Suggestion | None, now: datetime
) -> State:
    """Does one effect and returns the state with what only the doing could tell: the ticket that was opened."""
    match effect:
        case Say(key=key, notice=notice, detail=detail):
            words = texts.say(key, notice_url=_notice_url(notice), detail=detail)
            outbox.put(conversation=conversation, words=words, now=now)
        case TellStatus():
            outbox.put(conversation=conversation, words=_statuses(effect, conversation), now=now)
        case Join():
            _join(effect, conversation, now)
        case OpenTicket():
            ticket = _open(effect, conversation, suggestion, now)
            return talk.confirmed(state, ticket.pk, ticket.category.code if ticket.category else "", now)
        case _:
            assert_never(effect)
    return state


def _open(
    effect: OpenTicket, conversation: Conversation, suggestion: Suggestion | None, now: datetime
) -> Ticket:
    point = Point(*effect.place) if effect.place else None
    report = services.Report(
        channel=Source.WHATSAPP,
        citizen=conversation.citizen,
        description=effect.text,
        point=point,
        place_missing=effect.place_missing,
        description_missing=effect.description_missing,
        **_routing(suggestion, point),
    )
    # The confirmation below is what is told.
    ticket = services.open_ticket(report=report, actor=Actor.citizen(), now=now, tell=False)
    messages = Message.objects.filter(pk__in=effect.messages)
    messages.update(ticket=ticket)
    for media in Media.objects.filter(message__in=messages).select_for_update(no_key=True).order_by("id"):
        _attach(ticket, media, now)
    ticket.refresh_from_db()  # a photo may have told the place
    words = texts.confirmation(
        _line(ticket, tell_place=not _is_guess(ticket)),
        missing=[*(["açıklama"] * ticket.description_missing), *(["konum"] * ticket.place_missing)],
        agency=ticket.proposed_agency.text if ticket.proposed_agency else "",
        notice_url=_notice_url(effect.notice),
    )
    opened = ticket.events.earliest("id")
    outbox.put(conversation=conversation, words=words, now=now, event=opened, ticket=ticket)
    return ticket


def _routing(suggestion: Suggestion | None, point: Point | None) -> dict[str, Any]:
    """What the suggestion makes of the ticket; an unsure one leaves category and department to the triage."""
    if suggestion is None:
        return {"kind": Kind.DIGER}
    category = None
    if suggestion.sure:
        category = Category.objects.select_related("department", "agency").get(code=suggestion.category)
    agency = category.agency if category else None
    neighbourhood = Neighbourhood.objects.filter(code=suggestion.neighbourhood).first()
    return {
        "kind": suggestion.kind if suggestion.kind in Kind.values else Kind.DIGER,
        "category": category,
        # Somebody else's job is only proposed: it stays NEW until a clerk confirms it.
        "department": category.department if category and agency is None else None,
        "proposed_agency": agency,
        "neighbourhood": neighbourhood,
        "location_source": LocationSource.PIN if point else LocationSource.WORDS if neighbourhood else "",
        "urgent": suggestion.urgent,
        "urgent_reason": suggestion.urgent_reason,
        "routed": asdict(suggestion),
    }


def _is_guess(ticket: Ticket) -> bool:
    """Whether the mahalle may be no more than the one nearest to the pin, for want of boundaries: not told then."""
    if ticket.lat is None or ticket.lon is None:
        return False
    near = locate(Point(ticket.lat, ticket.lon))
    return near.approximate and near.neighbourhood == ticket.neighbourhood


def _join(effect: Join, conversation: Conversation, now: datetime) -> None:
    ticket = Ticket.objects.filter(pk=effect.ticket, citizen=conversation.citizen).get()
    actor = Actor.citizen()
    Message.objects.filter(pk=effect.message).update(ticket=ticket)
    if effect.text:
        services.describe(ticket=ticket, actor=actor, now=now, text=effect.text)
    if effect.place:
        point = Point(*effect.place)
        found = locate(point).neighbourhood
        services.locate(
            ticket=ticket, actor=actor, now=now, point=point, source=LocationSource.PIN, neighbourhood=found
        )
    for media in Media.objects.filter(message=effect.message).select_for_update(no_key=True):
        _attach(ticket, media, now)


def _attach(ticket: Ticket, media: Media, now: datetime) -> None:
    """Lists the file on the ticket, fetched or not: the ticket does not wait for it."""
    media.attachment = services.attach(
        ticket=ticket,
        actor=Actor.citizen(),
        now=now,
        kind=Attachment.Kind(media.kind),
        mime_type=media.mime_type[:100],
        caption=media.message.text,
        stored=media.stored_file(),
    )
    media.save(update_fields=["attachment"])
    if media.state in (Media.State.LOST, Media.State.REFUSED):
        state = Attachment.State(media.state)
        services.attachment_lost(attachment=media.attachment, now=now, state=state, reason=media.error)
    place_by_photo(media, ticket, now)


def _statuses(effect: TellStatus, conversation: Conversation) -> texts.Words:
    """The citizen's own tickets only: somebody else's number is answered exactly as an unknown one."""
    own = Ticket.objects.filter(citizen=conversation.citizen).order_by("-created_at")
    asked = commands.ticket_number_of(effect.text)
    if asked:
        own = own.filter(number=asked)
    lines = [_line(ticket) for ticket in own.select_related("category")[:LISTED]]
    return texts.statuses(lines, asked=asked, notice_url=_notice_url(effect.notice))


def _line(ticket: Ticket, *, tell_place: bool = False) -> TicketLine:
    due = ticket.resolution_due_at
    return TicketLine(
        number=ticket.number,
        summary=ticket.category.name if ticket.category else ticket.summary or "Başvurunuz",
        status=ticket.get_status_display(),
        department=ticket.department.name if ticket.department else "",
        neighbourhood=ticket.neighbourhood.name if tell_place and ticket.neighbourhood else "",
        due=due.astimezone(CITY).date() if due else None,
    )


def _notice_url(notice: bool) -> str:
    return settings.KVKK_NOTICE_URL if notice else ""
