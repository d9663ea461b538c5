"""Signs of life of what has to happen again and again, as rows: a process that died, or never began, has none.

worker:inbox-1         a worker ended a task, whatever became of it
task:tickets.sweep     a task of the schedule ended well, or failed
traces                 until when of what was sent OpenTelemetry's collector was told (observability/traces.py)
"""

import logging
import math
import time
from collections.abc import Iterable

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from melikgazi.workers.models import Heartbeat

WORKER, TASK = "worker:", "task:"
APART = 10.0  # seconds between two signs of the same: nobody looks more often

log = logging.getLogger(__name__)

_BEAT = """
INSERT INTO melikgazi_heartbeat AS known (name, at, failed_at) VALUES {rows}
ON CONFLICT (name) DO UPDATE SET
    at = CASE WHEN excluded.failed_at IS NULL THEN excluded.at ELSE known.at END,
    failed_at = coalesce(excluded.failed_at, known.failed_at)
"""


def beat(*names: str, failed: str = "") -> None:
    """Each of these happened just now; `failed` did, too, but failed. The first sign of all counts as a success of
    what failed: its age begins there. Raises DatabaseError.
    """
    now = timezone.now()
    rows = [(name, now, None) for name in names] + ([(failed, now, now)] if failed else [])
    statement = _BEAT.format(rows=", ".join(["(%s, %s, %s::timestamptz)"] * len(rows)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for row in rows for value in row])


def expect(names: Iterable[str]) -> None:
    """From now on these are waited for; what is known of them already stays."""
    now = timezone.now()
    Heartbeat.objects.bulk_create([Heartbeat(name=name, at=now) for name in names], ignore_conflicts=True)


class WorkerHeartbeat:
    """Of one worker, and of the tasks of the schedule that it does; no more often than APART says. A database that is
    ill, or has no such table yet, keeps nobody from working.
    """

    def __init__(self, worker: str) -> None:
        self._worker = f"{WORKER}{worker}"
        self._scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
        self._told: dict[str, float] = {}

    def ended(self, task: str, *, well: bool) -> None:
        """A task ended just now."""
        name = f"{TASK}{task}" if task in self._scheduled else ""
        due = [each for each in (self._worker, name if well else "") if each and self._is_due(each)]
        failed = "" if well else name
        if not due and not failed:
            return
        try:
            beat(*due, failed=failed)
        except DatabaseError as error:
            log.warning("no sign of life written: %s", type(error).__name__)
            connection.close()
        self._told |= dict.fromkeys(due, time.monotonic())

    def _is_due(self, name: str) -> bool:
        return time.monotonic() >= self._told.get(name, -math.inf) + APART
