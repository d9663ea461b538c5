"""Places by what somebody types of their names: mahalleler, main roads, and streets that tickets told of."""

import re
from collections import Counter
from dataclasses import dataclass

from django.db.models import QuerySet

from departments import reference
from departments.models import Artery
from departments.text.folding import fold
from tickets.record.models.ticket import Ticket

LEAST_LETTERS = 2
LOOKED_AT = 300  # newest tickets whose address may name the street
OFFERED = 8
# A street's name is what stands before the word for it; house and flat numbers after that are nobody's street.
_STREET = re.compile(
    r"\b((?:[^\W_]{1,30}\.?\s{1,3}){1,4}?)(sokağı|sokak|sok|sk|caddesi|cadde|cad|cd|bulvarı|bulvar|blv)\b",
    re.IGNORECASE,
)
_WHOLE = {
    **dict.fromkeys(("sokağı", "sokak", "sok", "sk"), "Sokak"),
    **dict.fromkeys(("caddesi", "cadde", "cad", "cd"), "Caddesi"),
    **dict.fromkeys(("bulvarı", "bulvar", "blv"), "Bulvarı"),
}
_MAHALLE = re.compile(r"\b(?:mahallesi|mahalle|mah|mh)\b", re.IGNORECASE)


@dataclass(frozen=True)
class PlaceFound:
    """A place that is offered: `address` for the field of that name, `mahalle` the key of the mahalle, where known."""

    name: str
    kind: str
    address: str = ""
    mahalle: int | None = None


def places_named(typed: str, tickets: QuerySet[Ticket]) -> list[PlaceFound]:
    """The places whose name has words that begin as those typed: mahalleler first, then main roads, then the streets
    that stand most often in the addresses of these tickets.
    """
    wanted = fold(typed)
    if len(wanted) < LEAST_LETTERS:
        return []
    found = [
        PlaceFound(row.full_name, "mahalle", mahalle=row.pk)
        for row in reference.neighbourhoods()
        if _is_named(row.name, wanted)
    ]
    roads = Artery.objects.order_by("name").values_list("name", flat=True)
    found += [PlaceFound(name, "ana yol", address=name) for name in roads if _is_named(name, wanted)]
    return (found + _streets(wanted, tickets))[:OFFERED]


def _streets(wanted: str, tickets: QuerySet[Ticket]) -> list[PlaceFound]:
    rows = tickets.exclude(address="").order_by("-id")
    for word in wanted.split():
        rows = rows.filter(search__contains=word)
    counted: Counter[tuple[str, int | None]] = Counter()
    for address, mahalle in rows.values_list("address", "neighbourhood")[:LOOKED_AT]:
        for street in streets_in(address):
            if _is_named(street, wanted):
                counted[street, mahalle] += 1
    return [
        PlaceFound(street, _mahalle_name(mahalle) or "sokak", address=street, mahalle=mahalle)
        for (street, mahalle), _ in counted.most_common(OFFERED)
    ]


def _mahalle_name(key: int | None) -> str:
    row = reference.neighbourhood_by_id(key)
    return row.full_name if row else ""


def streets_in(address: str) -> list[str]:
    """The streets that an address names, without numbers of houses: "Alpaslan mah. Gül sk. no 4" names "Gül Sokak"."""
    found = []
    for words, kind in _STREET.findall(_MAHALLE.split(address)[-1]):
        name = " ".join(word[:1].upper() + word[1:] for word in words.split())
        found.append(f"{name} {_WHOLE[kind.replace('İ', 'i').lower()]}")
    return found


def _is_named(name: str, wanted: str) -> bool:
    words = f" {fold(name)}"
    return all(f" {word}" in words for word in wanted.split())
