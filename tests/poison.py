"""Rows that the database refuses to change: a fault of one row, as code that nobody foresaw would raise it."""

from django.db import connection, models

_REFUSE = """
CREATE OR REPLACE FUNCTION refuse_poisoned() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'poisoned'; END $$
"""


def poison(table: type[models.Model], condition: str, *, on: str = "INSERT OR UPDATE OR DELETE") -> None:
    """From now on writing a row of the table raises where `condition` (over NEW or OLD) holds."""
    with connection.cursor() as cursor:
        cursor.execute(_REFUSE)
        cursor.execute(
            f"CREATE OR REPLACE TRIGGER poisoned BEFORE {on} ON {table._meta.db_table} "
            f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse_poisoned()"
        )


def cure(table: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER poisoned ON {table._meta.db_table}")
