"""Claiming a danger to life, and letting it go."""

from datetime import datetime

from tickets.models import Notification, Ticket, TicketEvent
from tickets.permissions import Actor, parties, require_staff
from tickets.services._ticket_rows import append_event, locked_ticket
from tickets.workflow import MissingFields, NoSuchMove, NotAllowed


def claim(*, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    """Somebody takes the danger on. Claiming what one has already changes nothing.

    Raises NotAllowed, and NoSuchMove where there is nothing to claim or somebody else has; its words say who.
    """
    with locked_ticket(ticket, now) as row:
        told = row.notifications.filter(kind=Notification.Kind.DANGER)
        if not told.filter(user=actor.user).exists():
            require_staff(parties(actor, row.department.code if row.department else None))
        if not (row.urgent or row.is_danger):
            raise NoSuchMove("Bu başvuru için üstlenilecek acil bildirim yok.")
        if row.claimed_by is not None and row.claimed_by != actor.user:
            name = row.claimed_by.get_full_name() or row.claimed_by.get_username()
            raise NoSuchMove(f"Bu acil bildirimi {name} üstlendi.")
        if row.claimed_by is None:
            row.claimed_by, row.claimed_at = actor.user, now
            told.filter(acknowledged_at=None).update(acknowledged_at=now)
            append_event(row, TicketEvent.Kind.NOTE, actor=actor, now=now, note="Acil bildirimi üstlendi.")
        told.filter(user=actor.user, seen_at=None).update(seen_at=now)
    return row


def release(*, ticket: Ticket, actor: Actor, now: datetime, reason: str) -> Ticket:
    """Whoever claimed the danger, or a supervisor, lets it go.

    Raises NoSuchMove where nobody has claimed it, NotAllowed, MissingFields without a reason.
    """
    if not reason.strip():
        raise MissingFields({"reason": "Neden bıraktığınızı yazın."})
    with locked_ticket(ticket, now) as row:
        if row.claimed_by is None:
            raise NoSuchMove("Bu acil bildirimi kimse üstlenmemiş.")
        if row.claimed_by != actor.user and not actor.sees_everything:
            raise NotAllowed("Bu acil bildirimi yalnızca üstlenen ya da bir sorumlu bırakabilir.")
        row.claimed_by = row.claimed_at = None
        note = f"Acil bildirimi bıraktı: {reason.strip()}"
        append_event(row, TicketEvent.Kind.NOTE, actor=actor, now=now, note=note)
    return row
