"""The search for tickets and people: by number, telephone and words."""

import re
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from departments.text.folding import fold
from departments.text.ticket_number import Citation, citation_of
from tickets.models import Citizen, Ticket

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


def cited_by(citations: Iterable[Citation]) -> Q:
    """The tickets that may be meant: those of the number, or of every year where only the serial was given."""
    found = Q(pk__in=())
    for each in citations:
        found |= Q(number=str(each)) if each.year else Q(number__endswith=f"-{each.serial:06d}")
    return found


def matching(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """The ticket with that number however it is spelt, or those of that telephone, or those with every word of it.

    Words are found within other words too; those of one or two letters only at the beginning of one, since a trigram
    index needs three characters.
    """
    text = text.strip()
    if cited := citation_of(text):
        # The trigram index knows the serial; an ending alone would be looked for in every row.
        known = Q() if cited.year else Q(search__contains=f"{cited.serial:06d}")
        return tickets.filter(known & cited_by([cited]))
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
