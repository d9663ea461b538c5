"""Notices for staff who want them on their telephone: through the same outbox as everything that leaves.

Somebody opted in by choosing it and by having written to the line from that number; until then nothing is sent.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Func, OuterRef, QuerySet, Value

from tickets import services
from tickets.models import Notification
from whatsapp.models import Conversation, Identity, Outbox
from whatsapp.outbox import enqueue
from whatsapp.texts import render

SET_AT_ONCE = 100


def enqueue_notifications(now: datetime) -> bool:
    """Queues notifications that wait for a telephone, danger first, in one transaction; True where more may wait.

    Those for telephones that nobody wrote from are passed over; what is no longer its reader's to see is never sent.
    """
    waiting = dict(_reachable(now)[:SET_AT_ONCE])
    if not waiting:
        return False
    with transaction.atomic():
        locked = Conversation.objects.select_for_update(no_key=True, skip_locked=True).order_by("id")
        talks = locked.in_bulk(list(waiting.values()))
        free = [pk for pk, conversation in waiting.items() if conversation in talks]
        unsent = services.to_message(now).filter(pk__in=free)
        taken = list(unsent.select_for_update(no_key=True, skip_locked=True, of=("self",)))
        told = [each for each in taken if services.is_still_theirs(each)]
        enqueue.put_all([_message(each, talks[waiting[each.pk]], now) for each in told])
        services.messaged(notifications=taken, now=now)
    return len(waiting) == SET_AT_ONCE


def _reachable(now: datetime) -> QuerySet[Notification, tuple[int, int]]:
    """The notifications that wait for a telephone from which somebody wrote, each with that conversation."""
    phone = Func(OuterRef("user__notification_preference__phone"), Value("+"), function="ltrim")
    names = Identity.objects.filter(kind=Identity.Kind.WA_ID, value=phone, retired_at=None)
    waiting = services.to_message(now).annotate(conversation=names.values("citizen__conversation")[:1])
    return waiting.filter(conversation__isnull=False).values_list("pk", "conversation")


def _message(notification: Notification, conversation: Conversation, now: datetime) -> Outbox:
    """Of no ticket in the outbox: what a colleague answers is no word of the ticket's citizen."""
    words = render.plain(f"{notification}\n{notification.page()}")
    danger = notification.kind == Notification.Kind.DANGER
    return enqueue.message(conversation=conversation, words=words, now=now, danger=danger)
