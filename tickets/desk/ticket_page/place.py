"""Where a ticket is: its place in the district, the main roads about it, the map beside the thread."""

from typing import Any

from departments.places.outlines import Outline, feature, nearest_outline, outline_of
from departments.places.points import Located, Point, Road, locate, roads_about, to_border_m
from tickets.back_office.map_ground import ground
from tickets.record.models.ticket import Ticket
from tickets.record.nearby import Candidate

ROADS_WITHIN_M = 1000.0


def located(ticket: Ticket) -> Located | None:
    return None if ticket.lat is None or ticket.lon is None else locate(Point(ticket.lat, ticket.lon))


def beyond_border_m(ticket: Ticket) -> float | None:
    """Metres between the place and the district's border; None within the district or when unknown."""
    place = located(ticket)
    if place is None or place.inside is not False or ticket.lat is None or ticket.lon is None:
        return None
    return to_border_m(Point(ticket.lat, ticket.lon))


def roads(ticket: Ticket) -> list[Road]:
    """Main roads near the place, or near the mahalle's centre: landmarks for maps without tiles."""
    mahalle = ticket.neighbourhood
    if ticket.lat is not None and ticket.lon is not None:
        return roads_about(Point(ticket.lat, ticket.lon), ROADS_WITHIN_M)
    return roads_about(Point(mahalle.lat, mahalle.lon), ROADS_WITHIN_M) if mahalle else []


def map_data(ticket: Ticket, similar: list[Candidate], about: list[Road]) -> dict[str, Any]:
    """The map's data as JSON values: pin, border of the mahalle or of the nearest one (GeoJSON), main roads, similar
    open tickets.
    """
    mahalle = ticket.neighbourhood
    centre = [mahalle.lat, mahalle.lon] if mahalle else None
    outline = _outline(ticket)
    return {
        "pin": None if ticket.lat is None else [ticket.lat, ticket.lon],
        "centre": centre,
        "border": feature(outline) if outline else None,
        "roads": [{"name": road.artery.name, "lines": road.lines} for road in about],
        "near": [
            {
                "at": [each.ticket.lat, each.ticket.lon],
                "number": each.ticket.number,
                "address": f"../../{each.ticket.pk}/change/",
            }
            for each in similar
        ],
        "ground": ground(),
    }


def _outline(ticket: Ticket) -> Outline | None:
    """What of the district is drawn about the place: without streets below it a pin alone says nothing."""
    if ticket.neighbourhood:
        return outline_of(ticket.neighbourhood.code)
    return None if ticket.lat is None or ticket.lon is None else nearest_outline(ticket.lat, ticket.lon)
