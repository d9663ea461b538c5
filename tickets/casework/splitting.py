"""One ticket in which a citizen told of two things becomes two."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from departments.models import Category, Department
from departments.places.points import Point
from tickets.casework.opening import Report, open_ticket
from tickets.casework.writing import append_event, locked_ticket
from tickets.record import channel as ports
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Kind, LocationSource, Source
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff
from tickets.record.workflow import MissingFields


def split(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    description: str,
    category: Category | None = None,
    department: Department | None = None,
    attachments: Collection[Attachment] = (),
    told: bool = False,
    version: int | None = None,
) -> Ticket:
    """Opens a second ticket of the same citizen, place and paper for the other thing, and returns it; of a restricted
    ticket it is restricted, too.

    The files of this ticket among `attachments` move to it. Without a department it waits for the triage. `told`: the
    citizen reads its number. Raises StaleVersion, NotAllowed, MissingFields without a description.
    """
    if not description.strip():
        raise MissingFields({"description": "İkinci başvurunun ne hakkında olduğunu yazın."})
    with _locked(ticket, now, version) as row:
        require_staff(parties(actor, row.department.code if row.department else None))
        other = open_ticket(
            report=_report(row, description, category, department), actor=actor, now=now, announce=False
        )
        moved = row.attachments.filter(pk__in=[each.pk for each in attachments]).update(ticket=other)
        append_event(
            row, TicketEvent.Kind.SPLIT, actor=actor, now=now, data={"into": other.number, "files": moved}
        )
        append_event(
            other, TicketEvent.Kind.SPLIT, actor=actor, now=now, data={"from": row.number, "files": moved}
        )
        if told and not (row.restricted or other.restricted):
            ports.channel().confirm(other, now)
    return other


@contextmanager
def _locked(ticket: Ticket, now: datetime, version: int | None) -> Iterator[Ticket]:
    """The talk with the citizen, to whom the number may be told, then the ticket."""
    with transaction.atomic():
        ports.channel().lock([ticket.citizen_id] if ticket.citizen_id else [])
        with locked_ticket(ticket, now, version=version) as row:
            yield row


def _report(
    row: Ticket, description: str, category: Category | None, department: Department | None
) -> Report:
    point = Point(row.lat, row.lon) if row.lat is not None and row.lon is not None else None
    return Report(
        channel=Source(row.channel),
        kind=Kind(row.kind),
        citizen=row.citizen,
        description=description,
        category=category,
        department=department,
        neighbourhood=row.neighbourhood,
        point=point,
        location_source=LocationSource(row.location_source) if row.location_source else "",
        address=row.address,
        place_missing=row.place_missing,
        restricted=row.restricted,
        registry_number=row.registry_number,
        cimer_number=row.cimer_number,
    )
