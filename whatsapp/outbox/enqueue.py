"""Puts words for a citizen into the outbox, one row a message, in the order said."""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from departments.common.bulk_insert import insert
from tickets.models import Attachment, Ticket, TicketEvent
from tickets.record.undo_window import undo_until
from whatsapp import log_fields, wakeup
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.outbox.models.outbox import Outbox
from whatsapp.texts.render import OutgoingMessage

log = logging.getLogger(__name__)

State = Outbox.State
WINDOW = timedelta(hours=24)


def enqueue_message(
    *,
    conversation: Conversation,
    words: OutgoingMessage,
    now: datetime,
    event: TicketEvent | None = None,
    ticket: Ticket | None = None,
    photo: Attachment | None = None,
    danger: bool = False,
    by_hand: bool = False,
) -> Outbox:
    """Queues words, a photo with them, for a citizen; those of danger leave before everything else that waits.

    `by_hand`: a person wrote them.

    The caller holds the conversation's lock, so the order of ids is the order said.
    """
    row = message(
        conversation=conversation,
        words=words,
        now=now,
        event=event,
        ticket=ticket,
        photo=photo,
        danger=danger,
    )
    row.origin = Outbox.Origin.STAFF if by_hand else row.origin
    put_all([row])
    return row


def message(
    *,
    conversation: Conversation,
    words: OutgoingMessage,
    now: datetime,
    event: TicketEvent | None = None,
    ticket: Ticket | None = None,
    photo: Attachment | None = None,
    danger: bool = False,
) -> Outbox:
    """A row for `put_all`. What staff can still take back is held, holds up nothing else, and leaves in its time."""
    return Outbox(
        conversation=conversation,
        event=event,
        ticket=ticket,
        answers_id=conversation.answering,
        text=words.text,
        payload=words.payload,
        template=words.template,
        photo=photo,
        state=State.HELD if undo_until() else State.QUEUED,
        created_at=now,
        not_before=undo_until() or now,
        urgent=danger,
    )


def put_all(rows: Iterable[Outbox]) -> None:
    """Queues messages in this order; the caller holds the locks of their conversations."""
    rows = list(rows)
    insert(rows)
    if rows:
        wakeup.wake(wakeup.OUTBOX)
    for row in rows:
        with log_fields.bind(outbox=row.pk, conversation=row.conversation_id):
            log.info(row.state)


def prioritise_conversation(conversations: Collection[int]) -> None:
    """What these people are still to be told before something urgent may not keep that waiting. It locks the rows, so
    it comes after the locks of tickets.
    """
    waiting = Outbox.objects.filter(state__in=(State.HELD, *Outbox.PENDING))
    urgent = waiting.filter(conversation=OuterRef("conversation"), urgent=True, id__gt=OuterRef("id"))
    waiting.filter(Exists(urgent), conversation__in=conversations, urgent=False).update(urgent=True)


def is_open(conversation: Conversation, now: datetime) -> bool:
    """Whether the 24-hour window is open, so that free text may be sent."""
    last = conversation.last_inbound_at
    return last is not None and now < last + WINDOW
