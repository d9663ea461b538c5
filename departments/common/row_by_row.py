"""Runs periodic work row by row: a row that fails stops none of the others.

Each row is processed in a transaction (a savepoint inside another one). One that fails is rolled back, kept as a
RowFailure, and tried again in the next round, after the rows that did not fail. /metrics, `doctor` and the rules in
deploy/alerts.yml tell of it. An outage of the database says nothing about a row: it is raised, and nothing is kept.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from departments.common.database_errors import is_outage
from departments.common.models.row_failures import OF_DANGER, RowFailure, RowWork

Key = TypeVar("Key")
log = logging.getLogger(__name__)

# A failure that nobody has repeated for so long is over: its row is gone. Danger is looked at every few seconds, what
# is past its retention period once a night.
OVER_AFTER = timedelta(hours=26)
OVER_AFTER_IN_DANGER = timedelta(minutes=10)

_KEEP = """
INSERT INTO departments_rowfailure AS known (work, key, since, failed_at, attempts, error)
VALUES (%(work)s, %(key)s, %(now)s, %(now)s, 1, %(error)s)
ON CONFLICT (work, key) DO UPDATE
SET failed_at = excluded.failed_at, attempts = known.attempts + 1, error = excluded.error
RETURNING attempts
"""


def each_row(
    work: RowWork,
    keys: Iterable[Key],
    process: Callable[[Key], object],
    *,
    now: datetime,
    most: int | None = None,
    is_over: Callable[[], bool] = lambda: False,
    are_all: bool = True,
    in_transaction: bool = True,
) -> int:
    """Process the rows with these keys, at most `most` of them and until `is_over`. Return how many succeeded.

    `are_all`: the keys are all rows that are due, so that a failure of any other row is over. `in_transaction`: False
    where `process` commits by itself. Raises what the database raises when it is down.
    """
    failing = set(failing_keys(work))
    due = list(keys)
    if failing:
        due.sort(key=lambda key: str(key) in failing)
        if are_all:
            succeeded(work, failing - {str(key) for key in due})
    done = 0
    for key in due[:most]:
        if is_over():
            break
        try:
            with transaction.atomic() if in_transaction else nullcontext():
                process(key)
        except Exception as error:
            if _is_outage(error):
                raise
            failed(work, str(key), error, now)
            continue
        done += 1
        if str(key) in failing:
            succeeded(work, [str(key)])
    return done


def all_steps(*steps: Callable[[], object]) -> None:
    """Run every step, also after one that failed. Raises the first error afterwards, so that the task counts as failed;
    an outage of the database at once.
    """
    errors: list[Exception] = []
    for step in steps:
        try:
            step()
        except Exception as error:
            if _is_outage(error):
                raise
            log.exception("a step of a periodic task failed")
            errors.append(error)
    if errors:
        raise errors[0]


def failing_keys(work: RowWork) -> list[str]:
    """The keys of the rows that fail at this work."""
    return list(RowFailure.objects.filter(work=work).values_list("key", flat=True))


def current_failures(now: datetime) -> QuerySet[RowFailure]:
    """The failures that are not over, for /metrics and `doctor`."""
    fresh = Q(failed_at__gt=now - OVER_AFTER_IN_DANGER) | ~Q(work__in=OF_DANGER)
    return RowFailure.objects.filter(fresh, failed_at__gt=now - OVER_AFTER)


def failed(work: RowWork, key: str, error: Exception, now: datetime) -> None:
    """Keep that this row failed, and log it: the first, second, fourth, eighth time, as some are tried every second."""
    values: dict[str, Any] = {"work": work, "key": key[:80], "now": now, "error": type(error).__name__[:80]}
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
        attempts = cursor.fetchone()[0]
    if attempts & (attempts - 1) == 0:
        log.error("%s: row %s failed, attempt %s", work, key, attempts, exc_info=error)


def succeeded(work: RowWork, keys: Iterable[str]) -> None:
    """These rows fail no more."""
    RowFailure.objects.filter(work=work, key__in=list(keys)).delete()


def forget(now: datetime) -> None:
    """Delete the failures that are over."""
    RowFailure.objects.filter(failed_at__lt=now - OVER_AFTER).delete()


def _is_outage(error: BaseException | None) -> bool:
    """Whether the database is down, or was when what was done about that failed in turn."""
    while error is not None:
        if is_outage(error):
            return True
        error = error.__context__
    return False
