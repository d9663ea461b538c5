"""Keyset pagination of the queue: the last page is as fast as the first, and nothing is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from departments.common.days import EARLIEST, LATEST
from tickets.desk.queue.sort_orders import QueueOrder
from tickets.record.models.ticket import NOBODY_WAITS, Ticket

PAGE = 50


MOST_KEYS = 2**63


@dataclass(frozen=True)
class Place:
    """A cursor: the ticket (sort value and key) after which a page begins, or before which it ends (`backwards`)."""

    at: datetime
    pk: int
    backwards: bool = False

    @classmethod
    def read(cls, after: str, before: str) -> "Place | None":
        """Parses the cursor of the query string; None, which is the first page, without one or for an invalid one."""
        at, _, pk = (after or before).rpartition("_")
        try:
            moment, key = datetime.fromisoformat(at), int(pk)
        except ValueError:
            return None
        sensible = moment.tzinfo is not None and EARLIEST <= moment.date() <= LATEST and 0 <= key < MOST_KEYS
        return cls(moment, key, backwards=not after) if sensible else None


@dataclass(frozen=True)
class Page:
    tickets: Sequence[Ticket]
    next: str
    previous: str


def page(rows: QuerySet[Ticket], order: QueueOrder, place: Place | None) -> Page:
    """The page at the cursor, with the cursors of the next and the previous page; "" where there is none."""
    rows = rows.annotate(
        due_at=Coalesce(F("resolution_due_at"), F("legal_due_at")),
        waits_at=Coalesce(F("waits_since"), NOBODY_WAITS),
    )
    backwards = place is not None and place.backwards
    down = order.descending != backwards
    if place:
        rows = rows.filter(_beyond(order.column, place, down=down))
    sign = "-" if down else ""
    found = list(rows.order_by(f"{sign}{order.column}", f"{sign}id")[: PAGE + 1])
    more, tickets = len(found) > PAGE, found[:PAGE]
    if backwards:
        tickets.reverse()
    return Page(
        tickets,
        next=_place_of(tickets[-1], order) if tickets and (more or backwards) else "",
        previous=_place_of(tickets[0], order) if tickets and (more if backwards else place) else "",
    )


def _beyond(column: str, place: Place, *, down: bool) -> Q:
    """Rows beyond the cursor. The redundant bound on the column alone lets an index be used."""
    way = "lt" if down else "gt"
    tie = Q((f"{column}__{way}", place.at)) | Q((f"id__{way}", place.pk))
    return Q((f"{column}__{way}e", place.at)) & tie


def _place_of(ticket: Ticket, order: QueueOrder) -> str:
    return f"{getattr(ticket, order.column).isoformat()}_{ticket.pk}"
