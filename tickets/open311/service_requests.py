"""What of a ticket and of its moves the world is told, field by field, as GeoReport v2 names it."""

from collections.abc import Iterable, Mapping

from tickets.open311.formats import Value
from tickets.public.precision import Place
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.statuses import ENDED, Status

# What is read of a ticket and of its moves, to be told here.
COLUMNS = (
    *(
        "number",
        "status",
        "outcome",
        "published_text",
        "created_at",
        "updated_at",
        "outcome_at",
        "planned_for",
    ),
    *("danger", "danger_unsure", "restricted", "resolution_due_at", "lat", "lon"),
    *("category_id", "department_id", "neighbourhood_id", "agency_id"),
)
# And of what it belongs to.
NAMES: Mapping[str, tuple[str, ...]] = {
    "category": ("code", "name"),
    "department": ("code", "name"),
    "neighbourhood": ("code", "name", "full_name"),
    "agency": ("name",),
}
UPDATE_COLUMNS = ("at", "to_status", "ticket__number")


def as_request(
    ticket: Ticket, place: Place | None, media_urls: Iterable[str], *, extended: bool
) -> dict[str, Value]:
    """A request as GeoReport v2 publishes it, at the place that the public may know (`tickets.public.precision`).

    The `updated_datetime` of a closed one is when it was closed.
    """
    closed = ticket.outcome is not None
    category, department, neighbourhood = ticket.category, ticket.department, ticket.neighbourhood
    fields: dict[str, Value] = {
        "service_request_id": ticket.number,
        "status": "closed" if closed else "open",
        "status_notes": Status(ticket.status).label,
        "service_name": category.name if category else None,
        "service_code": category.code if category else None,
        "description": ticket.published_text or None,
        "agency_responsible": _responsible(ticket),
        "service_notice": None,
        "requested_datetime": ticket.created_at,
        "updated_datetime": ticket.outcome_at if closed else ticket.updated_at,
        "expected_datetime": None if closed or ticket.is_danger else ticket.resolution_due_at,
        "address": neighbourhood.full_name if neighbourhood else None,
        "address_id": neighbourhood.code if neighbourhood else None,
        "zipcode": None,
        "lat": place[0] if place else None,
        "long": place[1] if place else None,
        "media_url": next(iter(media_urls), None),
    }
    if extended:
        fields["extended_attributes"] = {
            "status": ticket.status,
            "outcome": ticket.outcome,
            "department": department.code if department else None,
            "neighbourhood": neighbourhood.name if neighbourhood else None,
            "planned_for": ticket.planned_for.isoformat() if ticket.planned_for else None,
        }
    return fields


def as_update(event: TicketEvent) -> dict[str, Value]:
    """A status change; its description is the status's name, since the answer's text is for the citizen alone."""
    return {
        "update_id": str(event.pk),
        "service_request_id": event.ticket.number,
        "status": "closed" if event.to_status in ENDED else "open",
        "updated_datetime": event.at,
        "description": Status(event.to_status).label,
        "media_url": None,
    }


def _responsible(ticket: Ticket) -> str | None:
    owner = ticket.agency or ticket.department
    return owner.name if owner else None
