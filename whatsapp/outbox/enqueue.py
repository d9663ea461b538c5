"""Puts words for a citizen into the outbox, one row a message, in the order said."""

import logging
from datetime import datetime, timedelta

from tickets.models import Attachment, Ticket, TicketEvent
from whatsapp import log_fields
from whatsapp.models import Conversation, Outbox
from whatsapp.outbox import undo
from whatsapp.texts.render import OutgoingMessage

log = logging.getLogger(__name__)

State = Outbox.State
WINDOW = timedelta(hours=24)


def put(
    *,
    conversation: Conversation,
    words: OutgoingMessage,
    now: datetime,
    event: TicketEvent | None = None,
    ticket: Ticket | None = None,
    photo: Attachment | None = None,
) -> Outbox:
    """Queues words, a photo with them, for a citizen.

    The caller holds the conversation's lock, so the order of ids is the order said.
    """
    row = Outbox.objects.create(
        conversation=conversation,
        event=event,
        ticket=ticket,
        text=words.text,
        payload=words.payload,
        template=words.template,
        photo=photo,
        state=State.HELD if undo.undo_until(event) else State.QUEUED,
        created_at=now,
        not_before=undo.undo_until(event) or now,
    )
    with log_fields.bind(outbox=row.pk):
        log.info(row.state)
    return row


def is_open(conversation: Conversation, now: datetime) -> bool:
    """Whether the 24-hour window is open, so that free text may be sent."""
    last = conversation.last_inbound_at
    return last is not None and now < last + WINDOW
