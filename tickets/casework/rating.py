"""How satisfied the citizen is."""

from datetime import datetime

from tickets.casework.writing import append_event, locked_ticket
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor
from tickets.record.statuses import Outcome
from tickets.record.workflow import NoSuchTransition


def rate(*, ticket: Ticket, actor: Actor, now: datetime, score: int, comment: str = "") -> Ticket:
    """Keeps how satisfied the citizen is, 1 to 5; a later rating replaces it, an empty comment keeps the former one.

    Raises ValueError for another score, NoSuchTransition when the ticket was not resolved or is open again.
    """
    if score not in range(1, 6):
        raise ValueError("a score is 1 to 5")
    with locked_ticket(ticket, now) as row:
        if row.outcome != Outcome.RESOLVED:
            raise NoSuchTransition("Yalnızca çözülmüş başvuru değerlendirilir.")
        row.satisfaction_score, row.rated_at = score, now
        row.satisfaction_comment = comment.strip() or row.satisfaction_comment
        data = {"score": score, "comment": comment.strip()}
        append_event(row, TicketEvent.Kind.RATED, actor=actor, now=now, data=data)
    return row
