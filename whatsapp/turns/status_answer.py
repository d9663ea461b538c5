"""The answer to "durum": how the citizen's own requests stand."""

from datetime import datetime

from tickets.models import Ticket
from tickets.undo.actions import as_published
from whatsapp.conversation.effects import AnswerStatus
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.texts import render
from whatsapp.turns.ticket_lines import line_of, with_target

LISTED = 5  # tickets told of at one "durum"


def status_answer(
    effect: AnswerStatus, row: Conversation, language: str, now: datetime, **around: str
) -> render.OutgoingMessage:
    """The citizen's own tickets only: somebody else's number is answered exactly as an unknown one. `around` is what
    stands around an answer."""
    # Of a restricted one nothing is said by itself: the telephone may be in another hand (docs/danger.md).
    own = Ticket.objects.filter(citizen=row.citizen, restricted=False).order_by("-created_at")
    if effect.cited:
        own = own.filter(pk__in=effect.tickets)
    if effect.still_open:
        own = own.filter(outcome=None)
    rows = as_published(own.select_related("category")[:LISTED], now)
    lines = [with_target(line_of(ticket, language), ticket, now, language) for ticket in rows]
    return render.statuses(lines, language, asked=effect.cited, **around)
