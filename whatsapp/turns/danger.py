"""The danger that a message tells of, as the talk believes it."""

import re
from dataclasses import replace
from datetime import datetime

from departments.danger_reader.kinds import TAKEN_FOR_SURE, kinds
from departments.danger_reader.reader import Reading, is_doubtful, read
from departments.routing.route import Suggestion, route
from departments.text.folding import fold
from tickets.danger.open_dangers import said_to_be_none
from whatsapp.conversation import commands, time_limits
from whatsapp.conversation.state import State
from whatsapp.conversation.types import Danger, InboundMessage, TurnContext, words
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.messages import Message
from whatsapp.turns.events import leads_there, was_asked_where

SURELY = 2  # Suggestion.talk
DOUBTED_FROM = 0.7  # so likely has a danger to be that sounds like talk
LAMPS = frozenset({"d_sokak_lambasi", "park_aydinlatma"})
_BURNS = re.compile(
    r"\A(?:simdi |artik |evet |hepsi |lamba\w* )*(?:yani?yo\w*|yandi|yaniyor\w*)(?: artik| simdi| cok sukur| tesek\w*)*"
)
FOLLOW_UP_WORDS = 6  # a longer message of somebody in danger may tell of another one


def danger_in(
    state: State, new: InboundMessage, known: TurnContext, suggestion: Suggestion | None
) -> tuple[Danger | None, str]:
    """The danger that the message tells of, and what it says as somebody in one: see `follow_up_of`."""
    spoken = suggestion is not None and suggestion.talk == SURELY
    told = _danger(new.whole or new.text, words(state, new)[0], spoken=spoken)
    # What is said whole is a command, an answer, a question or a greeting, whatever its letters look like.
    asked = known.question not in ("", "unnamed")
    command = known.command not in ("", "data") or known.person or asked
    understood = command or known.chatter or known.result or known.stars or known.yes is not None
    where = new.where or (was_asked_where(state) and leads_there(new.text))
    if told and (understood or where) and not told.sure:
        told = None
    if told and told.kind == "fire" and _speaks_of_light(new.text, known):
        told = None
    follow = commands.follow_up_of(new.text, state.danger.kind) if state.danger else ""
    if told and follow and len(new.text.split()) <= FOLLOW_UP_WORDS:
        # "kimse gelmedi" after a fire tells of nobody lost, but "yangın çıktı, çabuk gelin" of a fire.
        beside = commands.beside_follow_up(new.text)
        again = _danger(beside, beside, spoken=spoken) if beside else None
        told = again if again and again.sure else None
    return told, follow


def as_denied(told: Danger, row: Conversation, now: datetime) -> Danger | None:
    """The danger, with the ticket of which a person said within DENIED_FOR that it is none; None for one that was only
    possible. Every other kind, whatever a person must not be asked twice about, and what a citizen insists on is told
    anew.
    """
    if told.shielded or kinds()[told.kind].family in TAKEN_FOR_SURE:
        return told
    for ticket, denied, at in said_to_be_none(row.citizen_id, now - time_limits.DENIED_FOR):
        if denied == told.kind:
            if told.sure and _was_told_since(row, told.kind, at):
                return told
            return replace(told, denied=ticket) if told.sure else None
    return told


def _was_told_since(row: Conversation, kind: str, since: datetime) -> bool:
    """Whether an earlier message of the talk, since then, surely told of this kind."""
    earlier = Message.objects.filter(
        conversation=row, danger=True, state=Message.State.HANDLED, received_at__gte=since
    )
    readings = map(read, earlier.values_list("text", flat=True))
    return any(each.sure and each.kind == kind for each in readings)


def _danger(own: str, words: str, *, spoken: bool) -> Danger | None:
    """The danger that the new words tell of, or else those of the whole draft with them. Where the router takes them
    for talk (`spoken`) only what is very likely is sure, what would be sure elsewhere is possible, and what would be
    possible is nothing; of an ordinary subject possible dangers are believed less.
    """
    told = next(filter(None, map(_told_in, dict.fromkeys((own, words)))), None)
    if told is None or (spoken and not told.sure):
        return None
    child = commands.is_child(own)
    sure = told.sure and (not spoken or told.likely >= DOUBTED_FROM)
    return Danger(told.kind, sure, told.language, child, told.shielded)


def _told_in(text: str) -> Reading | None:
    reading = read(text)
    if reading.level != "life":
        return None
    return None if is_doubtful(reading) and route(text).ordinary else reading


def _speaks_of_light(text: str, known: TurnContext) -> bool:
    """Whether "yanıyor" alone is of the lamp that the citizen reported."""
    lamp = any(own.category in LAMPS for own in known.own)
    return lamp and _BURNS.fullmatch(fold(text)) is not None
