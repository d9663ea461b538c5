"""The state of a human handover: begin, end, and blocking of citizens.

Plain updates of the conversation's row, which a turn reads under its lock.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from whatsapp.conversations.models.conversations import Conversation
from whatsapp.handover.duration import LEFT_TO_STAFF


def person_asked_for(conversation: Conversation, now: datetime) -> None:
    """Begins a handover at the citizen's request; the caller saves the row."""
    conversation.silent_until = now + LEFT_TO_STAFF


def is_silent(conversation: Conversation, now: datetime) -> bool:
    """Whether a handover is active, so that the bot does not answer."""
    return conversation.silent_until is not None and now < conversation.silent_until


def has_person(conversation: Conversation, now: datetime) -> bool:
    """Whether staff wrote by hand and have the talk still."""
    return conversation.staff_at is not None and now < conversation.staff_at + LEFT_TO_STAFF


def lock(conversations: QuerySet[Conversation]) -> list[Conversation]:
    """Locks the conversations, in the order of their keys, until the caller's transaction ends, and returns them."""
    return list(conversations.order_by("pk").select_for_update(no_key=True))


def staff_wrote(conversation: Conversation, at: datetime) -> None:
    """Begins or extends a handover because staff wrote to the citizen; it ends LEFT_TO_STAFF later."""
    Conversation.objects.filter(pk=conversation.pk).update(staff_at=at, silent_until=at + LEFT_TO_STAFF)


@transaction.atomic
def hand_back(conversations: QuerySet[Conversation], now: datetime, at: datetime | None = None) -> int:
    """Ends handovers, at a later moment if `at` says so, and wakes the conversations then, so that waiting messages are
    answered; returns how many.
    """
    at = at or now
    silent = _locked(conversations).filter(silent_until__gt=now)
    return silent.update(silent_until=at, staff_at=None, wake_at=at)


@transaction.atomic
def block(conversations: QuerySet[Conversation]) -> int:
    """Blocks conversations: messages are stored but not answered, except danger; returns how many were not blocked."""
    return _locked(conversations).filter(blocked=False).update(blocked=True)


@transaction.atomic
def unblock(conversations: QuerySet[Conversation], at: datetime) -> int:
    """Unblocks conversations and wakes them then; returns how many were blocked."""
    return _locked(conversations).filter(blocked=True).update(blocked=False, wake_at=at)


@transaction.atomic
def forget_failures(conversations: QuerySet[Conversation]) -> int:
    """Makes due now what waits in them, whatever failed there before; returns how many had failed."""
    return _locked(conversations).filter(failures__gt=0).update(failures=0)


def _locked(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    return Conversation.objects.filter(pk__in=[row.pk for row in lock(conversations)])
