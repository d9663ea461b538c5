"""Brings the database back to what the migrations made of it, after a test of real transactions.

Django's `flush` truncates a hundred tables, each with new files for itself and its indexes, and has the permissions of
all models made anew: ten times the work. It takes away what the migrations wrote, too.
"""

import pytest
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase

Rows = dict[str, bytes]  # by table, as COPY writes them

# The lock waits for whoever still writes; as a replica no trigger refuses and no foreign key looks.
EMPTY = """
DO $$
DECLARE
    name text;
    names text[] := ARRAY(SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename);
    filled boolean;
BEGIN
    EXECUTE 'LOCK TABLE ' || (SELECT string_agg(format('public.%I', each), ', ') FROM unnest(names) each)
        || ' IN SHARE ROW EXCLUSIVE MODE';
    SET LOCAL session_replication_role = replica;
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM public.%I', name);
        END IF;
    END LOOP;
END $$
"""
REVISE = "UPDATE departments_referencerevision SET value = nextval('departments_referencerevision_value')"


def instead_of_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on no test of real transactions is followed by a `flush`, where the server lets us (as superuser)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            return
        rows = _rows(cursor)
    monkeypatch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: _empty(rows))


def _rows(cursor: CursorWrapper) -> Rows:
    kept = {}
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in cursor.fetchall():
        with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
            kept[table] = b"".join(bytes(block) for block in copy)
    return {table: rows for table, rows in kept.items() if rows}


def _empty(as_migrated: Rows) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(EMPTY)
        for table, rows in as_migrated.items():
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(rows)
        cursor.execute(REVISE)
