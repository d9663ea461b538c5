"""A stored message as the conversation is given it, and what its words say of a place."""

import re

from departments.places.names import mahalle_named_in
from departments.text import identity_numbers
from departments.text.excerpt import excerpt, is_too_long
from departments.text.folding import fold
from departments.text.questions import has_question_form
from departments.text.vocabulary import tokens
from whatsapp.conversation import addresses, commands, map_links
from whatsapp.conversation.state import State
from whatsapp.conversation.types import InboundMessage
from whatsapp.conversations.models.messages import Message
from whatsapp.graph import webhook_payloads
from whatsapp.outbox.models.outbox import Outbox

# A verb at the end tells what happened, not where.
_TELLS = re.compile(r"(?:(?:[iu]yo|m[iu]s|m[ae]d[iu])\w{0,30}|[dt][iu]\w?|var|yok)$")
_BESIDE = re.compile(
    r"\b(?:arka|karsi|yan|on|ust|uzer|alt|kose|giris|cikis|orta|dip|kenar|yak[iu]n)(?:i|u|s[iu])?(?:n[dt]a|n[dt]e|nin|ndaki|ndeki)?\b"
)
# What people name to be found by, as `fold` writes it: landmarks, parts of an address, rooms; and in other languages.
_LANDMARK = re.compile(
    rf"\b(?:{addresses.LANDMARK}{addresses.ENDINGS}"
    r"|mah\w{0,12}|sok(?:ak|ag)\w*|cad(?:de)?\w{0,8}|bulvar\w*|apartman\w*|apt|site(?:si)?\w*|blok\w*|kat[it]?"
    r"|oda|koyu(?:n|nde)?|yolu(?:n|nda)?"
    r"|hotel|room|floor|street|road|avenue|school|mosque|hospital|mall|bazaar|station|stadium|bridge"
    r"|near|next to|opposite|behind"
    r"|(?:ال)?(?:شارع|حي|مدرس[هة]|جامع|حديق[هة]|سوق|فندق|طابق|غرف[هة]|مشف[يى]|دوار|جسر)|جنب|قدام|قريب)\b"
)
# The door or the street whose name is a number, alone or with its kind.
_NUMBERED = re.compile(
    r"\b(?:(?:kapi|bina|daire|kat|no|numara|sokak|blok) )?(?:(?:no|numara) )?\d{1,5}\w?"
    r"(?: (?:numara|nolu|sokak|cadde|kat|blok|daire))?$"
)
_DOOR_NUMBER = re.compile(r"\b(?:no|numara\w*|kat|daire|kapi|melikgazi|kayseri|\d{1,5}\w?)\b")
PLACE_WORDS_IN_DANGER = 12
PLACE_WORDS = 6  # "gülük camisinin yanındaki yeşil apartman"


def build_event(message: Message, state: State) -> InboundMessage:
    """A stored message with what it refers to: the ticket it answers, the message it changes, the place it holds. What
    answers "where?" in few words that name a mahalle tells where alone, whatever its words look like.
    """
    raw = message.payload
    place, text = webhook_payloads.place_of(raw), excerpt(message.text)
    if place is None and (place := map_links.coordinates_in(text)):
        text = map_links.without_link(text)
    changed = None
    if wamid := webhook_payloads.changed_by(raw):
        changed = Message.objects.filter(wamid=wamid, conversation=message.conversation_id).first()
    answered = None
    if message.reply_to:
        answered = Outbox.objects.filter(wamid=message.reply_to, conversation=message.conversation_id).first()
    address = webhook_payloads.address_of(raw)
    return InboundMessage(
        message=message.pk,
        # Where an address stands on a contact it is the place that was shared, not the person.
        kind="location" if message.kind == "contacts" and address else message.kind,
        text=text or (address if message.kind == "contacts" else ""),
        place=place,
        about=changed.ticket_id if changed else answered.ticket_id if answered else None,
        choice=webhook_payloads.choice_of(raw),
        changes=changed.pk if changed else None,
        address=(address or addresses.street_in(text))[: addresses.ADDRESS_LENGTH],
        phone=webhook_payloads.own_number_of(raw),
        where=is_address(text) or (changed is None and _answers_where(state, text)),
        advice=_advice(message),
        whole=message.text if is_too_long(message.text) else "",
    )


def is_address(text: str) -> bool:
    """Whether the text says where and nothing more."""
    mahalle = mahalle_named_in(tokens(text)) if text else None
    return addresses.is_address(text, mahalle.name if mahalle else "")


def was_asked_where(state: State) -> bool:
    """Whether the question put last was where what the citizen told of is."""
    draft = state.draft
    return draft is not None and bool(draft.matter) and draft.asked[-1:] in (("place",), ("place_again",))


def leads_there(text: str) -> bool:
    """Whether few words say where something stands: "caminin arkasında mavi kapı"."""
    folded = fold(text)
    few = len(folded.split()) <= PLACE_WORDS
    return few and _BESIDE.search(folded) is not None and not _TELLS.search(folded)


def names_no_place(inbound: InboundMessage) -> bool:
    """Whether a message says nothing of where: no pin, address, or mahalle."""
    named = inbound.place or inbound.where or inbound.address
    return not (named or inbound.choice or mahalle_named_in(tokens(inbound.text)))


def puts_place_right(text: str) -> bool:
    """Whether a short message says that what was reported is elsewhere: "Köşk değil Esentepe mahallesi"."""
    right, surely = commands.put_right(text)
    if right:
        named = _NUMBERED.search(right) or addresses.street_in(right) or mahalle_named_in(tokens(right))
        return bool(named) or surely
    return commands.says_place_wrong(text)


def words_beside_place(text: str) -> str:
    """The words without those that say where it is: in whatever language somebody writes, an address is Turkish."""
    if is_address(text):
        return ""
    street, mahalle = addresses.street_in(text), mahalle_named_in(tokens(text))
    rest = fold(text.replace(street, " ") if street else text)
    if mahalle:
        rest = rest.replace(fold(mahalle.name), " ")
    return " ".join(_DOOR_NUMBER.sub(" ", _BESIDE.sub(" ", _LANDMARK.sub(" ", rest))).split())


def _answers_where(state: State, text: str) -> bool:
    """Whether the text answers the question where it is. Somebody in danger is not asked for more than they say:
    a landmark, a room or a door of which the line knows no name is a place, too.
    """
    if state.danger is not None and state.danger.asked:
        folded = fold(text)
        few = len(folded.split()) <= PLACE_WORDS_IN_DANGER and not has_question_form(text)
        return few and _LANDMARK.search(folded) is not None and not _TELLS.search(folded)
    return was_asked_where(state) and _says_where(text)


def _says_where(text: str) -> bool:
    few = 0 < len(text.split()) <= PLACE_WORDS
    return few and not _TELLS.search(fold(text)) and mahalle_named_in(tokens(text)) is not None


def _advice(message: Message) -> str:
    """The sentence for somebody who sends more of themselves than is needed, '' for everybody else."""
    if identity_numbers.is_masked(message.text):
        return "identity_number"
    with_file = message.kind in ("image", "document")
    shown = commands.shows_identity_card(excerpt(message.text), with_file=with_file)
    return "identity_card" if shown else ""
