"""Until when the law wants an answer: the outer limit of a ticket, by what it is in law. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from departments.clock import Calendar
from tickets.models import Kind, Ticket


@dataclass(frozen=True)
class LegalLimit:
    """Days from the first message on: when staff see it come near, when the head is told, and the last one."""

    near: int
    warn: int
    due: int
    working: bool = False

    def after(self, start: datetime, days: int, calendar: Calendar) -> datetime:
        """The moment so many days after `start`: to the minute, or the end of a working day of the calendar."""
        return calendar.add_days(start, days) if self.working else start + timedelta(days=days)


PETITION = LegalLimit(near=20, warn=25, due=30)  # Law 3071 art. 7
INFORMATION = LegalLimit(near=10, warn=12, due=15, working=True)  # Law 4982 art. 11


def legal_limit(kind: Kind) -> LegalLimit:
    """The limit for a kind of ticket. What CİMER forwards is one of them, too, and keeps its limit."""
    return INFORMATION if kind is Kind.BILGI_EDINME else PETITION


class LegalState(StrEnum):
    """How near the end by law is: nothing to say, yellow, red (the head was told), over."""

    FAR = "far"
    NEAR = "near"
    ESCALATED = "escalated"
    OVER = "over"


def legal_state(ticket: Ticket, now: datetime) -> LegalState:
    """Of an open ticket; one that has its outcome is in no hurry."""
    if ticket.outcome is not None:
        return LegalState.FAR
    stages = (
        (LegalState.OVER, ticket.legal_due_at),
        (LegalState.ESCALATED, ticket.legal_warn_at),
        (LegalState.NEAR, ticket.legal_near_at),
    )
    return next((state for state, at in stages if at is not None and at <= now), LegalState.FAR)
