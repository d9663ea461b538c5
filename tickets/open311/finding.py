"""Public reads: requests and their status changes; never names, telephone numbers or unapproved texts of citizens.

What is told of each stands in service_requests.py.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, Model, Prefetch, Q, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime

from departments.models import Neighbourhood
from departments.text.ticket_number import stored
from departments.working_time.working_hours import ISTANBUL
from tickets.open311.errors import RefusedError, unknown
from tickets.open311.service_requests import COLUMNS, NAMES, UPDATE_COLUMNS
from tickets.public.precision import PER_DEGREE, is_published
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import public_tickets, visible_to
from tickets.record.statuses import ENDED
from tickets.undo.actions import as_published

SPAN = timedelta(days=90)
ROWS = 1000
# Different values of one list, at most. There are fewer categories and mahalleler than this.
MOST = {"service_request_id": 200, "service_code": 200, "status": 2, "address_id": 200, "bbox": 4}
_OPEN_BY_STATUS = {"open": True, "closed": False}
_EITHER = frozenset(_OPEN_BY_STATUS.values())
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Search:
    """A search for requests, from the query string. `codes` and `numbers` are None where not given.

    A list of numbers overrides every other criterion, so the others are not even parsed then.
    """

    first: int
    last: int
    numbers: tuple[str, ...] | None
    codes: tuple[str, ...] | None = None
    since: datetime = _FIRST
    until: datetime = _LAST
    opens: frozenset[bool] = _EITHER
    region: Q = field(default_factory=Q)

    @classmethod
    def of(cls, query: QueryDict, now: datetime) -> "Search":
        """Parses a query string. Raises RefusedError (400) for invalid values."""
        first, last = page(query)
        if numbers := _values(query, "service_request_id"):
            return cls(first, last, tuple(map(stored, numbers)))
        since, until = span(query, now)
        try:
            opens = frozenset(_OPEN_BY_STATUS[word] for word in _values(query, "status") or _OPEN_BY_STATUS)
        except KeyError:
            raise RefusedError(400, "status yalnızca open ya da closed olabilir.") from None
        codes = _values(query, "service_code")
        return cls(first, last, None, codes, since, until, opens, _region(query))


def span(query: QueryDict, now: datetime) -> tuple[datetime, datetime]:
    """Start and end, at most 90 days apart: one given sets the other 90 days away, a longer range loses its start."""
    since, until = _moment(query, "start_date"), _moment(query, "end_date")
    if until is None:
        until = min(now, since + SPAN) if since is not None else now
    return max(since or until - SPAN, until - SPAN), until


def page(query: QueryDict) -> tuple[int, int]:
    """The requested page as a slice of rows: start and end (exclusive)."""
    size = min(_count(query, "page_size", ROWS), ROWS)
    number = _count(query, "page", 1)
    return (number - 1) * size, number * size


def found(search: Search, now: datetime) -> list[Ticket]:
    """The public requests of a search, newest first, without what staff can still take back.

    Unknown numbers are ignored.
    """
    rows = public_tickets()
    if search.numbers is not None:
        rows = rows.filter(number__in=search.numbers)
    else:
        rows = rows.filter(search.region, created_at__gte=search.since, created_at__lte=search.until)
        if search.codes is not None:
            rows = rows.filter(category__code__in=search.codes)
        if len(search.opens) == 1:
            rows = rows.filter(outcome__isnull=True in search.opens)
    # Their keys first, from the index alone: of the pages before the one that is asked for, no row is read.
    keys = rows.order_by("-created_at", "-id").values("pk")[search.first : search.last]
    told = as_published(_told(Ticket.objects.filter(pk__in=keys).order_by("-created_at", "-id")), now)
    return [ticket for ticket in told if (ticket.outcome is None) in search.opens]


def find(number: str, now: datetime) -> Ticket:
    """The public request of that id, without what staff can still take back. Raises RefusedError (404)."""
    for ticket in as_published(_told(public_tickets().filter(number=stored(number))), now):
        return ticket
    raise unknown("Başvuru (service_request_id)", number)


def find_own(number: str, user: User) -> Ticket:
    """A request that the holder of the key sent, or may see as staff. Raises RefusedError (404)."""
    sent = Ticket.objects.filter(events__kind=TicketEvent.Kind.CREATED, events__actor=user, restricted=False)
    rows = Ticket.objects.filter(Q(pk__in=sent) | Q(pk__in=visible_to(user)))
    ticket = rows.filter(number=stored(number)).first() if "\0" not in number else None
    if ticket is None:
        raise unknown("Başvuru (service_request_id)", number)
    return ticket


def _told(rows: QuerySet[Ticket]) -> list[Ticket]:
    """The rows with what service_requests.py tells of each, and no more: a page has a thousand of them."""
    photos = Attachment.objects.filter(published=True, state=Attachment.State.STORED, hidden="").order_by(
        "id"
    )
    photos = photos.only("ticket_id")
    names = {f"{field}_{name}": F(f"{field}__{name}") for field, names in NAMES.items() for name in names}
    rows = rows.only(*COLUMNS).annotate(**names)
    return _named(rows.prefetch_related(Prefetch("attachments", photos, to_attr="published_photos")))


def _named(rows: Iterable[Ticket]) -> list[Ticket]:
    """The tickets with what they belong to: one object of each department, and not one for each ticket of it, which
    is what `select_related` makes.
    """
    tickets, known = list(rows), dict[tuple[str, int], Model]()
    for name, columns in NAMES.items():
        field: Any = Ticket._meta.get_field(name)
        for ticket in tickets:
            key = getattr(ticket, field.attname)
            if key is None:
                continue
            if (name, key) not in known:
                values = {column: getattr(ticket, f"{name}_{column}") for column in columns}
                known[name, key] = field.related_model(pk=key, **values)
            field.set_cached_value(ticket, known[name, key])
    return tickets


def moves(search: Search, now: datetime) -> list[TicketEvent]:
    """Status changes of public requests that staff cannot take back any more, newest first; the search's dates and
    status are those of the change.
    """
    tickets = public_tickets().filter(search.region)
    rows = TicketEvent.objects.filter(kind=TicketEvent.Kind.MOVED, ticket__in=tickets)
    rows = rows.exclude(undo_until__gt=now)
    if search.numbers is not None:
        rows = rows.filter(ticket__number__in=search.numbers)
    else:
        rows = rows.filter(at__gte=search.since, at__lte=search.until)
    if search.codes is not None:
        rows = rows.filter(ticket__category__code__in=search.codes)
    if len(search.opens) == 1:
        ended = Q(to_status__in=ENDED)
        rows = rows.filter(~ended if True in search.opens else ended)
    return list(
        rows.select_related("ticket").only(*UPDATE_COLUMNS).order_by("-at", "-id")[search.first : search.last]
    )


def _region(query: QueryDict) -> Q:
    """The condition of `address_id` (codes of mahalleler) and `bbox` (west, south, east, north in degrees).

    A place counts as the rounded one that is published, and only where it is: else its true one could be found by
    asking again and again.
    """
    region = Q()
    if codes := _values(query, "address_id"):
        region &= Q(
            neighbourhood__in=list(Neighbourhood.objects.filter(code__in=codes).values_list("pk", flat=True))
        )
    if bounds := _values(query, "bbox"):
        try:
            west, south, east, north = (float(each) for each in bounds)
        except ValueError:
            raise RefusedError(400, "bbox batı,güney,doğu,kuzey sırasıyla dört derece olmalı.") from None
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise RefusedError(400, "bbox batı,güney,doğu,kuzey sırasıyla dört derece olmalı.")
        region &= Q(lon__gte=_from(west), lon__lt=_to(east), lat__gte=_from(south), lat__lt=_to(north))
        region &= is_published()
    return region


def _from(degrees: float) -> float:
    """What is rounded to at least so many degrees is no less than this."""
    return (math.ceil(round(degrees * PER_DEGREE, 6)) - 0.5) / PER_DEGREE


def _to(degrees: float) -> float:
    """What is rounded to at most so many degrees is less than this."""
    return (math.floor(round(degrees * PER_DEGREE, 6)) + 0.5) / PER_DEGREE


def _values(query: QueryDict, name: str) -> tuple[str, ...] | None:
    """The different values of a parameter that may be repeated and comma separated; None when empty."""
    given = (word.strip() for value in query.getlist(name) for word in value.split(","))
    words = list(given) if name == "bbox" else list(dict.fromkeys(given))
    words = [word for word in words if word]
    if any("\0" in word for word in words):
        raise RefusedError(400, f"{name} içinde geçersiz karakter var.")
    if len(words) > MOST[name]:
        raise RefusedError(
            400, f"{name} en çok {MOST[name]} değer alır. Listeyi bölüp ayrı çağrılarla isteyin."
        )
    return tuple(words) or None


def _count(query: QueryDict, name: str, otherwise: int) -> int:
    word = query.get(name, "").strip()
    if not word:
        return otherwise
    if not (word.isascii() and word.isdecimal() and 1 <= int(word[:10]) < 10**6):
        raise RefusedError(400, f"{name} 1 ya da daha büyük bir tam sayı olmalı.")
    return int(word)


def _moment(query: QueryDict, name: str) -> datetime | None:
    word = query.get(name, "").strip().replace(" ", "+")  # an unquoted plus sign arrives as a space
    if not word:
        return None
    try:
        day = parse_date(word)
        at = datetime.combine(day, time.min, ISTANBUL) if day else parse_datetime(word)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1900 < at.year < 9000:
        raise RefusedError(400, f"{name} saat dilimiyle birlikte yazılmalı: 2026-01-31T00:00:00Z")
    return at.astimezone(UTC)  # PostgreSQL refuses offsets of 16 hours and more
