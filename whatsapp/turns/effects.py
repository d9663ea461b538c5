"""The effects of a conversation, carried out: tickets written, words put into the outbox.

Runs inside the turn's transaction, under the conversation's lock.
"""

from datetime import datetime

from django.conf import settings

from departments.routing.route import Suggestion
from tickets.models import Ticket
from whatsapp.conversation import state as talk_state
from whatsapp.conversation.effects import (
    AnswerStatus,
    Choose,
    Effect,
    Join,
    OpenDanger,
    OpenTicket,
    Say,
    Warn,
)
from whatsapp.conversation.state import LinkedTicket, State
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.outbox import enqueue
from whatsapp.texts import bulletins, render
from whatsapp.turns import adding, opening, ticket_effects
from whatsapp.turns.status_answer import status_answer
from whatsapp.turns.ticket_lines import line_of


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
            enqueue.enqueue_message(conversation=row, words=words, now=now)
        case Warn(key=key, language=spoken, number=number):
            words = render.danger(key, spoken, number=number)
            enqueue.enqueue_message(conversation=row, words=words, now=now, danger=True)
        case OpenDanger():
            ticket = opening.open_danger(effect, row, suggestion, now)
            return talk_state.endangered(state, ticket.pk)
        case AnswerStatus():
            words = status_answer(effect, row, language, now, **_around(effect, language, now))
            enqueue.enqueue_message(conversation=row, words=words, now=now)
        case Choose(tickets=tickets):
            mine = Ticket.objects.filter(pk__in=[own.ticket for own in tickets], citizen=row.citizen_id)
            lines = [
                line_of(ticket, language)
                for ticket in mine.select_related("category").order_by("-created_at")
            ]
            words = render.choose(lines, language, **_around(effect, language, now))
            enqueue.enqueue_message(conversation=row, words=words, now=now)
        case Join():
            adding.join(effect, row, now)
        case OpenTicket():
            ticket = opening.open_ticket(effect, row, suggestion, now, _around(effect, language, now))
            code = ticket.category.code if ticket.category else ""
            return talk_state.confirmed(state, LinkedTicket(ticket.pk, code, ticket.lat is not None), now)
        case _:
            ticket_effects.apply(effect, row, now)
    return state


def _around(effect: Say | AnswerStatus | Choose | OpenTicket, language: str, now: datetime) -> dict[str, str]:
    """What stands around the answer, by its name in `render`."""
    return {
        "notice_url": settings.KVKK_NOTICE_URL if effect.notice else "",
        "bulletin": bulletins.text_in(language, now) if effect.bulletin else "",
        "advice": effect.advice,
    }
