"""Sends what waits in the outbox, in the order said.

A row is claimed in one short transaction, sent outside any, and recorded in another. Where the answer of a
send was lost, or its sender was killed, the row stays claimed: a status that brings back its callback data
settles it (receipts.py); after a minute without one it is sent again and marked as possibly double.

What cannot leave is tried for as long as it is worth saying: an answer for the 24 hours of the window it belongs to,
news for the seven days that Meta, too, tries to reach us.
"""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Greatest

from tickets.models import Attachment
from whatsapp import log_fields
from whatsapp.graph import client
from whatsapp.graph.client import CloudApiError, ErrorAction
from whatsapp.models import Conversation, Identity, InboundDelivery, Outbox
from whatsapp.number import pace
from whatsapp.outbox import enqueue, statuses, undo
from whatsapp.texts import templates

log = logging.getLogger(__name__)

State = Outbox.State
# Longer than any status takes that is still to come for a send whose answer was lost (contract section 4).
LOST_ANSWER = timedelta(seconds=60)
# One person: a message every 6 s, with bursts of 45.
PERSON_EVERY = timedelta(seconds=6)
PERSON_BURST = PERSON_EVERY * 44
NEWS_LASTS = timedelta(days=7)
# What was said first goes first for so long; then one that cannot leave holds up nobody behind it.
IN_ORDER = timedelta(minutes=10)
PAUSE_AT_MOST = timedelta(minutes=5)
SLOW_AT_MOST = timedelta(minutes=30)
UNHEARD_AT_MOST = timedelta(hours=1)


def send_due(clock: Callable[[], datetime]) -> datetime | None:
    """Sends all that may leave now. Returns when there will be more to do, None when nothing waits."""
    _release_lost(clock())
    while True:
        undo.release(clock())
        claimed = _claim(clock())
        if not isinstance(claimed, Outbox):
            return claimed
        with log_fields.bind(outbox=claimed.pk, conversation=claimed.conversation_id):
            _send(claimed, clock)


def _claim(now: datetime) -> Outbox | datetime | None:
    """The next row to send, marked as ours; or the moment to look again.

    Claims pass one by one through the channel's row, which is how all senders share its pace.
    """
    with transaction.atomic():
        channel = pace.lock()
        older = Outbox.objects.filter(
            conversation=OuterRef("conversation"), id__lt=OuterRef("id"), state__in=Outbox.PENDING
        ).exclude(state=State.QUEUED, not_before__gt=now, created_at__lt=now - IN_ORDER)
        due = Greatest("not_before", F("conversation__paced_until") - PERSON_BURST)
        waiting = Outbox.objects.filter(~Exists(older), state=State.QUEUED).annotate(due=due)
        ready = waiting.filter(due__lte=now).select_related("conversation").order_by("id")
        row = ready.select_for_update(skip_locked=True, no_key=True, of=("self", "conversation")).first()
        if row is None:
            next_due = waiting.order_by("due").values_list("due", flat=True).first()
            return min(filter(None, (next_due, undo.next_release())), default=None)
        if wait := pace.may_send(channel, now):
            return wait
        talk = row.conversation
        talk.paced_until = max(talk.paced_until or now, now) + PERSON_EVERY
        Conversation.objects.filter(pk=talk.pk).update(paced_until=talk.paced_until)
        row.state, row.claimed_at, row.attempts = State.SENDING, now, row.attempts + 1
        row.as_template = row.template is not None and (row.as_template or not enqueue.is_open(talk, now))
        row.save()
    return row


def _send(row: Outbox, clock: Callable[[], datetime]) -> None:
    recipient = recipient_of(row.conversation)
    try:
        wamid = client.send(recipient, _body(row), callback=statuses.callback_of(row))
    except CloudApiError as error:
        _not_sent(row, error, clock())
        return
    now = clock()
    with transaction.atomic():
        # A status may have overtaken the answer: then it has moved the row already.
        Outbox.objects.filter(pk=row.pk, wamid=None).update(
            wamid=wamid, sent_at=now, error="", error_code=None
        )
        Outbox.objects.filter(pk=row.pk, state=State.SENDING).update(state=State.SENT)
        pace.works(now)
        statuses.apply_pending_statuses([wamid])
    log.info("sent")


def _body(row: Outbox) -> dict[str, Any]:
    """The message as it leaves, its photo handed to Meta first. Raises `CloudApiError`."""
    if row.as_template and row.template:
        shown = templates.with_photo(row.template, _uploaded(row.photo)) if row.photo else row.template
        return {"type": "template", "template": shown}
    body = dict(row.payload)
    if row.photo:
        body["image"] = {"id": _uploaded(row.photo)} | body["image"]
    return body


def _uploaded(photo: Attachment) -> str:
    try:
        with photo.file.open() as content:
            return client.upload(content, photo.mime_type)
    except OSError as error:
        raise CloudApiError(ErrorAction.FAIL, "Fotoğraf artık yerinde değil") from error


def recipient_of(conversation: Conversation) -> dict[str, str]:
    """The addressing part of an outgoing message: `to` with the number, else `recipient` with the BSUID."""
    names = dict(
        Identity.objects.filter(citizen_id=conversation.citizen_id, retired_at=None)
        .order_by("id")
        .values_list("kind", "value")
    )
    if Identity.Kind.WA_ID in names:
        # With a plus: without it Meta puts the business's own country code before the number.
        return {"to": "+" + names[Identity.Kind.WA_ID].lstrip("+")}
    return {"recipient": names[Identity.Kind.BSUID]} if Identity.Kind.BSUID in names else {}


def _not_sent(row: Outbox, error: CloudApiError, now: datetime) -> None:
    """Back into the queue, or failed; OUTCOME_UNKNOWN stays claimed until a status or the minute has passed."""
    log.warning("not sent: %s (code %s)", error.remedy, error.code)
    sent = Outbox.objects.filter(pk=row.pk, state=State.SENDING)
    row.error, row.error_code = str(error), error.code
    row.state, row.not_before = State.QUEUED, now + _pause(row.attempts)
    match error.remedy:
        case ErrorAction.OUTCOME_UNKNOWN:
            sent.update(error=row.error, error_code=row.error_code)
            return
        case ErrorAction.TEMPLATE if row.template and not row.as_template:
            row.as_template, row.not_before = True, now
        case ErrorAction.STOP_CHANNEL:
            pace.stop(now, f"{error} (kod {error.code})")
            row.attempts -= 1
        case ErrorAction.SLOW_NUMBER:
            pace.throttle(now, row.not_before, str(error))
            row.attempts -= 1
        case ErrorAction.SLOW_RECIPIENT:
            row.not_before = now + min(timedelta(seconds=4 ** min(row.attempts, 9)), SLOW_AT_MOST)
        case ErrorAction.RETRY if now < row.created_at + _worth_saying(row):
            pass
        case ErrorAction.FAIL if (
            row.as_template and row.photo
        ):  # the words matter more than the picture of them
            row.photo, row.not_before = None, now
        case _:
            row.state = State.FAILED
    fields = ("state", "not_before", "as_template", "photo", "attempts", "error", "error_code")
    sent.update(**{field: getattr(row, field) for field in fields})


def _worth_saying(row: Outbox) -> timedelta:
    return NEWS_LASTS if row.event_id else enqueue.WINDOW


def _pause(attempts: int) -> timedelta:
    """Doubling from a second, with up to half of it on top so that senders do not move in step."""
    base = min(2.0 ** min(max(attempts - 1, 0), 9), PAUSE_AT_MOST.total_seconds())
    return timedelta(seconds=base * random.uniform(1, 1.5))  # noqa: S311 - jitter, not a secret


def _release_lost(now: datetime) -> None:
    """Sends again what no status came for within a minute; one that came and is still unread is waited for.

    From the second time on after growing pauses: each may be one more copy of it on the citizen's telephone.
    """
    for row in Outbox.objects.filter(state=State.SENDING, claimed_at__lte=now - LOST_ANSWER):
        if InboundDelivery.objects.unread_with([statuses.callback_of(row)]):
            continue
        lost = Outbox.objects.filter(pk=row.pk, state=State.SENDING, claimed_at=row.claimed_at)
        with log_fields.bind(outbox=row.pk):
            if now >= row.created_at + _worth_saying(row):
                log.warning("given up: no answer and no status")
                lost.update(state=State.FAILED, possibly_double=True)
                continue
            log.warning("sent again: no answer and no status within a minute")
            pause = min(timedelta(minutes=4 ** min(row.attempts - 1, 9)), UNHEARD_AT_MOST)
            due = now + pause if row.possibly_double else now
            lost.update(state=State.QUEUED, possibly_double=True, not_before=due)
