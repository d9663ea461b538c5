"""The clocks beside a ticket's thread: first action, resolution, the legal limit."""

from dataclasses import dataclass
from datetime import datetime

from departments.common.durations import span
from tickets.back_office.clock_cells import LEGAL_STATES
from tickets.record.legal_limits import LegalState, legal_state
from tickets.record.models.ticket import Ticket
from tickets.record.statuses import Status


@dataclass(frozen=True)
class ClockLine:
    """One clock of the ticket; `state`, which sets the colour, is done, fine, near, late or paused."""

    name: str
    state: str
    text: str
    due_at: datetime


def clocks(ticket: Ticket, now: datetime) -> list[ClockLine]:
    """The clocks of first action and resolution where the category has targets, and the legal limit.

    None of a danger: its target is minutes (danger/ticket_panel.py).
    """
    if ticket.is_danger:
        return []
    found = []
    if ticket.first_action_due_at:
        done = ticket.first_action_at or ticket.outcome_at
        found.append(_clock("İlk işlem", ticket.first_action_due_at, ticket.first_action_warn_at, done, now))
    if ticket.resolution_due_at:
        paused = ticket.waiting_since if ticket.status == Status.WAITING else None
        found.append(
            ClockLine("Çözüm", "paused", "vatandaşı bekliyor", ticket.resolution_due_at)
            if paused and paused <= ticket.resolution_due_at
            else _clock(
                "Çözüm", ticket.resolution_due_at, ticket.resolution_warn_at, ticket.outcome_at, paused or now
            )
        )
    legal = legal_state(ticket, now)
    state = {LegalState.FAR: "fine", LegalState.OVER: "late"}.get(legal, "near")
    text = LEGAL_STATES.get(legal) or f"{span(ticket.legal_due_at - now)} kaldı"
    if ticket.outcome is not None:
        state, text = "done", "sonuçlandı"
    return [*found, ClockLine("Yasal süre", state, text, ticket.legal_due_at)]


def _clock(
    name: str, due: datetime, warn: datetime | None, done: datetime | None, now: datetime
) -> ClockLine:
    if done is not None:
        return ClockLine(
            name, "late" if done > due else "done", "geç yapıldı" if done > due else "yapıldı", due
        )
    if due < now:
        return ClockLine(name, "late", f"{span(now - due)} gecikti", due)
    return ClockLine(name, "near" if warn and warn <= now else "fine", f"{span(due - now)} kaldı", due)
