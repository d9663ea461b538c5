"""Where it is."""

from datetime import datetime

from departments.models import Neighbourhood
from departments.places.points import Point
from departments.places.points import locate as find_place
from tickets.casework.citizen_answers import take_as_answer
from tickets.casework.writing import append_event, by_staff, locked_ticket
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import LocationSource
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff


def locate(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    point: Point | None,
    source: LocationSource,
    neighbourhood: Neighbourhood | None = None,
    address: str = "",
    corrected: bool = False,
    version: int | None = None,
) -> Ticket:
    """Sets where it is: a point, or words only (`point` None keeps the one there was).

    `corrected` says that mahalle and address were wrong: they are as given, empty ones too, and a point that lies in
    another mahalle than the one that is now named goes. Raises StaleVersion, and NotAllowed for staff who may not
    write on the ticket.
    """
    with locked_ticket(ticket, now, version=version) as row:
        if by_staff(actor):
            require_staff(parties(actor, row.department.code if row.department else None))
        if point is not None:
            row.lat, row.lon = point.lat, point.lon
        if (
            corrected
            and neighbourhood not in (None, row.neighbourhood)
            and _lies_elsewhere(row, neighbourhood)
        ):
            row.lat = row.lon = None
        row.location_source = source
        row.neighbourhood = neighbourhood if corrected else neighbourhood or row.neighbourhood
        row.address = address if corrected else address or row.address
        row.place_missing = not (row.neighbourhood or row.address or row.lat is not None)
        append_event(row, TicketEvent.Kind.LOCATED, actor=actor, now=now, data=_place(row))
        take_as_answer(row, actor, now)
    return row


def _lies_elsewhere(row: Ticket, neighbourhood: Neighbourhood | None) -> bool:
    if row.lat is None or row.lon is None:
        return False
    return find_place(Point(row.lat, row.lon)).neighbourhood != neighbourhood


def _place(row: Ticket) -> dict[str, object]:
    return {
        "lat": row.lat,
        "lon": row.lon,
        "source": row.location_source,
        "neighbourhood": row.neighbourhood.code if row.neighbourhood else None,
        "address": row.address,
    }
