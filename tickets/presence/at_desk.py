"""Who is at the desk: by what somebody says of themselves (saying.py) and by their last request."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max, Q, TextChoices

from tickets.presence.models.presence import Presence

IDLE_AFTER = timedelta(minutes=15)  # without a request of their own


class Desk(TextChoices):
    """Where somebody is, as far as is known."""

    HERE = "here", "Masada"
    IDLE = "idle", "İşlem yok"
    BREAK = "break", "Molada"
    GONE = "gone", "Çıktı"


def desks(works: Q) -> list[tuple[User, Desk, datetime | None]]:
    """Where each of these active users is, and since when."""
    now = datetime.now(UTC)  # as sessions are counted
    users = User.objects.filter(works, is_active=True).select_related("presence")
    users = users.annotate(began=Max("staff_sessions__began_at"), seen=Max("staff_sessions__seen_at"))
    return [(user, *desk_of(user, now)) for user in users]


def desk_of(user: Any, now: datetime) -> tuple[Desk, datetime | None]:
    """Where somebody is, by what they said, unless they have signed in since, and by their last request; `user` has
    `began` and `seen` of their sessions.
    """
    said: Presence | None = getattr(user, "presence", None)
    ended = user.seen is None or now - user.seen > timedelta(minutes=settings.SESSION_IDLE_MINUTES)
    if said and said.state != Presence.State.HERE and (user.began is None or said.since >= user.began):
        gone = said.state == Presence.State.GONE or ended
        return (Desk.GONE if gone else Desk.BREAK), said.since
    if ended:
        return Desk.GONE, user.seen
    return (Desk.IDLE if now - user.seen > IDLE_AFTER else Desk.HERE), user.seen


def is_at_desk(user: User) -> bool:
    """Whether they are there now, though perhaps without doing anything."""
    return user.pk in at_desk([user.pk])


def at_desk(users: Collection[int]) -> set[int]:
    """The keys of those of these users who are there now, though perhaps without doing anything."""
    found = desks(Q(pk__in=users))
    return {user.pk for user, desk, _ in found if desk in (Desk.HERE, Desk.IDLE)}
