"""What the database's planner keeps of values: the commonest of each column, and some between, as they stand."""

import logging

from django.apps import apps
from django.db import Error, connection, transaction

log = logging.getLogger(__name__)

# Keys are left out: no text of anybody stands in them, and the tables that they join would be locked, too.
# Seconds for a lock on a table: nobody who writes to it waits behind this for longer.
_LOCK = "1s"
_EMPTIED = """
    SELECT kept.attname, format_type(columns.atttypid, columns.atttypmod) FROM pg_stats kept
    JOIN pg_attribute columns ON columns.attrelid = %s::regclass AND columns.attname = kept.attname
    WHERE kept.schemaname = current_schema() AND kept.tablename = %s
        AND NOT EXISTS (
            SELECT FROM pg_constraint WHERE contype = 'f' AND (
                (conrelid = columns.attrelid AND columns.attnum = ANY (conkey))
                OR (confrelid = columns.attrelid AND columns.attnum = ANY (confkey))
            )
        )
"""


def forget_samples() -> None:
    """Has the samples of every table taken anew, so that nothing stands in them that was erased.

    ANALYZE replaces what was kept of a column by values that are there now; of a table that has no rows any more it
    changes nothing, so its samples are dropped. Statistics could be switched off for the columns with personal data
    instead, but that would keep the samples taken before, and plans need those columns. A table that is locked, or
    cannot be read now, is left to the next call.
    """
    for table in sorted({model._meta.db_table for model in apps.get_models() if model._meta.managed}):
        try:
            with transaction.atomic():
                _renew(table)
        except Error as error:
            log.warning("statistics not renewed: %s", type(error).__name__, extra={"table": table})


def _renew(table: str) -> None:
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK}'")
        cursor.execute(f"ANALYZE {name}")
        cursor.execute(f"SELECT EXISTS (SELECT FROM {name})")  # noqa: S608 - a table of ours, quoted
        if not cursor.fetchone()[0]:
            _drop(table)


def _drop(table: str) -> None:
    """Drops the samples of an empty table: a column that is given its own type again has none."""
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(_EMPTIED, [name, table])
        kept = cursor.fetchall()
        if not kept:
            return
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # what is still to be checked forbids to change a table
        changes = ", ".join(f"ALTER {connection.ops.quote_name(column)} TYPE {kind}" for column, kind in kept)
        cursor.execute(f"ALTER TABLE {name} {changes}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
