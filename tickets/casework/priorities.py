"""How pressing a ticket is among the others."""

from datetime import datetime

from tickets.casework.writing import append_event, save, unversioned_lock
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Priority
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff
from tickets.record.workflow import NoSuchTransition


def prioritise(
    *, ticket: Ticket, actor: Actor, now: datetime, priority: Priority, version: int | None = None
) -> Ticket:
    """Sets the priority of an open ticket; what it is already changes nothing. Urgent tickets begin HIGH.

    It is a mark by which staff and other systems filter: clocks and queue go by the targets. Raises NoSuchTransition
    for a ticket that has an outcome, NotAllowed, StaleVersion.
    """
    with unversioned_lock(ticket, version=version) as row:
        if row.outcome is not None:
            raise NoSuchTransition(
                "Sonuçlanmış başvurunun önceliği değiştirilemez. Önce başvuruyu yeniden açın."
            )
        require_staff(parties(actor, row.department.code if row.department else None))
        if row.priority != priority:
            data = {"priority": str(priority), "from_priority": row.priority}
            row.priority = priority
            append_event(row, TicketEvent.Kind.PRIORITY, actor=actor, now=now, data=data)
            save(row, now)
    return row
