"""Notices for staff who want them on their telephone: through the same outbox as everything that leaves.

Somebody opted in by choosing it and by having written to the line from that number; until then nothing is sent.
"""

import logging
from datetime import datetime

from django.db import transaction

from tickets import services
from tickets.models import Notification
from tickets.staff_pages import ticket_page
from whatsapp.models import Conversation, Identity
from whatsapp.outbox import enqueue
from whatsapp.texts import render

log = logging.getLogger(__name__)

BATCH = 100


def enqueue_notifications(now: datetime) -> int:
    """Queues the notices that wait for a telephone; returns how many. Each once, and none holds up the others."""
    count = 0
    for key in services.to_message(now).values_list("pk", flat=True)[:BATCH]:
        with transaction.atomic():
            waiting = services.to_message(now).select_for_update(no_key=True, skip_locked=True, of=("self",))
            notice = waiting.filter(pk=key).first()
            if notice is not None and _enqueue(notice, now):
                count += 1
    return count


def _enqueue(notice: Notification, now: datetime) -> bool:
    """Of no ticket in the outbox: what a colleague answers is no word of the ticket's citizen."""
    number = notice.user.notification_preference.phone
    names = Identity.objects.filter(kind=Identity.Kind.WA_ID, value=number.lstrip("+"), retired_at=None)
    talks = Conversation.objects.select_for_update(no_key=True)
    conversation = talks.filter(citizen__in=names.values("citizen")).first()
    if conversation is None:
        log.info("notice %s waits: nobody wrote from that telephone yet", notice.pk)
        return False
    words = render.plain(f"{notice}\n{ticket_page(notice.ticket_id)}")
    enqueue.put(conversation=conversation, words=words, now=now)
    services.messaged(notice=notice, now=now)
    return True
