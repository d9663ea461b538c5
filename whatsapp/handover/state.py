"""A person has the talk: who made the line silent, for how long, and how it gets the word back.

Plain updates of the conversation's row; a turn reads them under its lock, as facts.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from whatsapp.models import Conversation

SILENCE = timedelta(hours=4)


def person_asked_for(conversation: Conversation, now: datetime) -> None:
    """The citizen wants a person. The row is the caller's to save."""
    conversation.silent_until = now + SILENCE


def is_silent(conversation: Conversation, now: datetime) -> bool:
    """Whether a person has the talk."""
    return conversation.silent_until is not None and now < conversation.silent_until


def lock(conversations: QuerySet[Conversation]) -> list[Conversation]:
    """Locks the talks, in the order of their keys, until the caller's transaction ends, and returns them."""
    return list(conversations.order_by("pk").select_for_update(no_key=True))


def staff_wrote(conversation: Conversation, at: datetime) -> None:
    """Staff wrote to the citizen by hand: the line is silent for four hours from then."""
    Conversation.objects.filter(pk=conversation.pk).update(staff_at=at, silent_until=at + SILENCE)


@transaction.atomic
def hand_back(conversations: QuerySet[Conversation], now: datetime) -> int:
    """The line may speak again, and goes on at once with what waits; returns how many were silent."""
    return (
        _locked(conversations)
        .filter(silent_until__gt=now)
        .update(silent_until=now, staff_at=None, wake_at=now)
    )


@transaction.atomic
def block(conversations: QuerySet[Conversation]) -> int:
    """What they write is kept and not answered, danger excepted; returns how many are newly blocked."""
    return _locked(conversations).filter(blocked=False).update(blocked=True)


@transaction.atomic
def unblock(conversations: QuerySet[Conversation], now: datetime) -> int:
    """They are answered again; returns how many were blocked."""
    return _locked(conversations).filter(blocked=True).update(blocked=False, wake_at=now)


@transaction.atomic
def forget_failures(conversations: QuerySet[Conversation]) -> int:
    """What waits in them is due now, whatever failed there before; returns how many had failed."""
    return _locked(conversations).filter(failures__gt=0).update(failures=0)


def _locked(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    return Conversation.objects.filter(pk__in=[row.pk for row in lock(conversations)])
