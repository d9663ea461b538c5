"""Where it is."""

from datetime import datetime

from departments.models import Neighbourhood
from departments.places.points import Point
from tickets.models import LocationSource, Ticket, TicketEvent
from tickets.permissions import Actor, parties, require_staff
from tickets.services._ticket_rows import append_event, by_staff, locked_ticket
from tickets.services.waiting_for_citizen import take_as_answer


def locate(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    point: Point | None,
    source: LocationSource,
    neighbourhood: Neighbourhood | None = None,
    address: str = "",
    version: int | None = None,
) -> Ticket:
    """Sets where it is: a point, or words only (`point` None keeps the one there was).

    Raises StaleVersion, and NotAllowed for staff who may not write on the ticket.
    """
    with locked_ticket(ticket, now, version=version) as row:
        if by_staff(actor):
            require_staff(parties(actor, row.department.code if row.department else None))
        if point is not None:
            row.lat, row.lon = point.lat, point.lon
        row.location_source = source
        row.neighbourhood = neighbourhood or row.neighbourhood
        row.address = address or row.address
        row.place_missing = False
        append_event(row, TicketEvent.Kind.LOCATED, actor=actor, now=now, data=_place(row))
        take_as_answer(row, actor, now)
    return row


def _place(row: Ticket) -> dict[str, object]:
    return {
        "lat": row.lat,
        "lon": row.lon,
        "source": row.location_source,
        "neighbourhood": row.neighbourhood.code if row.neighbourhood else None,
        "address": row.address,
    }
