"""Files that could not be had: told once, however many of an album they are. Pure."""

from dataclasses import replace
from datetime import datetime

from whatsapp.conversation.effects import NoteLost
from whatsapp.conversation.state import Draft, LinkedTicket, State, confirmed
from whatsapp.conversation.steps import Step, answer, lost_due, step
from whatsapp.conversation.types import TurnContext


def wake(state: State, now: datetime, context: TurnContext, *, quiet: bool) -> Step | None:
    """The word on lost files, when it is due; None before. While the line is `quiet` or a danger is open staff hear it
    instead.

    What the citizen sends next belongs to the ticket of the file for a while, so that it joins without a question.
    """
    due = lost_due(state)
    if due is None or now < due:
        return None
    if quiet or state.danger is not None:
        return step(replace(state, lost=(), lost_at=None), *(() if context.blocked else _notes(context)))
    state = told(state, now)
    if not context.lost:
        return step(state)
    if own := context.ticket(context.lost[-1].ticket):
        state = confirmed(state, LinkedTicket(own.ticket, own.category, own.placed), now)
    state, said = answer(state, context, sentence(context))
    return step(state, said)


def told(state: State, now: datetime) -> State:
    """The state once they are told of: one word stands for all that was sent before it."""
    return replace(state, lost=(), lost_at=None, lost_told_at=now)


def are_all_of(draft: Draft, state: State, context: TurnContext) -> bool:
    """Whether a report has files and none of them could be had."""
    sent = {piece.message for piece in draft.pieces if piece.shown}
    return bool(sent and context.lost) and sent <= set(state.lost)


def sentence(context: TurnContext) -> str:
    """The sentence by its key, after the kinds of the files."""
    kinds = {file.kind for file in context.lost}
    if kinds == {"image"}:
        return "lost_photo" if len(context.lost) == 1 else "lost_photos"
    return "lost_voice" if kinds == {"audio"} else "lost_file"


def _notes(context: TurnContext) -> tuple[NoteLost, ...]:
    return tuple(NoteLost(ticket) for ticket in sorted({file.ticket for file in context.lost if file.ticket}))
