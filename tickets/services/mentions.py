"""Colleagues named in a note with @: they are told, if they may see the ticket."""

import re
from datetime import datetime

from django.contrib.auth.models import User

from departments.text.folding import fold
from tickets.models import Notification, Ticket
from tickets.permissions import visible_to
from tickets.services._held_news import held_until
from tickets.workflow import MissingFields

_MENTION = re.compile(r"(?:^|(?<=[\s(,;:]))@([\w.+-]*\w)")
OFFERED = 8


def may_be_mentioned(ticket: Ticket, typed: str) -> list[User]:
    """Some colleagues whose name or user name has words that begin so, and who may see the ticket."""
    begins = fold(typed)
    staff = User.objects.filter(is_active=True, memberships__isnull=False).distinct()
    found: list[User] = []
    for each in staff.order_by("first_name", "last_name", "username"):
        words = f" {fold(each.get_full_name())} {fold(each.username)}"
        if f" {begins}" in words and visible_to(each).filter(pk=ticket.pk).exists():
            found.append(each)
        if len(found) == OFFERED:
            break
    return found


def mentioned(text: str) -> list[User]:
    """The colleagues whose user names stand in the text after an @, in its order; other words are words."""
    names = list(dict.fromkeys(_MENTION.findall(text)))
    found = {each.username: each for each in User.objects.filter(username__in=names, is_active=True)}
    return [found[name] for name in names if name in found]


def tell_mentioned(*, ticket: Ticket, text: str, by: User | None, now: datetime) -> None:
    """Notifies whoever the note names. Raises MissingFields for somebody who may not see the ticket."""
    people = mentioned(text)
    blind = [each for each in people if not visible_to(each).filter(pk=ticket.pk).exists()]
    if blind:
        names = ", ".join(f"@{each.username}" for each in blind)
        raise MissingFields({"text": f"{names} bu başvuruyu göremez, haber verilemez. Adı nottan çıkarın."})
    Notification.objects.bulk_create(
        Notification(user=each, kind=Notification.Kind.MENTION, ticket=ticket, at=held_until() or now)
        for each in people
        if each != by
    )
