"""Which tickets: by words, by the clock; which photo belongs to an answer. One meaning for all who ask."""

import re
from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from departments.text.folding import fold
from tickets.models import Attachment, Citizen, Ticket, TicketEvent, ViewMark
from tickets.workflow import ENDED, Status

_NUMBER = re.compile(r"MG-\d{4}-\d{6,}", re.IGNORECASE)
_TELEPHONE = re.compile(r"[+(]?\d[\d ()-]{5,}\d")
# The letters that folding makes one, in both cases: what an index of trigrams can look for.
_VARIANTS = {
    "a": "[aâAÂ]",
    "c": "[cçCÇ]",
    "g": "[gğGĞ]",
    "i": "[iıîIİÎ]",
    "o": "[oöOÖ]",
    "s": "[sşSŞ]",
    "u": "[uüûUÜÛ]",
}
MOST_PEOPLE = 200  # that a part of a telephone number can stand for


def searchable(ticket: Ticket) -> str:
    """What a search looks through, folded: every i and every diacritic alike. Of the number only what counts up."""
    place = ticket.neighbourhood.full_name if ticket.neighbourhood else ""
    person = ticket.citizen.name or "" if ticket.citizen else ""
    running = ticket.number.rpartition("-")[2]
    return fold(f"{running} {ticket.summary} {ticket.description} {ticket.address} {place} {person}")


def matching(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """The one with that number, or those of that telephone, or those that contain every word of the text.

    Words are found within others too, but for those of one or two letters: they begin one, which an index can tell.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return tickets.filter(number=text.upper())
    words = [_contains(word) for word in fold(text).split()]
    if _TELEPHONE.fullmatch(text):
        return tickets.filter(Q(*words) | Q(citizen__in=_people_with_phone(text)))
    return tickets.filter(*words)


def _contains(word: str) -> Q:
    return Q(search__contains=word if len(word) > 2 else f" {word}")


def _people_with_phone(number: str) -> list[int]:
    """Those with these digits in their telephone number, however it was written."""
    digits = re.sub(r"\D", "", number).removeprefix("0090").removeprefix("90").removeprefix("0")
    return list(Citizen.objects.filter(phone__contains=digits).values_list("pk", flat=True)[:MOST_PEOPLE])


def people_named(people: QuerySet[Citizen], text: str) -> QuerySet[Citizen]:
    """Those whose name holds every word of the text, or whose telephone number holds its digits."""
    text = text.strip()
    if _TELEPHONE.fullmatch(text):
        return people.filter(pk__in=_people_with_phone(text))
    for word in fold(text).split():
        people = people.filter(name__iregex="".join(_VARIANTS.get(letter, letter) for letter in word))
    return people


def late(now: datetime) -> Q:
    """Past the resolution target, of a ticket that is open. While it waits for the citizen its clock stands still."""
    running = ~Q(status=Status.WAITING) & Q(resolution_due_at__lt=now)
    paused = Q(status=Status.WAITING, resolution_due_at__lt=F("waiting_since"))
    return running | paused


def overdue(now: datetime) -> Q:
    """Open and past the resolution target."""
    return Q(outcome__isnull=True) & late(now)


def unread(user: User) -> Q:
    """Whether something happened on a ticket since the user last read it: for `filter` and `annotate`."""
    known = ViewMark.objects.filter(ticket=OuterRef("pk"), user=user, read_at__gte=OuterRef("updated_at"))
    return ~Q(Exists(known))


def open_by(tickets: Collection[int], now: datetime, *, besides: User) -> dict[int, list[User]]:
    """Who else has which of the tickets open, by the tickets' keys; those that nobody has are not in it."""
    rows = ViewMark.objects.filter(ticket__in=tickets, open_until__gt=now).exclude(user=besides)
    found: dict[int, list[User]] = {}
    for row in rows.select_related("user").order_by("user__username"):
        found.setdefault(row.ticket_id, []).append(row.user)
    return found


def after_photo(answer: TicketEvent) -> Attachment | None:
    """The photo that goes with the answer which resolved a ticket: the newest that staff took of the work before it.

    One from before a reopening shows what did not last, and is none. Whoever hears of another ticket's answer, as a
    duplicate does, sees that one's photo.
    """
    original = answer.data.get("duplicate_of") if answer.kind == TicketEvent.Kind.FOLLOWED else None
    ticket = Ticket.objects.filter(number=original).first() if original else answer.ticket
    if ticket is None or answer.to_status != Status.RESOLVED:
        return None
    before = ticket.events.filter(id__lt=answer.pk)
    reopened = before.filter(from_status__in=ENDED, to_status=Status.ASSIGNED).order_by("-id").first()
    taken = ticket.attachments.filter(after=True, state=Attachment.State.STORED, event__in=before)
    return taken.filter(event__gt=reopened.pk if reopened else 0).order_by("-id").first()
