"""The search for tickets and people: by number, telephone and words."""

import re
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from departments.common.search_words import different
from departments.text.folding import fold
from departments.text.ticket_number import Citation, citation_of
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.phone_numbers import e164

LAST_DIGITS = 4
SERIAL_LENGTH = 9
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


def searchable(ticket: Ticket) -> str:
    """The folded text that a search looks in (column `search`); of the ticket number only its last part."""
    place = ticket.neighbourhood.full_name if ticket.neighbourhood else ""
    person = ticket.citizen.name or "" if ticket.citizen else ""
    running = ticket.number.rpartition("-")[2]
    registered = f"{ticket.registry_number} {ticket.cimer_number}"
    said = f"{ticket.summary} {ticket.description} {ticket.address}"
    return fold(f"{running} {said} {place} {person} {registered}")


def cited_by(citations: Iterable[Citation]) -> Q:
    """The tickets that may be meant: those of the number, or of every year where only the serial was given."""
    found = Q(pk__in=())
    for each in citations:
        found |= Q(number=str(each)) if each.year else Q(number__endswith=f"-{each.serial:06d}")
    return found


def numbered(tickets: QuerySet[Ticket], written: str) -> list[Ticket]:
    """The tickets of that number however it is written; of a serial without its year, those of every year."""
    written = written.strip()
    if written.isascii() and written.isdecimal() and len(written) <= SERIAL_LENGTH:
        serial = f"{int(written):06d}"
        # The trigram index knows the serial; an ending alone would be looked for in every row.
        same = tickets.filter(search__contains=serial, number__endswith=f"-{serial}")
        return list(same.order_by("-id"))
    cited = citation_of(written)
    return list(tickets.filter(cited_by([cited]))) if cited and cited.year else []


def matching(tickets: QuerySet[Ticket], text: str, unmaskable: Q) -> QuerySet[Ticket]:
    """The ticket of that number however it is spelt, ours or a registry's, those of that telephone number, or those
    with every word of it.

    A telephone number, or four digits as its last ones, finds the tickets that fit `unmaskable` alone: whoever may
    not open a number would learn by the search whose it is. Words are found within
    other words too; those of one or two letters only at the beginning of one, since a trigram index
    needs three characters. Raises TooManyWordsError.
    """
    text = text.strip()
    if cited := citation_of(text):
        # The trigram index knows the serial; an ending alone would be looked for in every row.
        known = Q() if cited.year else Q(search__contains=f"{cited.serial:06d}")
        return tickets.filter((known & cited_by([cited])) | _registered(text))
    words = [_contains(word) for word in different(fold(text).split())]
    if number := telephone_in(text):
        return tickets.filter(Q(*words) | unmaskable & Q(citizen__in=_people(phone=number)))
    if last := last_digits_in(text):
        return tickets.filter(Q(*words) | unmaskable & Q(citizen__in=_people(phone__endswith=last)))
    return tickets.filter(*words)


def _people(**known: str) -> list[int]:
    """Their keys, looked up beforehand: both sides of an OR have an index then, which a join beside it has not."""
    return list(Citizen.objects.filter(**known).values_list("pk", flat=True))


def _registered(number: str) -> Q:
    """The tickets that are known elsewhere by that number. It may look like one of ours: 2026/1234."""
    return Q(registry_number=number) | Q(cimer_number=number)


def telephone_in(text: str) -> str | None:
    """The telephone number (E.164) that the whole text is, however it is written; None for anything else.

    Of a part of one nobody is found: whoever sees masked numbers alone could try out digit after digit.
    """
    text = text.strip()
    return e164(re.sub(r"[ ()-]", "", text).removeprefix("00")) if _TELEPHONE.fullmatch(text) else None


def last_digits_in(text: str) -> str:
    """The last four digits of a telephone that the whole text may be; empty for anything else."""
    text = text.strip()
    return text if len(text) == LAST_DIGITS and text.isascii() and text.isdecimal() else ""


def _contains(word: str) -> Q:
    return Q(search__contains=word if len(word) > 2 else f" {word}")


def people_named(people: QuerySet[Citizen], text: str, unmaskable: QuerySet[Ticket]) -> QuerySet[Citizen]:
    """The people whose name contains every word of the text, or whose telephone number it is, or ends in its four
    digits. By a number those alone of whom the asker may open it: who have one of the tickets that are `unmaskable`,
    or by a whole one none at all, as somebody of the call centre sees them.
    Raises TooManyWordsError.
    """
    text = text.strip()
    if last := last_digits_in(text):
        return people.filter(phone__endswith=last, pk__in=unmaskable.values("citizen"))
    if _TELEPHONE.fullmatch(text):
        theirs = Ticket.objects.filter(citizen=OuterRef("pk"))
        may_open = ~Exists(theirs) | Exists(unmaskable.filter(citizen=OuterRef("pk")))
        return people.filter(may_open, phone=telephone_in(text) or "")
    for word in different(fold(text).split()):
        people = people.filter(name__iregex="".join(_VARIANTS.get(letter, letter) for letter in word))
    return people
