"""Whether a citizen is shown that an answer is being written, and that a message was read (outbox/read_receipts.py)."""

from datetime import datetime, timedelta

from django.conf import settings

from whatsapp.conversation import engine
from whatsapp.conversation.effects import Warn
from whatsapp.conversation.steps import Step
from whatsapp.conversation.types import TurnContext
from whatsapp.conversations.models.messages import Message

ANSWERED_OR_GATHERED = frozenset({"draft", "answered", "joined"})
LATE = timedelta(seconds=10)  # between a message and its turn: then there is a backlog, and better to do
TYPING_LASTS = timedelta(seconds=25)


def typing_after(turn: Step, message: Message, context: TurnContext, now: datetime) -> bool | None:
    """Whether an answer follows the turn of this message within moments; None where the message is not to be shown as
    read: nobody answers or gathers it, a person has the talk, danger is told of, or there is a backlog.
    """
    in_danger = turn.state.danger is not None or any(isinstance(each, Warn) for each in turn.effects)
    quiet = context.blocked or engine.is_silent(now, context)
    heard = settings.WHATSAPP_READ_RECEIPTS and turn.outcome in ANSWERED_OR_GATHERED
    if not heard or quiet or in_danger or now - message.received_at > LATE:
        return None
    draft = turn.state.draft
    # What belongs to a ticket joins it without a word.
    due = draft.due if draft and draft.to is None else turn.state.reply_at
    return due is not None and due - now <= TYPING_LASTS
