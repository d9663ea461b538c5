"""Colleagues named in a note with @: they are told, if they may see the ticket."""

import re
from datetime import datetime
from functools import reduce
from operator import or_

from django.contrib.auth.models import User
from django.db.models import Q

from departments.text.folding import fold
from tickets.notifications.models import Notification
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import who_may_see
from tickets.record.undo_window import undo_until
from tickets.record.workflow import MissingFields

_MENTION = re.compile(r"(?:^|(?<=[\s(,;:]))@([\w.+-]*\w)")
OFFERED = 8


def may_be_mentioned(ticket: Ticket, typed: str) -> list[User]:
    """Some colleagues whose name or user name has words that begin so, and who may see the ticket."""
    begins, found = f" {fold(typed)}", list[User]()
    staff = who_may_see(ticket).filter(memberships__isnull=False)
    for each in staff.order_by("first_name", "last_name", "username"):
        if begins in f" {fold(each.get_full_name())} {fold(each.username)}":
            found.append(each)
        if len(found) == OFFERED:
            break
    return found


def mentioned(text: str) -> tuple[list[User], list[str]]:
    """The colleagues whose user names stand in the text after an @, in its order, in whatever case; and the other words
    after one.
    """
    names = list(dict.fromkeys(_MENTION.findall(text)))
    if not names:
        return [], []
    anyhow = reduce(or_, (Q(username__iexact=name) for name in names))
    users = list(User.objects.filter(anyhow, is_active=True))
    exact, by_case = ({f(each.username): each for each in users} for f in (str, str.casefold))
    found = {name: exact.get(name) or by_case.get(name.casefold()) for name in names}
    people = dict.fromkeys(each for each in found.values() if each is not None)
    return list(people), [name for name, each in found.items() if each is None]


def notify_mentioned(
    *, ticket: Ticket, text: str, by: User | None, now: datetime, field: str = "text"
) -> None:
    """Notifies whoever the note names. Raises MissingFields, of that field, for somebody who may not see the ticket."""
    people, _ = mentioned(text)
    if not people:
        return
    seeing = set(who_may_see(ticket).filter(pk__in=[each.pk for each in people]))
    if blind := [each for each in people if each not in seeing]:
        names = ", ".join(f"@{each.username}" for each in blind)
        raise MissingFields({field: f"{names} bu başvuruyu göremez, haber verilemez. Adı nottan çıkarın."})
    Notification.objects.bulk_create(
        Notification(user=each, kind=Notification.Kind.MENTION, ticket=ticket, at=undo_until() or now)
        for each in people
        if each != by
    )
