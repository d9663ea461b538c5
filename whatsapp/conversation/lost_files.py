"""Files that could not be had: told once, however many of an album they are. Pure."""

from dataclasses import replace
from datetime import datetime

from whatsapp.conversation.effects import NoteLost
from whatsapp.conversation.state import Draft, LinkedTicket, State, confirmed
from whatsapp.conversation.steps import Step, answer, lost_due, step
from whatsapp.conversation.types import TurnContext


def wake(state: State, now: datetime, facts: TurnContext, *, quiet: bool) -> Step | None:
    """The word on lost files, when it is due; None before. While the line is `quiet` or a danger is open staff hear it
    instead.

    What the citizen sends next belongs to the ticket of the file for a while, so that it joins without a question.
    """
    due = lost_due(state)
    if due is None or now < due:
        return None
    if quiet or state.danger is not None:
        return step(replace(state, lost=(), lost_at=None), *(() if facts.blocked else _notes(facts)))
    state = told(state, now)
    if not facts.lost:
        return step(state)
    if own := facts.ticket(facts.lost[-1].ticket):
        state = confirmed(state, LinkedTicket(own.ticket, own.category, own.placed), now)
    state, said = answer(state, facts, sentence(facts))
    return step(state, said)


def told(state: State, now: datetime) -> State:
    """The state once they are told of: one word stands for all that was sent before it."""
    return replace(state, lost=(), lost_at=None, lost_told_at=now)


def are_all_of(draft: Draft, state: State, facts: TurnContext) -> bool:
    """Whether a report has files and none of them could be had."""
    sent = {piece.message for piece in draft.pieces if piece.shown}
    return bool(sent and facts.lost) and sent <= set(state.lost)


def sentence(facts: TurnContext) -> str:
    """The sentence by its key, after the kinds of the files."""
    kinds = {file.kind for file in facts.lost}
    if kinds == {"image"}:
        return "lost_photo" if len(facts.lost) == 1 else "lost_photos"
    return "lost_voice" if kinds == {"audio"} else "lost_file"


def _notes(facts: TurnContext) -> tuple[NoteLost, ...]:
    return tuple(NoteLost(ticket) for ticket in sorted({file.ticket for file in facts.lost if file.ticket}))
