"""From a ticket's event to the words that tell it: at most one outbox row an event, by the database's own word."""

import logging
from datetime import datetime

from django.db import transaction

from tickets.models import TicketEvent
from whatsapp import outbox, texts
from whatsapp.models import Conversation
from whatsapp.texts import Words

log = logging.getLogger(__name__)


def work(now: datetime) -> None:
    """Turns every event not yet told into an outbox row, oldest first.

    One that cannot be told holds up none of the others; it is tried again the next time.
    """
    untold = TicketEvent.objects.filter(tell=True, told_at=None).order_by("id")
    for pk in untold.values_list("pk", flat=True):
        try:
            _tell(pk, now)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are to be told
            log.error("event %s not told: %s", pk, type(error).__name__)  # noqa: TRY400 - no citizen's words


def _tell(pk: int, now: datetime) -> None:
    with transaction.atomic():
        untold = TicketEvent.objects.filter(pk=pk, told_at=None)
        event = untold.select_for_update(skip_locked=True, no_key=True).first()
        if event is None:  # somebody else is telling it, or has
            return
        words = _words(event)
        talks = Conversation.objects.select_for_update(no_key=True)
        conversation = talks.filter(citizen=event.ticket.citizen).first() if event.ticket.citizen else None
        if words and conversation:
            outbox.put(conversation=conversation, words=words, now=now, event=event, ticket=event.ticket)
        # Told, too, where there is nothing to say or no telephone to say it to: it is not asked again.
        TicketEvent.objects.filter(pk=event.pk).update(told_at=now)


def _words(event: TicketEvent) -> Words | None:
    ticket = event.ticket
    return texts.news(
        event.to_status,
        ticket.number,
        text=event.public_text,
        planned=ticket.planned_for,
        agency=ticket.agency.name if ticket.agency else "",
    )
