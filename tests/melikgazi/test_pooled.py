"""Behind a pooler (bin/test --pooled) what is said to the database is forgotten with its transaction."""

import os

import psycopg
import pytest
from django.db import connection, transaction

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(os.environ.get("DATABASE_POOLED") != "on", reason="only with bin/test --pooled"),
]
PID = "SELECT pg_backend_pid()"


def server() -> int:
    """The process that answers now."""
    with connection.cursor() as cursor:
        cursor.execute(PID)
        return int(cursor.fetchone()[0])


def test_each_transaction_may_have_another_connection_and_keeps_it_to_its_end() -> None:
    parameters = connection.get_connection_params()
    parameters = {name: parameters[name] for name in ("dbname", "user", "host") if name in parameters}
    with psycopg.connect(**parameters) as other:  # so that there are two connections to the server
        [(held,)] = other.execute(PID).fetchall()
        with transaction.atomic():
            assert server() == server() != held
    assert len({server() for _ in range(4)}) > 1
