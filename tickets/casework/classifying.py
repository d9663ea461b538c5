"""Saying what a ticket is about."""

from datetime import datetime

from departments.models import Category
from departments.routing.route import Suggestion
from tickets.casework.router_corrections import forget_corrections, keep_correction
from tickets.casework.transitions import Details, transition
from tickets.casework.writing import append_event, locked_ticket
from tickets.deadlines.clocks import record_breaches, resume, set_targets_anew, stood_still
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Priority
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff
from tickets.record.statuses import Status
from tickets.record.workflow import NoSuchTransition


def classify(
    *, ticket: Ticket, category: Category, actor: Actor, now: datetime, version: int | None = None
) -> Ticket:
    """Gives an open ticket another category, and with it the department that answers for it.

    Another department is the transition to ASSIGNED and refused as that transition is; a category that is another
    agency's job sends the ticket nowhere and proposes the agency while it stands in the triage. Targets are the new
    category's, counted from the opening less the pauses there were; what was missed until now stays missed. Raises
    NoSuchTransition for a ticket that has an outcome, NotAllowed, StaleVersion.
    """
    with locked_ticket(ticket, now, version=version) as row:
        if row.outcome is not None:
            raise NoSuchTransition(
                "Sonuçlanmış başvurunun konusu değiştirilemez. Önce başvuruyu yeniden açın."
            )
        require_staff(parties(actor, row.department.code if row.department else None))
        before = row.category.code if row.category else ""
        record_breaches(row, now)
        still, waiting_since = stood_still(row), row.waiting_since
        row.category = category
        data = {"category": category.code, "from_category": before}
        append_event(row, TicketEvent.Kind.CLASSIFIED, actor=actor, now=now, data=data)
        keep_correction(row, category, actor, now)
        if category.restricted:
            forget_corrections(row)
        if category.agency is not None:
            row.proposed_agency = category.agency if row.status == Status.NEW else None
        elif category.department != row.department or row.status == Status.NEW:
            transition(row, Status.ASSIGNED, Details(department=category.department), actor, now)
        set_targets_anew(row, still)
        if waiting_since is not None and row.waiting_since is None:  # the transition ended a pause
            resume(row, waiting_since, now)
    return row


def name_subject(*, ticket: Ticket, category: Category, suggestion: Suggestion, now: datetime) -> Ticket:
    """What the line makes of a ticket without a subject once its citizen has told more: what it would have made of all
    those words at first. Nothing where somebody was there before.
    """
    with locked_ticket(ticket, now) as row:
        if row.category is not None or row.proposed_agency is not None or row.status != Status.NEW:
            return row
        line = Actor.system()
        row.category, row.routed = category, suggestion.dump()
        if suggestion.urgent and not row.urgent:
            row.urgent, row.urgent_reason, row.priority = True, suggestion.urgent_reason, Priority.HIGH
        data = {"category": category.code, "from_category": ""}
        append_event(row, TicketEvent.Kind.CLASSIFIED, actor=line, now=now, data=data)
        if category.agency is not None:
            row.proposed_agency = category.agency
        elif not row.urgent:
            transition(row, Status.ASSIGNED, Details(department=category.department), line, now)
        set_targets_anew(row, stood_still(row))
    return row
