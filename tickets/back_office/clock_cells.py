"""What pages show of a ticket's clocks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from departments.common.durations import span
from tickets.record.legal_limits import LegalState
from tickets.record.models.ticket import DANGER_TARGET, Ticket, is_open_danger
from tickets.record.statuses import Status

LEGAL_STATES = {
    LegalState.NEAR: "yaklaşıyor",
    LegalState.ESCALATED: "son günler",
    LegalState.OVER: "aşıldı",
}


@dataclass(frozen=True)
class ClockCell:
    """A ticket's time left or overdue; `state` sets the colour."""

    state: str
    text: str


def clock_of(ticket: Ticket, now: datetime) -> ClockCell:
    """The clock of the resolution target, or of the legal limit where there is no target; minutes of a danger."""
    if is_open_danger(ticket):
        return danger_clock(ticket.created_at, ticket.claimed_at, now)
    if ticket.outcome is not None:
        return ClockCell("done", "sonuçlandı")
    due = ticket.resolution_due_at or ticket.legal_due_at
    warn = ticket.resolution_warn_at if ticket.resolution_due_at else ticket.legal_near_at
    waiting_since, warn_at = (each.timestamp() if each else None for each in (ticket.waiting_since, warn))
    return open_clock(ticket.status, due.timestamp(), waiting_since, warn_at, now.timestamp())


def open_clock(
    status: str, due: float, waiting_since: float | None, warn: float | None, now: float
) -> ClockCell:
    """The clock of an open ticket that is no danger, by its status, its target, and when it began to wait.

    Moments are seconds since 1970: the map asks for ten thousand at once.
    """
    if status == Status.WAITING and waiting_since and waiting_since <= due:
        return ClockCell("paused", "süre durdu")
    if due < now:
        return ClockCell("late", f"{span(timedelta(seconds=now - due))} gecikti")
    near = warn is not None and warn <= now
    return ClockCell("near" if near else "fine", f"{span(timedelta(seconds=due - now))} kaldı")


def danger_clock(created_at: datetime, claimed_at: datetime | None, now: datetime) -> ClockCell:
    """How long a danger has waited or did wait for somebody; never a green one."""
    target = span(DANGER_TARGET)
    if claimed_at is None:
        return ClockCell("late", f"{span(now - created_at)} oldu, hedef {target}")
    taken = claimed_at - created_at
    return ClockCell(
        "late" if taken > DANGER_TARGET else "paused", f"{span(taken)} içinde üstlenildi, hedef {target}"
    )
