"""The effects of a conversation, carried out: tickets written, words put into the outbox.

Runs inside the turn's transaction, under the conversation's lock.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from departments import reference
from departments.base_data import OURS
from departments.danger.kinds import kinds
from departments.models import Neighbourhood
from departments.places.names import mahalle_named_in
from departments.places.points import Point, locate
from departments.routing.route import FRONT_DESK, Suggestion, route
from departments.text.excerpt import CUT, excerpt
from departments.text.vocabulary import tokens
from departments.working_time.entered_hours import calendar_of
from tickets import services
from tickets.models import Attachment, Kind, LocationSource, Source, Ticket
from tickets.nearby import is_reported
from tickets.permissions import Actor
from tickets.services import ReceivedFile
from tickets.workflow import Status
from whatsapp.conversation import commands
from whatsapp.conversation import state as talk_state
from whatsapp.conversation.effects import (
    Choose,
    Effect,
    Join,
    OpenDanger,
    OpenTicket,
    Say,
    TellStatus,
    Warn,
)
from whatsapp.conversation.state import LinkedTicket, State
from whatsapp.conversation.steps import step
from whatsapp.media.fetch import place_by_photo
from whatsapp.models import Conversation, Media, Message
from whatsapp.outbox import enqueue
from whatsapp.texts import bulletins, render
from whatsapp.texts.catalog import of
from whatsapp.texts.render import ConfirmationDetails
from whatsapp.turns import ticket_effects
from whatsapp.turns.context import NO_DESK
from whatsapp.turns.events import is_address
from whatsapp.turns.ticket_lines import is_guess, line_of, whose_job, with_target

log = logging.getLogger(__name__)

LISTED = 5  # tickets told of at one "durum"
# Where one problem ends and the next begins; a part is looked at when it is long enough to name one.
_PARTS = re.compile(r"[.!?;\n]+|\b(?:ayrıca|bir de|birde|also)\b", re.IGNORECASE)
CLEARLY = 0.8  # a part of a message is of a department
_PART_WORDS = 4
LUNCH = timedelta(hours=1)
# Written out, since composing them for every report cost more than the database takes for them.
_BELONG = "UPDATE whatsapp_message SET ticket_id = %s WHERE id = ANY(%s)"
_FILES = """
SELECT whatsapp_media.*, message.text AS caption
FROM whatsapp_media JOIN whatsapp_message message ON message.id = whatsapp_media.message_id
WHERE message.id = ANY(%s) ORDER BY whatsapp_media.id FOR NO KEY UPDATE OF "whatsapp_media"
"""


def apply(
    effect: Effect, row: Conversation, state: State, suggestion: Suggestion | None, now: datetime
) -> State:
    """Does one effect and returns the state with what only the doing could tell: the ticket that was opened."""
    language = row.language or "tr"
    match effect:
        case Say(key=key, detail=detail, number=number, at=at):
            detail = settings.KVKK_ADDRESS if key == "data_asked" else detail
            around = _around(effect, language, now)
            words = render.say(key, language, detail=detail, number=number, at=at, **around)
            enqueue.put(conversation=row, words=words, now=now)
        case Warn(key=key, language=spoken, number=number):
            words = render.danger(key, spoken, number=number)
            enqueue.put(conversation=row, words=words, now=now, danger=True)
        case OpenDanger():
            ticket = _open_danger(effect, row, suggestion, now)
            return talk_state.endangered(state, ticket.pk)
        case TellStatus():
            enqueue.put(conversation=row, words=_statuses(effect, row, language, now), now=now)
        case Choose(tickets=tickets):
            mine = Ticket.objects.filter(pk__in=[own.ticket for own in tickets], citizen=row.citizen_id)
            lines = [
                line_of(ticket, language)
                for ticket in mine.select_related("category").order_by("-created_at")
            ]
            words = render.choose(lines, language, **_around(effect, language, now))
            enqueue.put(conversation=row, words=words, now=now)
        case Join():
            _join(effect, row, now)
        case OpenTicket():
            ticket = _open(effect, row, suggestion, now)
            code = ticket.category.code if ticket.category else ""
            return talk_state.confirmed(state, LinkedTicket(ticket.pk, code, ticket.lat is not None), now)
        case _:
            ticket_effects.apply(effect, row, now)
    return state


def _open(effect: OpenTicket, row: Conversation, suggestion: Suggestion | None, now: datetime) -> Ticket:
    """Opens the ticket and confirms it. What can be known is found out before the ticket takes its number."""
    media = _media_of(effect.with_files)
    point = Point(*effect.place) if effect.place else None
    report = services.Report(
        channel=Source.WHATSAPP,
        citizen=row.citizen,
        description=_whole(effect.text, effect.messages),
        summary=of("tr").confirmation[effect.spoken] if effect.spoken else "",
        point=point,
        address=effect.address,
        place_missing=effect.place_missing,
        description_missing=effect.description_missing,
        **_routing(suggestion, point) | _doubt(effect),
    )
    told_by_photo = next((Point(*each.place) for each in media if each.place), None)
    known = _is_known(report, point or (told_by_photo if effect.place_missing else None), now)
    several = _holds_several(effect.text)
    # What is told of it is the confirmation.
    ticket, created, attachments = services.open_report(
        report=report, actor=Actor.citizen(), now=now, announce=False, files=_received(media, effect.text)
    )
    if suggestion:
        _log_routing(suggestion)
    _belong(effect.messages, ticket)
    if _link(media, attachments, now):
        ticket.refresh_from_db()  # a photo may have told the place
    language = row.language or "tr"
    words = render.confirmation(
        line_of(ticket, language, tell_place=not is_guess(ticket)),
        _circumstances(ticket, effect, suggestion, language, now, known=known, several=several),
        language,
        **_around(effect, language, now),
    )
    enqueue.put(conversation=row, words=words, now=now, event=created, ticket=ticket)
    return ticket


def attribute(row: Conversation, ticket: Ticket, since: datetime, now: datetime) -> None:
    """Makes what was said since then about no ticket part of this one, with its files; the conversation is locked.

    What of it was still a report in the making is none any more, and what follows belongs to the ticket.
    """
    loose = Message.objects.filter(conversation=row, ticket=None, sent_at__gte=since)
    said = dict(loose.order_by("pk").values_list("pk", "text"))
    keys, words = list(said), "\n".join(said.values())
    media = _media_of(keys)
    _belong(keys, ticket)
    attachments = services.attach_all(
        ticket=ticket, actor=Actor.citizen(), now=now, files=_received(media, words)
    )
    _link(media, attachments, now)
    state = talk_state.load(row.state)
    if state.draft and not set(state.draft.messages) - set(keys):
        state = replace(state, draft=None, reply="", reply_at=None)
    code = ticket.category.code if ticket.category else ""
    state = talk_state.confirmed(state, LinkedTicket(ticket.pk, code, ticket.lat is not None), now)
    row.state, row.wake_at = talk_state.dump(state), step(state).wake_at
    row.save(update_fields=["state", "wake_at"])


def confirm(row: Conversation, ticket: Ticket, now: datetime) -> None:
    """Tells of a ticket that staff opened of what the citizen said; the conversation is locked."""
    language = row.language or "tr"
    missing = [*(["what"] * ticket.description_missing), *(["place"] * ticket.place_missing)]
    line = line_of(ticket, language, tell_place=not is_guess(ticket))
    words = render.confirmation(line, ConfirmationDetails(missing=missing), language)
    enqueue.put(conversation=row, words=words, now=now, ticket=ticket)


def _whole(text: str, messages: Sequence[int]) -> str:
    """The words with what was left out for reading put back."""
    if CUT in text:
        for said in Message.objects.filter(pk__in=messages).values_list("text", flat=True):
            text = text.replace(excerpt(said), said, 1)
    return text


def _doubt(effect: OpenTicket) -> dict[str, Any]:
    """What is marked for a person to look at soon: a danger that is only possible, a voice that nobody has heard."""
    if not effect.unsure:
        return {}
    doubt: dict[str, Any] = {"danger": effect.unsure, "danger_unsure": True}
    return doubt | ({"urgent_reason": "sesli mesaj, dinlenmedi"} if effect.spoken == "audio" else {})


def _open_danger(
    effect: OpenDanger, row: Conversation, suggestion: Suggestion | None, now: datetime
) -> Ticket:
    """Opens the ticket of a danger; what the citizen hears of it is not the ticket's."""
    media = _media_of(effect.messages)
    point = Point(*effect.place) if effect.place else None
    about = _routing(suggestion, point)
    if effect.restricted:  # nobody but who is on duty sees it, whatever department its words resemble
        about |= dict.fromkeys(("category", "department", "proposed_agency"))
    report = services.Report(
        channel=Source.WHATSAPP,
        citizen=row.citizen,
        description=_whole(effect.text, effect.messages),
        point=point,
        address=effect.address,
        place_missing=point is None and about.get("neighbourhood") is None,
        **about
        | {
            "urgent": True,
            "urgent_reason": about.get("urgent_reason") or kinds()[effect.kind].name,
            "danger": effect.kind,
            "danger_unsure": not effect.sure,
            "restricted": effect.restricted,
        },
    )
    ticket, _, attachments = services.open_report(
        report=report, actor=Actor.citizen(), now=now, announce=False, files=_received(media, effect.text)
    )
    _belong(effect.messages, ticket)
    _link(media, attachments, now)
    return ticket


def _routing(suggestion: Suggestion | None, point: Point | None) -> dict[str, Any]:
    """What the suggestion makes of the ticket; an unsure one leaves category and department to the triage."""
    if suggestion is None:
        return {"kind": Kind.DIGER, "location_source": LocationSource.PIN if point else ""}
    category = reference.category(suggestion.category) if suggestion.sure else None
    agency = category.agency if category else None
    neighbourhood = reference.neighbourhood(suggestion.neighbourhood) if suggestion.neighbourhood else None
    return {
        "kind": suggestion.kind if suggestion.kind in Kind.values else Kind.DIGER,
        "category": category,
        # Somebody else's job is only proposed: it stays NEW until a clerk confirms it.
        "department": reference.department(suggestion.department) if category and agency is None else None,
        "proposed_agency": agency,
        "neighbourhood": neighbourhood,
        "location_source": LocationSource.PIN if point else LocationSource.WORDS if neighbourhood else "",
        "urgent": suggestion.urgent,
        "urgent_reason": suggestion.urgent_reason,
        "routed": suggestion.dump(),
    }


def _is_known(report: services.Report, point: Point | None, now: datetime) -> bool:
    """Whether open tickets may be about the same thing. Whose they are and which is nobody's business."""
    if report.category is None or point is None:
        return False
    return is_reported(category=report.category, point=point, now=now)


def _log_routing(suggestion: Suggestion) -> None:
    """By which model, and what it decided; the ticket keeps the whole suggestion."""
    rule = " and a rule" if suggestion.rule else ""
    sureness = "sure" if suggestion.sure else "left to the triage"
    decision = (suggestion.department, suggestion.category, suggestion.confidence, sureness)
    log.info("routed by model %s%s: %s, %s, %.2f, %s", suggestion.model, rule, *decision)


def _circumstances(
    ticket: Ticket,
    effect: OpenTicket,
    suggestion: Suggestion | None,
    language: str,
    now: datetime,
    *,
    known: bool,
    several: bool,
) -> ConfirmationDetails:
    return ConfirmationDetails(
        work=suggestion.danger if suggestion and suggestion.level == "work" else "",
        missing=[*(["what"] * ticket.description_missing), *(["place"] * ticket.place_missing)],
        agency=whose_job(ticket.proposed_agency, language) if ticket.proposed_agency else "",
        known=known,
        several=several,
        asks=effect.asks,
        district=suggestion.district if suggestion else "",
        spoken=effect.spoken == "audio",
        # A lunch break is not worth a word; what is urgent waits for no morning.
        closed=not ticket.urgent and calendar_of(None).add_hours(now, 0) > now + LUNCH,
    )


def _holds_several(text: str) -> bool:
    """Whether parts of a report are for different departments."""
    parts = [part for part in _PARTS.split(text) if len(part.split()) >= _PART_WORDS and not is_address(part)]
    if len(parts) < 2:
        return False
    suggestions = [route(part) for part in parts]
    # What the front desk answers is no problem beside the other.
    real = [each for each in suggestions if each.department != FRONT_DESK or each.jurisdiction != OURS]
    clear = (each for each in real if each.confidence >= CLEARLY and not (each.talk or each.asks))
    return len({each.department for each in clear}) > 1


def _join(effect: Join, row: Conversation, now: datetime) -> None:
    ticket = Ticket.objects.filter(pk=effect.ticket, citizen=row.citizen_id).get()
    actor = Actor.citizen()
    media = _media_of(effect.messages)
    _belong(effect.messages, ticket)
    if effect.text:
        answers = not commands.asks_back(effect.text)
        said = _whole(effect.text, effect.messages)
        services.describe(ticket=ticket, actor=actor, now=now, text=said, answers=answers)
    point = Point(*effect.place) if effect.place else None
    mahalle = locate(point).neighbourhood if point else mahalle_named_in(tokens(effect.text))
    if point or _tells_more(ticket, mahalle, effect.address):
        services.locate(
            ticket=ticket,
            actor=actor,
            now=now,
            point=point,
            source=LocationSource.PIN if point else LocationSource.WORDS,
            neighbourhood=mahalle,
            address=effect.address,
        )
    _link(
        media,
        services.attach_all(ticket=ticket, actor=actor, now=now, files=_received(media, effect.text)),
        now,
    )
    unnamed = ticket.category_id is None and ticket.status == Status.NEW and not ticket.restricted
    if unnamed and effect.text and not is_address(effect.text):
        _name_subject(ticket, now)


def _name_subject(ticket: Ticket, now: datetime) -> None:
    """A report whose words said too little is routed again by all that were said since."""
    ticket.refresh_from_db()
    point = Point(ticket.lat, ticket.lon) if ticket.lat is not None and ticket.lon is not None else None
    suggestion = route(ticket.description, point)
    category = reference.category(suggestion.category)
    if suggestion.sure and category and category.code not in NO_DESK and not suggestion.talk:
        services.name_subject(ticket=ticket, category=category, suggestion=suggestion, now=now)


def _tells_more(ticket: Ticket, mahalle: Neighbourhood | None, address: str) -> bool:
    """Whether words say where a ticket is whose place nothing told before: later ones may be of another place."""
    if ticket.lat is not None:
        return False
    return bool((address and not ticket.address) or (mahalle and not ticket.neighbourhood_id))


def _belong(messages: Sequence[int], ticket: Ticket) -> None:
    """These messages are of this ticket from now on."""
    with connection.cursor() as cursor:
        cursor.execute(_BELONG, [ticket.pk, list(messages)])


def _media_of(messages: Sequence[int]) -> list[Media]:
    """The files of these messages, locked."""
    return list(Media.objects.raw(_FILES, [list(messages)])) if messages else []


def _received(media: Iterable[Media], words: str) -> list[ReceivedFile]:
    """The files as a ticket lists them, fetched or not: it does not wait for them. `words` came with them."""
    told = commands.shows_identity_card(words, with_file=False)
    return [
        ReceivedFile(
            kind=Attachment.Kind(each.kind),
            mime_type=each.mime_type[:100],
            caption=vars(each)["caption"],
            stored=each.stored_file(),
            lost=Attachment.State(each.state) if each.state in Media.GONE else None,
            reason=each.error,
            may_show_identity=told or commands.shows_identity_card(vars(each)["caption"], with_file=True),
        )
        for each in media
    ]


def _link(media: Sequence[Media], attachments: Sequence[Attachment], now: datetime) -> bool:
    """Keeps which attachment each file is, and returns whether one told of a place."""
    if not media:
        return False
    for each, attachment in zip(media, attachments, strict=True):
        each.attachment = attachment
    Media.objects.bulk_update(media, ["attachment"])
    for each, attachment in zip(media, attachments, strict=True):
        place_by_photo(each, attachment.ticket, now)
    return any(each.place for each in media)


def _statuses(effect: TellStatus, row: Conversation, language: str, now: datetime) -> render.OutgoingMessage:
    """The citizen's own tickets only: somebody else's number is answered exactly as an unknown one."""
    # Of a restricted one nothing is said by itself: the telephone may be in another hand (docs/danger.md).
    own = Ticket.objects.filter(citizen=row.citizen, restricted=False).order_by("-created_at")
    if effect.cited:
        own = own.filter(pk__in=effect.tickets)
    if effect.still_open:
        own = own.filter(outcome=None)
    rows = [services.as_told(ticket, now) for ticket in own.select_related("category")[:LISTED]]
    lines = [with_target(line_of(ticket, language), ticket, now, language) for ticket in rows]
    return render.statuses(lines, language, asked=effect.cited, **_around(effect, language, now))


def _around(effect: Say | TellStatus | Choose | OpenTicket, language: str, now: datetime) -> dict[str, str]:
    """What stands around the answer, by its name in `render`."""
    return {
        "notice_url": settings.KVKK_NOTICE_URL if effect.notice else "",
        "bulletin": bulletins.text_in(language, now) if effect.bulletin else "",
        "advice": effect.advice,
    }
