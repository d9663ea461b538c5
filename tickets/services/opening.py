"""Opening a ticket: its number, its clocks, its first entries."""

from datetime import datetime, timedelta
from textwrap import shorten
from typing import Any, Literal

from django.db import connection, transaction

from departments.clock import ISTANBUL, add_working_days, add_working_hours
from departments.models import Agency, Category, Department, Neighbourhood
from departments.places import Point
from tickets.access import Actor
from tickets.models import Citizen, Kind, LocationSource, Source, Ticket, TicketEvent
from tickets.queries import searchable
from tickets.services._writing import record, ring_on_commit
from tickets.services.moves import Details, move
from tickets.workflow import Status

LEGAL_LIMIT = timedelta(days=30)  # Law 3071 on the right to petition, art. 7
SUMMARY_LENGTH = 120

_NEXT_NUMBER = """
INSERT INTO tickets_ticketnumber (year, last) VALUES (%s, 1)
ON CONFLICT (year) DO UPDATE SET last = tickets_ticketnumber.last + 1
RETURNING last
"""


def open_ticket(
    *,
    now: datetime,
    actor: Actor,
    channel: Source,
    kind: Kind,
    description: str,
    summary: str = "",
    citizen: Citizen | None = None,
    category: Category | None = None,
    department: Department | None = None,
    neighbourhood: Neighbourhood | None = None,
    point: Point | None = None,
    location_source: LocationSource | Literal[""] = "",
    address: str = "",
    urgent: bool = False,
    urgent_reason: str = "",
    place_missing: bool = False,
    description_missing: bool = False,
    proposed_agency: Agency | None = None,
    routed: dict[str, Any] | None = None,
    tell: bool = True,
) -> Ticket:
    """Opens a ticket under the next number of the year and returns it.

    With a department it is sent there at once and quietly, unless a person has to look first: when it is urgent, or
    when it is proposed for another agency. The year's number is the last lock taken, and it is held until the
    caller's transaction ends: open the ticket late in it.
    """
    ticket = Ticket(
        status=Status.NEW,
        channel=channel,
        kind=kind,
        description=description.strip(),
        summary=summarised(summary or description),
        citizen=citizen,
        category=category,
        department=department,
        neighbourhood=neighbourhood,
        lat=point.lat if point else None,
        lon=point.lon if point else None,
        location_source=location_source,
        address=address,
        urgent=urgent,
        urgent_reason=urgent_reason,
        place_missing=place_missing,
        description_missing=description_missing,
        proposed_agency=proposed_agency,
        routed=routed,
        created_at=now,
        updated_at=now,
        legal_due_at=now + LEGAL_LIMIT,
    )
    _set_targets(ticket, category, now)
    with transaction.atomic():
        ticket.number = _next_number(now)
        ticket.search = searchable(ticket)
        ticket.save(force_insert=True)
        record(ticket, TicketEvent.Kind.CREATED, actor=actor, now=now, tell=tell, to_status=Status.NEW)
        if department is not None and proposed_agency is None and not urgent:
            move(ticket, Status.ASSIGNED, Details(department=department), Actor.line(), now)
            ticket.save()
        ring_on_commit()
    return ticket


def summarised(text: str) -> str:
    """The text on one line of at most 120 characters, cut between words."""
    return shorten(text, SUMMARY_LENGTH, placeholder="…")


def _set_targets(ticket: Ticket, category: Category | None, now: datetime) -> None:
    """Due dates of the category's targets; a target of zero is none."""
    if category is None:
        return
    if category.first_action_hours:
        ticket.first_action_due_at = add_working_hours(now, category.first_action_hours)
    if category.resolution_days:
        ticket.resolution_due_at = add_working_days(now, category.resolution_days)


def _next_number(now: datetime) -> str:
    """`MG-2026-000001`. Gapless and never given twice: it is undone only together with the ticket."""
    year = now.astimezone(ISTANBUL).year
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBER, [year])
        (last,) = cursor.fetchone()
    return f"MG-{year}-{last:06d}"
