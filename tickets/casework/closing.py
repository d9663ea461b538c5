"""Closing by itself what was settled and nobody reopened."""

import contextlib
from datetime import datetime, timedelta

from departments.common.row_by_row import each_row
from departments.models import RowWork
from tickets.casework.transitions import change_status
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor
from tickets.record.statuses import SETTLED, Status
from tickets.record.workflow import TransitionError

CLOSE_AFTER = timedelta(days=7)
CLOSE_BATCH = 500


def close_settled(*, now: datetime) -> int:
    """Closes what was settled seven days ago and nobody reopened; returns how many (at most 500 a call).

    Each in its own transaction. One that somebody is changing at this moment is left for the next call.
    """
    due = Ticket.objects.filter(status__in=SETTLED, outcome_at__lte=now - CLOSE_AFTER).order_by("outcome_at")
    closed = 0

    def close(key: int) -> None:
        nonlocal closed
        ticket = due.filter(pk=key).first()
        if ticket is None:
            return
        with contextlib.suppress(TransitionError):
            change_status(
                ticket=ticket, to=Status.CLOSED, actor=Actor.scheduler(), now=now, version=ticket.version
            )
            closed += 1

    each_row(RowWork.CLOSING, due.values_list("pk", flat=True), close, now=now, most=CLOSE_BATCH)
    return closed
