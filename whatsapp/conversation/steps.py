"""A step of the talk: the state after it, its effects, and when to look again. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from whatsapp.conversation import time_limits
from whatsapp.conversation.effects import Effect, Say
from whatsapp.conversation.state import State
from whatsapp.conversation.types import TurnContext


@dataclass(frozen=True, slots=True)
class Step:
    """`outcome` is what became of the inbound message."""

    state: State
    effects: tuple[Effect, ...] = ()
    wake_at: datetime | None = None
    outcome: str = ""


def step(state: State, *effects: Effect, outcome: str = "") -> Step:
    """A turn that asks to be woken when the first of what is open in `state` falls due."""
    reopening = state.expect.until if state.expect and state.expect.what == "reason" else None
    in_danger = (state.danger.second_at or state.danger.over_at) if state.danger else None
    open_until = (
        state.draft.due if state.draft else None,
        state.reply_at,
        reopening,
        in_danger,
        lost_due(state),
    )
    return Step(state, effects, min((at for at in open_until if at), default=None), outcome)


def lost_due(state: State) -> datetime | None:
    """When the citizen is to be told of lost files; None where there are none, or a report is still being gathered."""
    draft = state.draft
    gathering = draft is not None and not (draft.asked or draft.held)
    return None if state.lost_at is None or gathering else state.lost_at + time_limits.LOST_FILES


def owes_notice(state: State, context: TurnContext) -> bool:
    return state.notice != context.notice_version


def answer(
    state: State, context: TurnContext, key: str, *, number: str = "", detail: str = ""
) -> tuple[State, Say]:
    """A sentence said at once, with the privacy notice where it is owed, and the state after it."""
    said = Say(key, owes_notice(state, context), detail, number)
    return replace(state, notice=context.notice_version), said
