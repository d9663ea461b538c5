"""What a citizen said and sent becomes part of a ticket: messages, words, files, place and subject.

Runs inside a transaction, under the conversation's lock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection

from departments import reference
from departments.models import Neighbourhood
from departments.places.names import mahalle_named_in
from departments.places.points import Point, locate
from departments.routing.route import route
from departments.text.excerpt import CUT, excerpt
from departments.text.vocabulary import tokens
from tickets.attachments.attachments import attach_all
from tickets.casework import locating
from tickets.casework.attachment_rows import ReceivedFile
from tickets.casework.classifying import name_subject
from tickets.casework.descriptions import describe
from tickets.models import Attachment, LocationSource, Ticket
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from whatsapp.conversation import commands
from whatsapp.conversation import state as talk_state
from whatsapp.conversation.effects import Join
from whatsapp.conversation.state import LinkedTicket
from whatsapp.conversation.steps import step
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.messages import Media, Message
from whatsapp.media.fetch import place_by_photo
from whatsapp.turns.context import NO_DESK
from whatsapp.turns.events import is_address

# Written out, since composing them for every report cost more than the database takes for them.
_BELONG = "UPDATE whatsapp_message SET ticket_id = %s WHERE id = ANY(%s)"
_FILES = """
SELECT whatsapp_media.*, message.text AS caption
FROM whatsapp_media JOIN whatsapp_message message ON message.id = whatsapp_media.message_id
WHERE message.id = ANY(%s) ORDER BY whatsapp_media.id FOR NO KEY UPDATE OF "whatsapp_media"
"""


def join(effect: Join, row: Conversation, now: datetime) -> None:
    ticket = Ticket.objects.filter(pk=effect.ticket, citizen=row.citizen_id).get()
    actor = Actor.citizen()
    media = files_of(effect.messages)
    belong(effect.messages, ticket)
    if effect.text:
        answers = not commands.asks_back(effect.text)
        said = whole(effect.text, effect.messages)
        describe(ticket=ticket, actor=actor, now=now, text=said, answers=answers)
    point = Point(*effect.place) if effect.place else None
    mahalle = locate(point).neighbourhood if point else mahalle_named_in(tokens(effect.text))
    if point or _tells_more(ticket, mahalle, effect.address):
        locating.locate(
            ticket=ticket,
            actor=actor,
            now=now,
            point=point,
            source=LocationSource.PIN if point else LocationSource.WORDS,
            neighbourhood=mahalle,
            address=effect.address,
        )
    link(
        media,
        attach_all(ticket=ticket, actor=actor, now=now, files=received(media, effect.text)),
        now,
    )
    unnamed = ticket.category_id is None and ticket.status == Status.NEW and not ticket.restricted
    if unnamed and effect.text and not is_address(effect.text):
        _name_subject(ticket, now)


def attribute(row: Conversation, ticket: Ticket, since: datetime, now: datetime) -> None:
    """Makes what was said since then about no ticket part of this one, with its files; the conversation is locked.

    What of it was still a report in the making is none any more, and what follows belongs to the ticket.
    """
    said = lock_loose(row, since)
    keys, words = list(said), "\n".join(said.values())
    media = files_of(keys)
    belong(keys, ticket)
    attachments = attach_all(ticket=ticket, actor=Actor.citizen(), now=now, files=received(media, words))
    link(media, attachments, now)
    state = talk_state.load(row.state)
    if state.draft and not set(state.draft.messages) - set(keys):
        state = replace(state, draft=None, reply="", reply_at=None)
    code = ticket.category.code if ticket.category else ""
    state = talk_state.confirmed(state, LinkedTicket(ticket.pk, code, ticket.lat is not None), now)
    row.state, row.wake_at = talk_state.dump(state), step(state).wake_at
    row.save(update_fields=["state", "wake_at"])


def lock_loose(row: Conversation, since: datetime) -> dict[int, str]:
    """What was said since then about no ticket, by the message's key, locked with its files: before any ticket is, and
    before one takes its number.
    """
    loose = Message.objects.filter(conversation=row, ticket=None, sent_at__gte=since).order_by("pk")
    said = dict(loose.select_for_update(no_key=True).values_list("pk", "text"))
    files_of(list(said))
    return said


def whole(text: str, messages: Sequence[int]) -> str:
    """The words with what was left out for reading put back."""
    if CUT in text:
        for said in Message.objects.filter(pk__in=messages).values_list("text", flat=True):
            text = text.replace(excerpt(said), said, 1)
    return text


def belong(messages: Sequence[int], ticket: Ticket) -> None:
    """These messages are of this ticket from now on."""
    with connection.cursor() as cursor:
        cursor.execute(_BELONG, [ticket.pk, list(messages)])


def files_of(messages: Sequence[int]) -> list[Media]:
    """The files of these messages, locked."""
    return list(Media.objects.raw(_FILES, [list(messages)])) if messages else []


def received(media: Iterable[Media], words: str) -> list[ReceivedFile]:
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


def link(media: Sequence[Media], attachments: Sequence[Attachment], now: datetime) -> bool:
    """Keeps which attachment each file is, and returns whether one told of a place."""
    if not media:
        return False
    for each, attachment in zip(media, attachments, strict=True):
        each.attachment = attachment
    Media.objects.bulk_update(media, ["attachment"])
    for each, attachment in zip(media, attachments, strict=True):
        place_by_photo(each, attachment.of_ticket, now)
    return any(each.place for each in media)


def _name_subject(ticket: Ticket, now: datetime) -> None:
    """A report whose words said too little is routed again by all that were said since."""
    ticket.refresh_from_db()
    point = Point(ticket.lat, ticket.lon) if ticket.lat is not None and ticket.lon is not None else None
    suggestion = route(ticket.description, point)
    category = reference.category(suggestion.category)
    if suggestion.sure and category and category.code not in NO_DESK and not suggestion.talk:
        name_subject(ticket=ticket, category=category, suggestion=suggestion, now=now)


def _tells_more(ticket: Ticket, mahalle: Neighbourhood | None, address: str) -> bool:
    """Whether words say where a ticket is whose place nothing told before: later ones may be of another place."""
    if ticket.lat is not None:
        return False
    return bool((address and not ticket.address) or (mahalle and not ticket.neighbourhood_id))
