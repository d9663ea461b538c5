"""Where reports read: from the replica while it answers and follows, else from the primary."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections

log = logging.getLogger(__name__)

ASKED_AGAIN_SECONDS = 10  # so long nobody waits for one that did not answer
# A replica that has replayed all that it received follows, however long nothing was written.
_LAG = """
SELECT CASE
    WHEN NOT pg_is_in_recovery() THEN 0
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
    ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 1000000)
END
"""
_silent_until = 0.0
_primary_alone = ContextVar("primary_alone", default=False)


@contextmanager
def primary_alone(wanted: bool) -> Iterator[None]:
    """Within, and where `wanted`, no report reads from the replica: it may lack what its reader has just written."""
    token = _primary_alone.set(wanted)
    try:
        yield
    finally:
        _primary_alone.reset(token)


def reports_database() -> str:
    """The alias of the database from which a report is to be read now."""
    if _primary_alone.get():
        return DEFAULT_DB_ALIAS
    return settings.REPORTS_DATABASE if replica_follows() else DEFAULT_DB_ALIAS


def replica_follows() -> bool:
    """Whether the replica answers and is not too far behind (DATABASE_REPLICA_MAX_LAG).

    True without one: reports then read the primary anyway.
    """
    global _silent_until  # noqa: PLW0603 - of this process
    if settings.REPORTS_DATABASE == DEFAULT_DB_ALIAS:
        return True
    if monotonic() < _silent_until:
        return False
    try:
        lag = replica_lag()
    except Error as error:
        log.warning("the replica does not answer, reports read the primary: %s", type(error).__name__)
        connections[settings.REPORTS_DATABASE].close()
        _silent_until = monotonic() + ASKED_AGAIN_SECONDS
        return False
    follows: bool = lag <= settings.REPLICA_MAX_LAG
    if not follows:
        log.warning("the replica is %d seconds behind, reports read the primary", lag)
    return follows


def replica_lag() -> float:
    """By how many seconds the replica is behind. Raises Error where it does not answer."""
    with connections[settings.REPORTS_DATABASE].cursor() as cursor:
        cursor.execute(_LAG)
        return float(cursor.fetchone()[0])
