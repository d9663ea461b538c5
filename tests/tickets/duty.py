"""People on duty, for tests."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from departments.models import DutyShift
from tests.tickets.world import NOW, World
from tickets.models import Notification, Ticket


def on_duty(world: World, username: str, since: datetime = NOW, **more: Any) -> User:
    """The user, on duty for eight hours from then on."""
    user = world.user(username)
    DutyShift.objects.create(user=user, starts_at=since, ends_at=since + timedelta(hours=8), **more)
    return user


def ring(user: User, ticket: Ticket, now: datetime) -> None:
    """The user is told of the danger, whoever is on duty."""
    Notification.objects.create(user=user, kind=Notification.Kind.DANGER, ticket=ticket, at=now)
