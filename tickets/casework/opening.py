"""Opening a ticket: its clocks, its first entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten
from typing import Any, Literal, NamedTuple

from django.db import transaction

from departments.common.bulk_insert import insert
from departments.models import Agency, Category, Department, Neighbourhood, TargetVersion
from departments.places.points import Point
from departments.reference import current_target
from departments.text.identity_numbers import masked
from tickets.casework.attachment_rows import ReceivedFile, file_rows
from tickets.casework.numbering import number
from tickets.casework.transitions import Details, make_transition
from tickets.casework.waiting_since import count_waiting
from tickets.casework.writing import append_events, new_event, wake_channel_on_commit
from tickets.deadlines.clocks import set_clocks
from tickets.notifications.notifications import notify_of_work
from tickets.record.models.attachments import Attachment
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Kind, LocationSource, Priority, Source
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor
from tickets.record.statuses import Status

SUMMARY_LENGTH = 120


@dataclass(frozen=True, kw_only=True)
class Report:
    """What is known of a request when its ticket is opened.

    Missing place or words are flagged, not waited for. `danger` is the key of its kind, `proposed_agency` whose job it
    may be, `routed` the router's suggestion as it was, `registry_number` and `cimer_number` how it is known elsewhere.
    """

    channel: Source
    kind: Kind
    description: str = ""
    summary: str = ""
    citizen: Citizen | None = None
    category: Category | None = None
    department: Department | None = None
    neighbourhood: Neighbourhood | None = None
    point: Point | None = None
    location_source: LocationSource | Literal[""] = ""
    address: str = ""
    urgent: bool = False
    urgent_reason: str = ""
    danger: str = ""
    danger_unsure: bool = False
    restricted: bool = False
    registry_number: str = ""
    cimer_number: str = ""
    place_missing: bool = False
    description_missing: bool = False
    proposed_agency: Agency | None = None
    routed: dict[str, Any] | None = None

    def as_ticket(self) -> Ticket:
        """An unsaved ticket that says so much, T.C. identity numbers hidden."""
        facts = {name: value for name, value in vars(self).items() if name != "point"}
        facts["description"] = masked(self.description.strip())
        facts["priority"] = Priority.HIGH if self.urgent else Priority.NORMAL
        facts["summary"] = summarised(self.summary or facts["description"])
        if self.point:
            facts |= {"lat": self.point.lat, "lon": self.point.lon}
        return Ticket(**facts)


class Opened(NamedTuple):
    """A ticket that was opened, its first entry, and the attachments of the files that came with it."""

    ticket: Ticket
    created: TicketEvent
    attachments: list[Attachment]


def open_ticket(*, report: Report, actor: Actor, now: datetime, announce: bool = True) -> Ticket:
    """Opens a ticket that comes without files, as `open_report` does, and returns it."""
    return open_report(report=report, actor=actor, now=now, announce=announce).ticket


def open_report(
    *,
    report: Report,
    actor: Actor,
    now: datetime,
    announce: bool = True,
    files: Sequence[ReceivedFile] = (),
) -> Opened:
    """Opens a ticket under the next number of the year, with its files.

    With a department it is sent there at once and quietly, unless a person has to look first: when it is urgent, or
    when it is proposed for another agency. The year's number is the last lock taken, and it is held until the
    caller's transaction ends: open the ticket late in it. All else is computed before, and each row is written once.
    """
    ticket = new_ticket(report, current_target(report.category) if report.category else None, now)
    created = new_event(
        ticket, TicketEvent.Kind.CREATED, actor=actor, now=now, announce=announce, to_status=Status.NEW
    )
    events = [created]
    if report.department is not None and report.proposed_agency is None and not report.urgent:
        details = Details(department=report.department)
        events.append(make_transition(ticket, Status.ASSIGNED, details, Actor.system(), now))
    of_files, attachments = file_rows(ticket, files, actor, now)
    with transaction.atomic(
        savepoint=False
    ):  # half a ticket is none: what fails here undoes the caller's work, too
        number(ticket, now)
        count_waiting(ticket, events)
        insert([ticket])
        append_events(ticket, events + of_files)
        Attachment.objects.bulk_create(attachments)
        if ticket.status == Status.ASSIGNED:
            notify_of_work(ticket, now)
        wake_channel_on_commit()
    return Opened(ticket, created, attachments)


def new_ticket(report: Report, target: TargetVersion | None, now: datetime) -> Ticket:
    """An unsaved ticket as it begins, still without a number."""
    ticket = report.as_ticket()
    ticket.status, ticket.created_at, ticket.updated_at = Status.NEW, now, now
    set_clocks(ticket, target, now)
    return ticket


def summarised(text: str) -> str:
    """The text on one line of at most 120 characters, cut between words."""
    return shorten(text, SUMMARY_LENGTH, placeholder="…")
