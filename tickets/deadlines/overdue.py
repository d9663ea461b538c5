"""Which tickets are past their target; for the queue, REST, reports and metrics."""

from datetime import datetime

from django.db.models import F, Q

from tickets.record.statuses import Status


def late(now: datetime) -> Q:
    """Past the resolution target, for open tickets. While a ticket waits for the citizen its clock is paused."""
    running = ~Q(status=Status.WAITING) & Q(resolution_due_at__lt=now)
    paused = Q(status=Status.WAITING, resolution_due_at__lt=F("waiting_since"))
    return running | paused


def overdue(now: datetime) -> Q:
    """Open and past the resolution target."""
    return Q(outcome__isnull=True) & late(now)
