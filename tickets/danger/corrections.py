"""Correcting how dangerous a report is, and which kind of danger it tells of."""

from datetime import datetime

from departments.danger_reader import corrections
from departments.danger_reader.kinds import kinds
from departments.models import DangerCorrection
from tickets.casework.router_corrections import forget_corrections
from tickets.casework.writing import append_event, save, unversioned_lock
from tickets.notifications.models import Notification
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Priority
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff
from tickets.record.workflow import MissingFields


def correct_danger(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    danger: str,
    urgent: bool,
    restricted: bool,
    version: int | None = None,
) -> Ticket:
    """Gives the ticket another kind of danger (a key of kinds.toml; empty: none), and says whether the work is urgent.

    A danger to life is always urgent and a restricted kind always restricted, unless it may have happened before
    everybody; without danger nothing is. What is urgent no more loses the high priority that it began with. What it is
    already, surely, changes nothing. Possible after the end, too: the reader learns from it. Raises MissingFields for
    an unknown kind, NotAllowed, StaleVersion.
    """
    if danger and danger not in kinds():
        raise MissingFields({"danger": "Böyle bir tehlike türü yok."})
    urgent = urgent or bool(danger)
    always = bool(danger) and kinds()[danger].restricted and not kinds()[danger].open_outdoors
    restricted = bool(danger) and (restricted or always)
    with unversioned_lock(ticket, version=version) as row:
        require_staff(parties(actor, row.department.code if row.department else None))
        if (danger, urgent, restricted, False) == (
            row.danger, row.urgent, row.restricted, row.danger_unsure,
        ):  # fmt: skip
            return row
        data = {
            "danger": danger, "from_danger": row.danger,
            "urgent": urgent, "from_urgent": row.urgent,
            "restricted": restricted, "from_restricted": row.restricted,
        }  # fmt: skip
        said = corrections.level_of(row.danger, unsure=row.danger_unsure, urgent=row.urgent)
        said_kind, was_urgent = row.danger, row.urgent
        row.danger, row.urgent, row.restricted, row.danger_unsure = danger, urgent, restricted, False
        if not urgent:
            row.urgent_reason = ""
            if was_urgent and row.priority == Priority.HIGH:
                row.priority = Priority.NORMAL
        if not danger:
            _ring_no_more(row, now)  # urgent work begins anew, for those whose work it is
        append_event(row, TicketEvent.Kind.DANGER, actor=actor, now=now, data=data)
        _keep_correction(row, said, said_kind, actor, now)
        if row.restricted:
            forget_corrections(row)
        save(row, now)
    return row


def _ring_no_more(row: Ticket, now: datetime) -> None:
    row.notifications.filter(kind=Notification.Kind.DANGER, acknowledged_at=None).update(acknowledged_at=now)


def _keep_correction(
    row: Ticket, said: DangerCorrection.Level, said_kind: str, actor: Actor, now: datetime
) -> None:
    """What the reader is to learn. The words of a ticket that stays restricted are kept nowhere beside it."""
    level = corrections.level_of(row.danger, unsure=False, urgent=row.urgent)
    if row.restricted or (level, row.danger) == (said, said_kind):
        return
    correction = DangerCorrection(
        text=row.description,
        said_level=said,
        said_kind=said_kind,
        level=level,
        kind=row.danger,
        user=actor.user,
        at=now,
    )
    corrections.keep(correction, names=[row.citizen.name] if row.citizen and row.citizen.name else [])
