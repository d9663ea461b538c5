"""The legal time limits: for answering a ticket, by its kind, and of the personal-data law. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from departments.working_time.working_hours import Calendar
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Kind


@dataclass(frozen=True)
class LegalLimit:
    """Days after the first message at which the limit is shown as near, is escalated to the head, and ends."""

    near: int
    warn: int
    due: int
    working: bool = False

    def after(self, start: datetime, days: int, calendar: Calendar) -> datetime:
        """The moment so many days after `start`: to the minute, or the end of a working day of the calendar."""
        return calendar.add_days(start, days) if self.working else start + timedelta(days=days)


PETITION = LegalLimit(near=20, warn=25, due=30)  # Law 3071 art. 7
INFORMATION = LegalLimit(near=10, warn=12, due=15, working=True)  # Law 4982 art. 11
DATA_REQUEST = timedelta(days=30)  # about one's personal data: Law 6698 art. 13
LEAK_REPORT = timedelta(
    hours=72
)  # from knowing of a leak of personal data until the board is told: Law 6698 art. 12


def legal_limit(kind: Kind) -> LegalLimit:
    """The limit for a kind of ticket, the same for tickets forwarded by CİMER."""
    return INFORMATION if kind is Kind.BILGI_EDINME else PETITION


class LegalState(StrEnum):
    """The state of the legal limit: far, near (yellow), escalated to the head (red), over."""

    FAR = "far"
    NEAR = "near"
    ESCALATED = "escalated"
    OVER = "over"


def legal_state(ticket: Ticket, now: datetime) -> LegalState:
    """The state of the ticket's legal limit; FAR once it has an outcome."""
    if ticket.outcome is not None:
        return LegalState.FAR
    stages = (
        (LegalState.OVER, ticket.legal_due_at),
        (LegalState.ESCALATED, ticket.legal_warn_at),
        (LegalState.NEAR, ticket.legal_near_at),
    )
    return next((state for state, at in stages if at is not None and at <= now), LegalState.FAR)
