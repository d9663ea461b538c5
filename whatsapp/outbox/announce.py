"""Announces events of tickets to citizens: each becomes at most one row of the outbox."""

import logging
from datetime import date, datetime

from django.db import transaction

from departments.models import Agency
from tickets.filters import after_photo
from tickets.models import TicketEvent
from tickets.workflow import Status
from whatsapp import log_fields
from whatsapp.models import Conversation
from whatsapp.outbox import enqueue
from whatsapp.texts import render
from whatsapp.texts.render import OutgoingMessage

log = logging.getLogger(__name__)

# What somebody who wants no status messages is spared: a question and the result are answers, and are told.
INTERIM = frozenset({Status.IN_PROGRESS, Status.PLANNED, Status.ASSIGNED, Status.DUPLICATE})


def announce_events(now: datetime) -> None:
    """Turns every event not yet told into an outbox row, oldest first.

    One that cannot be told holds up none of the others; it is tried again the next time.
    """
    untold = TicketEvent.objects.filter(announce=True, announced_at=None).order_by("id")
    for pk in untold.values_list("pk", flat=True):
        with log_fields.bind(event=pk):
            try:
                _announce(pk, now)
            except Exception:
                log.exception("not told")  # the others are to be told, whatever it is


def _announce(pk: int, now: datetime) -> None:
    with transaction.atomic():
        untold = TicketEvent.objects.filter(pk=pk, announced_at=None)
        people = untold.filter(ticket__citizen__isnull=False).values("ticket__citizen")
        talks = Conversation.objects.select_for_update(no_key=True)
        conversation = talks.filter(citizen__in=people).first()
        event = untold.select_for_update(skip_locked=True, no_key=True).first()
        if event is None:  # somebody else is telling it, or has
            return
        words = announcement_of(event, conversation) if conversation else None
        if words and conversation:
            _enqueue_announcement(conversation, words, event, now)
        # Told, too, where there is nothing to say or no telephone to say it to: it is not asked again.
        TicketEvent.objects.filter(pk=event.pk).update(announced_at=now)


def _enqueue_announcement(
    conversation: Conversation, words: OutgoingMessage, event: TicketEvent, now: datetime
) -> None:
    """The news, and before it the photo of the work done; once the window is shut the template shows it instead."""
    shown, ticket = after_photo(event), event.ticket
    if event.data.get("photo"):  # of a reply: one message, held back and taken back as one
        shown = ticket.attachments.filter(pk=event.data["photo"]).first()
    elif shown and enqueue.is_open(conversation, now):
        caption = render.photo(ticket.number, conversation.language or "tr")
        enqueue.put(conversation=conversation, words=caption, now=now, ticket=ticket, photo=shown)
        shown = None
    enqueue.put(conversation=conversation, words=words, now=now, event=event, ticket=ticket, photo=shown)


def announcement_of(event: TicketEvent, conversation: Conversation) -> OutgoingMessage | None:
    """What the citizen hears of the event; None where that is nothing, or they want no news of the kind."""
    if conversation.muted and event.to_status in INTERIM:
        return None
    return _words(event, conversation.language or "tr")


def _words(event: TicketEvent, language: str) -> OutgoingMessage | None:
    """What the event tells, by itself: a duplicate's own ticket knows neither the day nor the agency of its news."""
    if event.kind == TicketEvent.Kind.REPLIED:
        return (
            render.captioned(event.public_text)
            if event.data.get("photo")
            else render.plain(event.public_text)
        )
    planned = event.data.get("planned_for")
    agency = Agency.objects.filter(code=event.data.get("agency", "")).first()
    return render.news(
        event.to_status,
        event.ticket.number,
        language,
        text=event.public_text,
        planned=date.fromisoformat(planned) if planned else None,
        agency=agency.name if agency else "",
    )
