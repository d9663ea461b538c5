"""Notices for staff who want them on their telephone: through the same outbox as everything that leaves.

Somebody opted in by choosing it and by having written to the line from that number; until then nothing is sent.
"""

import logging
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Func, OuterRef, QuerySet, Value

from departments.common.database_errors import is_database_fault
from tickets.models import Notification
from tickets.notifications.notifications import (
    due_for_whatsapp,
    is_visible_to_recipient,
    mark_sent_by_whatsapp,
)
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.identities import Identity
from whatsapp.outbox import enqueue
from whatsapp.outbox.models.outbox import Outbox
from whatsapp.texts import render

log = logging.getLogger(__name__)

SET_AT_ONCE = 100


def enqueue_notifications(now: datetime) -> bool:
    """Queues notifications that wait for a telephone, danger first; True where more may wait.

    Those for telephones that nobody wrote from are passed over; what is no longer its reader's to see is never sent.
    """
    waiting = dict(_reachable(now)[:SET_AT_ONCE])
    if not waiting:
        return False
    _enqueue_set(waiting, now)
    return len(waiting) == SET_AT_ONCE


def _enqueue_set(waiting: Mapping[int, int], now: datetime) -> None:
    """A set that cannot be queued is halved until the one that stands in the way is alone. That one goes to no
    telephone: its reader has it in the panel, and it may not keep the others waiting.
    """
    try:
        with transaction.atomic():
            _enqueue(waiting, now)
    except Exception as error:
        if is_database_fault(error):  # says nothing about the notifications
            raise
        if len(waiting) > 1:
            pairs, middle = list(waiting.items()), len(waiting) // 2
            _enqueue_set(dict(pairs[:middle]), now)
            _enqueue_set(dict(pairs[middle:]), now)
            return
        log.exception("a notification is given up for the telephone")
        mark_sent_by_whatsapp(notifications=list(Notification.objects.filter(pk__in=waiting)), now=now)


def _enqueue(waiting: Mapping[int, int], now: datetime) -> None:
    locked = Conversation.objects.select_for_update(no_key=True, skip_locked=True).order_by("id")
    talks = locked.in_bulk(list(waiting.values()))
    free = [pk for pk, conversation in waiting.items() if conversation in talks]
    unsent = due_for_whatsapp(now).filter(pk__in=free)
    taken = list(unsent.select_for_update(no_key=True, skip_locked=True, of=("self",)))
    told = [each for each in taken if is_visible_to_recipient(each)]
    enqueue.put_all([_message(each, talks[waiting[each.pk]], now) for each in told])
    enqueue.prioritise_conversation(list(talks))
    mark_sent_by_whatsapp(notifications=taken, now=now)


def _reachable(now: datetime) -> QuerySet[Notification, tuple[int, int]]:
    """The notifications that wait for a telephone from which somebody wrote, each with that conversation."""
    phone = Func(OuterRef("user__notification_preference__phone"), Value("+"), function="ltrim")
    names = Identity.objects.filter(kind=Identity.Kind.WA_ID, value=phone, retired_at=None)
    waiting = due_for_whatsapp(now).annotate(conversation=names.values("citizen__conversation")[:1])
    return waiting.filter(conversation__isnull=False).values_list("pk", "conversation")


def _message(notification: Notification, conversation: Conversation, now: datetime) -> Outbox:
    """Of no ticket in the outbox: what a colleague answers is no word of the ticket's citizen."""
    words = render.plain(f"{notification}\n{notification.page()}")
    danger = notification.kind == Notification.Kind.DANGER
    return enqueue.message(conversation=conversation, words=words, now=now, danger=danger)
