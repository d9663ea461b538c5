"""Which open tickets may be about the same thing: near by, of the same category, told or photographed alike."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, inf, radians

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import QuerySet

from departments.models import Category
from departments.places.points import KM_PER_DEGREE, Point, distance_km
from departments.text.folding import fold
from tickets.files.perceptual_hash import ALIKE_BITS, BITS, different_bits
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import DANGER, Ticket

RECENT = timedelta(days=90)
MOST = 10
# The nearest and the likest words count alike; the same photo outweighs either.
DISTANCE_WEIGHT, WORDS_WEIGHT, PHOTO_WEIGHT = 1.0, 1.0, 1.5


@dataclass(frozen=True)
class Candidate:
    """A ticket that may be about the same thing.

    `metres` away; `words` alike from 0 to 1 (trigrams of the folded text); `photo_bits` of 64 that differ between the
    two likest photos, None where either has none.
    """

    ticket: Ticket
    metres: float
    words: float
    photo_bits: int | None
    radius_m: int

    @property
    def same_photo(self) -> bool:
        return self.photo_bits is not None and self.photo_bits <= ALIKE_BITS

    @property
    def score(self) -> float:
        """How much speaks for it, to put candidates in order."""
        photo = 0.0 if self.photo_bits is None else max(0.0, 1 - 2 * self.photo_bits / BITS)
        near = 1 - self.metres / self.radius_m
        return DISTANCE_WEIGHT * near + WORDS_WEIGHT * self.words + PHOTO_WEIGHT * photo


def nearby(
    *,
    category: Category,
    point: Point,
    now: datetime,
    text: str = "",
    photos: Collection[int] = (),
    of: Ticket | None = None,
    among: QuerySet[Ticket] | None = None,
) -> list[Candidate]:
    """The open tickets of the category, opened in the last 90 days within its radius of the point; likest first.

    At most ten. `text` and `photos` (of files/perceptual_hash.py) are those of the new report, or the photos are of the
    ticket `of`; `among` are the tickets to look at: all of them, or those that somebody may see.
    """
    tickets = _open_about(category, point, now, Ticket.objects.all() if among is None else among)
    rows = list(tickets.annotate(words=TrigramSimilarity("search", fold(text))))
    hashes = _hashes([*rows, of] if of else rows)
    own = hashes.get(of.pk, ()) if of else photos
    found = [
        Candidate(row, metres, row.words, _nearest(own, hashes.get(row.pk, ())), category.radius_m)
        for row in rows
        if (metres := _metres(point, row.lat, row.lon)) <= category.radius_m
    ]
    return sorted(found, key=lambda candidate: (-candidate.score, -candidate.ticket.pk))[:MOST]


def is_reported(*, category: Category, point: Point, now: datetime) -> bool:
    """Whether `nearby` would find anything that another citizen may hear of, for a report still to be opened.

    No danger: that somebody reported one is nobody else's business, and the next one may be another.
    """
    public = Ticket.objects.exclude(DANGER)
    places = _open_about(category, point, now, public).values_list("lat", "lon")
    return any(_metres(point, lat, lon) <= category.radius_m for lat, lon in places)


def like(ticket: Ticket, *, now: datetime, among: QuerySet[Ticket] | None = None) -> list[Candidate]:
    """The candidates for a ticket that is there already; none for one without place or category."""
    if ticket.category is None or ticket.lat is None or ticket.lon is None:
        return []
    others = (Ticket.objects.all() if among is None else among).exclude(pk=ticket.pk)
    return nearby(
        category=ticket.category,
        point=Point(ticket.lat, ticket.lon),
        now=now,
        text=ticket.search,
        of=ticket,
        among=others,
    )


def _open_about(category: Category, point: Point, now: datetime, among: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """The open tickets of the category, opened lately, in the square around the circle; never a restricted one."""
    return among.filter(
        restricted=False,
        category=category,
        outcome__isnull=True,
        created_at__gte=now - RECENT,
        **_box(point, category.radius_m),
    )


def _metres(point: Point, lat: float | None, lon: float | None) -> float:
    return inf if lat is None or lon is None else 1000 * distance_km(point, Point(lat, lon))


def _box(point: Point, radius_m: int) -> dict[str, float]:
    """The square around the circle, which an index can find."""
    up = radius_m / 1000 / KM_PER_DEGREE
    aside = up / max(cos(radians(point.lat)), 0.01)
    return {
        "lat__gte": point.lat - up,
        "lat__lte": point.lat + up,
        "lon__gte": point.lon - aside,
        "lon__lte": point.lon + aside,
    }


def _hashes(tickets: Iterable[Ticket]) -> dict[int, list[int]]:
    hashes: dict[int, list[int]] = {}
    photos = Attachment.objects.filter(ticket__in=[ticket.pk for ticket in tickets])
    for ticket_id, photo_hash in photos.values_list("ticket_id", "photo_hash"):
        if photo_hash is not None:
            hashes.setdefault(ticket_id, []).append(photo_hash)
    return hashes


def _nearest(some: Iterable[int], others: Collection[int]) -> int | None:
    return min((different_bits(one, other) for one in some for other in others), default=None)
