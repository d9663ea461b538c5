"""Ticket filters shared by the queue, REST, reports and metrics; and the photo that goes with an answer."""

import re
from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from departments.text.folding import fold
from departments.text.ticket_number import is_number
from tickets.models import Attachment, Citizen, Ticket, TicketEvent, ViewMark
from tickets.workflow import ENDED, Status

_TELEPHONE = re.compile(r"[+(]?\d[\d ()-]{5,}\d")
# The variants of each folded letter, in both cases, as a regular expression that a trigram index supports.
_VARIANTS = {
    "a": "[aâAÂ]",
    "c": "[cçCÇ]",
    "g": "[gğGĞ]",
    "i": "[iıîIİÎ]",
    "o": "[oöOÖ]",
    "s": "[sşSŞ]",
    "u": "[uüûUÜÛ]",
}
MOST_PEOPLE = 200  # citizens that a part of a telephone number may match


def searchable(ticket: Ticket) -> str:
    """The folded text that a search looks in (column `search`); of the ticket number only its last part."""
    place = ticket.neighbourhood.full_name if ticket.neighbourhood else ""
    person = ticket.citizen.name or "" if ticket.citizen else ""
    running = ticket.number.rpartition("-")[2]
    return fold(f"{running} {ticket.summary} {ticket.description} {ticket.address} {place} {person}")


def matching(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """The ticket with that number, or those of that telephone, or those that contain every word of the text.

    Words are found within other words too; those of one or two letters only at the beginning of one, since a trigram
    index needs three characters.
    """
    text = text.strip()
    if is_number(text):
        return tickets.filter(number=text.upper())
    words = [_contains(word) for word in fold(text).split()]
    if _TELEPHONE.fullmatch(text):
        return tickets.filter(Q(*words) | Q(citizen__in=_people_with_phone(text)))
    return tickets.filter(*words)


def _contains(word: str) -> Q:
    return Q(search__contains=word if len(word) > 2 else f" {word}")


def _people_with_phone(number: str) -> list[int]:
    """The keys of citizens with these digits in their telephone number, in whatever format they are typed."""
    digits = re.sub(r"\D", "", number).removeprefix("0090").removeprefix("90").removeprefix("0")
    return list(Citizen.objects.filter(phone__contains=digits).values_list("pk", flat=True)[:MOST_PEOPLE])


def people_named(people: QuerySet[Citizen], text: str) -> QuerySet[Citizen]:
    """The people whose name contains every word of the text, or whose telephone number contains its digits."""
    text = text.strip()
    if _TELEPHONE.fullmatch(text):
        return people.filter(pk__in=_people_with_phone(text))
    for word in fold(text).split():
        people = people.filter(name__iregex="".join(_VARIANTS.get(letter, letter) for letter in word))
    return people


def late(now: datetime) -> Q:
    """Past the resolution target, for open tickets. While a ticket waits for the citizen its clock is paused."""
    running = ~Q(status=Status.WAITING) & Q(resolution_due_at__lt=now)
    paused = Q(status=Status.WAITING, resolution_due_at__lt=F("waiting_since"))
    return running | paused


def overdue(now: datetime) -> Q:
    """Open and past the resolution target."""
    return Q(outcome__isnull=True) & late(now)


def unread(user: User) -> Q:
    """Whether a ticket changed since the user last read it; for `filter` and `annotate`."""
    known = ViewMark.objects.filter(ticket=OuterRef("pk"), user=user, read_at__gte=OuterRef("updated_at"))
    return ~Q(Exists(known))


def open_by(tickets: Collection[int], now: datetime, *, besides: User) -> dict[int, list[User]]:
    """The other users who have each ticket's page open, by ticket key; tickets that nobody has open are left out."""
    rows = ViewMark.objects.filter(ticket__in=tickets, open_until__gt=now).exclude(user=besides)
    found: dict[int, list[User]] = {}
    for row in rows.select_related("user").order_by("user__username"):
        found.setdefault(row.ticket_id, []).append(row.user)
    return found


def after_photo(answer: TicketEvent) -> Attachment | None:
    """The photo of the finished work for an answer that resolves a ticket: staff's newest one before it, or None.

    Photos from before a reopening do not count: that work did not last. For a duplicate, whose citizen gets the
    original's answer, it is the original's photo.
    """
    original = answer.data.get("duplicate_of") if answer.kind == TicketEvent.Kind.FOLLOWED else None
    ticket = Ticket.objects.filter(number=original).first() if original else answer.ticket
    if ticket is None or answer.to_status != Status.RESOLVED:
        return None
    before = ticket.events.filter(id__lt=answer.pk)
    reopened = before.filter(from_status__in=ENDED, to_status=Status.ASSIGNED).order_by("-id").first()
    taken = ticket.attachments.filter(after=True, state=Attachment.State.STORED, event__in=before)
    return taken.filter(event__gt=reopened.pk if reopened else 0).order_by("-id").first()
