"""Which of the citizen's tickets a message, or a report in the making, is of; or that it is only talk. Pure."""

import re
from datetime import datetime

from departments.text.ticket_number import citations_in
from whatsapp.conversation import commands, time_limits
from whatsapp.conversation.state import Draft, LinkedTicket, State
from whatsapp.conversation.types import SPOKEN, InboundMessage, TicketView, TurnContext

WAITING = "WAITING"
SHOWN = frozenset({"image", "document"})
FILES = SHOWN | SPOKEN
FRONT_DESK = "ILETISIM"  # the department of what is nobody's, or another body's
GOES_ON_WORDS = 15  # a longer message tells of something new
PLACE_WORDS = 12  # a longer message that names a place tells of something there
OPENS_WORDS = 10  # a longer message may be a report though it sounds like talk
_QUESTION = re.compile(r"[?؟]")


def meant(inbound: InboundMessage, context: TurnContext) -> TicketView | None:
    """The citizen's ticket that a message is about: the one it replies to, or the first whose number it cites."""
    return context.ticket(inbound.about) or next(iter(context.cited()), None)


def meant_or_only(
    inbound: InboundMessage, context: TurnContext, among: list[TicketView]
) -> TicketView | None:
    """The ticket that a message is about, or the only one there is `among` those that it may be."""
    return meant(inbound, context) or (among[0] if len(among) == 1 else None)


def follows(
    state: State, inbound: InboundMessage, now: datetime, context: TurnContext
) -> LinkedTicket | None:
    """The ticket that a message outside any draft may belong to: the one it replies to or cites, the only one with a
    question of staff's open, the one just confirmed, or the only one whose place is missing where a place is all that
    is said. A file that was asked for once more may come later, and so may talk.
    """
    asked = [own for own in context.own if own.status == WAITING]
    if own := meant_or_only(inbound, context, asked):
        return linked(own)
    recent = state.confirmed_at is not None and now - state.confirmed_at <= time_limits.FOLLOW_UP
    if recent or _is_sent_again(state, inbound, now):
        return state.last
    unplaced = [own for own in context.own if own.place_missing]
    few = len(inbound.text.split()) <= PLACE_WORDS
    if len(unplaced) == 1 and (inbound.where or (few and (inbound.place or context.place_known))):
        return LinkedTicket(unplaced[0].ticket, unplaced[0].category, placed=False)
    return _goes_on(state, inbound, now, context)


def _is_sent_again(state: State, inbound: InboundMessage, now: datetime) -> bool:
    """Whether a file without a word may be the one that could not be had of the last ticket: telling of it made that
    ticket the last one (lost_files.py).
    """
    since = state.lost_told_at
    of_last = since is not None and state.confirmed_at == since
    return bool(
        of_last
        and since
        and not inbound.text
        and inbound.kind in FILES
        and now - since <= time_limits.SENT_AGAIN
    )


def _goes_on(
    state: State, inbound: InboundMessage, now: datetime, context: TurnContext
) -> LinkedTicket | None:
    """The report that words without a place are still of: talk of the one that was spoken of last, few words of no
    other subject of the only one that is open, or of the only one of their subject.
    """
    if not inbound.text and inbound.kind in FILES:
        lately = [own for own in context.own if _was_spoken_of(own, state, now)]
        return linked(lately[0]) if len(lately) == 1 else None
    told_place = inbound.place or inbound.where or inbound.address or context.place_known
    if told_place or _may_be_of_anything(inbound.text, context) or not inbound.text:
        return None
    own = spoken_of(state, now, context) if context.talk else _of_the_same(inbound, now, context)
    return linked(own) if own else None


def _was_spoken_of(own: TicketView, state: State, now: datetime) -> bool:
    """Whether it was, by the citizen or by us, within a day: a file without a word is hardly of anything else."""
    last = state.confirmed_at if state.last and state.last.ticket == own.ticket else None
    return any(at is not None and now - at <= time_limits.SENT_AGAIN for at in (last, own.changed_at))


def spoken_of(state: State, now: datetime, context: TurnContext) -> TicketView | None:
    """The citizen's ticket that was spoken of last: the one that what they said last was of, unless another moved
    since. One that has its outcome for long is spoken of no more.
    """
    alive = {
        own: own.changed_at for own in context.own if own.changed_at and (own.is_open or _is_fresh(own, now))
    }
    if not alive:
        return None
    newest = max(alive, key=lambda own: alive[own])
    last = context.ticket(state.last.ticket) if state.last else None
    if last in alive and state.confirmed_at and state.confirmed_at >= alive[newest]:
        return last
    return newest


def _of_the_same(inbound: InboundMessage, now: datetime, context: TurnContext) -> TicketView | None:
    alive = [own for own in context.own if own.is_open or _is_fresh(own, now)]
    same = [own for own in alive if _is_alike(own, context)]
    meant = same if len(same) == 1 else [own for own in alive if own.is_open]
    if len(meant) != 1 or len(inbound.text.split()) > GOES_ON_WORDS:
        return None
    if same and context.sure:
        return meant[0]
    other = context.sure or (context.guess and not same)
    return None if is_unread(context) or other else meant[0]


def _is_fresh(own: TicketView, now: datetime) -> bool:
    """Whether its outcome was told lately."""
    return own.changed_at is not None and now - own.changed_at <= time_limits.AFTER_OUTCOME


def _is_alike(own: TicketView, context: TurnContext) -> bool:
    """Whether a ticket is of the category, or for the department, that the words are."""
    return (bool(own.category) and own.category == context.category) or (
        bool(own.department) and own.department == context.department != FRONT_DESK
    )


def belongs(draft: Draft, to: LinkedTicket, context: TurnContext, *, recent: bool) -> bool | None:
    """Whether a draft belongs to the ticket; None when that is unclear. `recent`: it was spoken of a moment ago."""
    own = context.ticket(to.ticket)
    if not draft.matter or (own and cites(draft.text, own)):
        return True
    told_place = tells_place(draft, context)
    if context.talk and not told_place:
        return True
    few = len(draft.matter.split()) <= PLACE_WORDS
    if (
        own
        and recent
        and (commands.denies_place(draft.matter) or _lacks(own, told_place=told_place, few=few))
    ):
        return True
    if own and own.status == WAITING:  # people answer without replying to the question
        return None if context.category != to.category and context.sure else True
    if context.category != to.category and context.sure:
        return bool(own and few and not told_place and (_is_alike(own, context) or own.shares))
    if own and context.neighbourhood and own.neighbourhood not in ("", context.neighbourhood):
        return False
    if draft.place is not None and to.placed:
        return False
    return None if context.category != to.category and context.guess and not is_unread(context) else True


def _lacks(own: TicketView, *, told_place: bool, few: bool) -> bool:
    """Whether a ticket lacks what is told in `few` words: its place, or a subject, where no place is told."""
    return few and (own.place_missing if told_place else own.status == "NEW" and not own.category)


def is_only_talk(draft: Draft, context: TurnContext) -> bool:
    """Whether words are all that there is, and they sound like what is said around reports."""
    told_more = (
        tells_place(draft, context) or draft.shown or draft.spoken or draft.unsure or "same" in draft.asked
    )
    if told_more or _may_be_of_anything(draft.text, context) or not draft.text or not context.talk:
        return False
    short = len(draft.text.split()) <= OPENS_WORDS
    surely = context.talk > 1
    return (short and surely) if is_unread(context) else (short or surely)


def linked(own: TicketView) -> LinkedTicket:
    """What a draft keeps of the ticket that it may belong to."""
    return LinkedTicket(own.ticket, own.category, own.placed)


def tells_place(draft: Draft, context: TurnContext) -> bool:
    """Whether a draft says where: by a pin, a street, or a mahalle."""
    return bool(draft.place or draft.address or context.place_known)


def is_unread(context: TurnContext) -> bool:
    """Whether the words are in a language of which the router knows little."""
    return (context.language or context.speaks or "tr") != "tr"


def cites(text: str, own: TicketView) -> bool:
    """Whether a text names the ticket's number."""
    return any(each.names(own.number) for each in citations_in(text))


def _may_be_of_anything(text: str, context: TurnContext) -> bool:
    """Whether it is a question in a language of which the router knows little, and no report is there to ask about."""
    around = context.talk > 1 and any(own.is_open for own in context.own)
    return is_unread(context) and _QUESTION.search(text) is not None and not around
