"""Has the server plan each statement once for all tests of a process, not anew each time that it comes.

Most of what the database has to do for the tests is planning: the rows are few, the statements long. The application
has them planned each time, or kept as melikgazi/workers/parent.py says; the rows that they find are the same.
"""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.signals import connection_created
from psycopg._preparing import PrepareManager

MOST = 3_000  # statements that a connection keeps


def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the next connection of Django on."""
    monkeypatch.setattr(PrepareManager, "prepared_max", MOST)
    # psycopg forgets all of them at every ROLLBACK, to a savepoint too, with which each test ends. PostgreSQL does not,
    # and plans anew what a changed table concerns.
    monkeypatch.setattr(PrepareManager, "_should_discard", lambda *_: False)
    connection_created.connect(_keep_plans)
    connection.close()


def _keep_plans(connection: Any, **_signal: object) -> None:
    connection.connection.prepare_threshold = 1
    if settings.DATABASE_POOLED:
        return  # behind a pooler nothing is said for longer than a transaction
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
