"""Behind a pooler (bin/test --pooled) what is said to the database is forgotten with its transaction."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import Settings

from melikgazi.database.direct_database import directly
from tooling.test import POOLED

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


@pytest.fixture
def held(transactional_db: None) -> Iterator[int]:
    """The process that answers somebody else now, so that the pooler has two connections to the server."""
    parameters = connection.get_connection_params()
    parameters = {name: parameters[name] for name in ("dbname", "user", "host") if name in parameters}
    with psycopg.connect(**parameters) as other:
        [(pid,)] = other.execute(PID).fetchall()
        with transaction.atomic():
            server()
        yield pid


def test_each_transaction_may_have_another_connection_and_keeps_it_to_its_end(held: int) -> None:
    with transaction.atomic():
        assert server() == server() != held


@pytest.fixture
def direct(transactional_db: None, settings: Settings) -> None:
    """The server's own address, with the name that the database of the tests has."""
    settings.DATABASE_DIRECT = settings.DATABASE_DIRECT | {"NAME": connection.settings_dict["NAME"]}


def test_what_goes_past_the_pooler_has_a_session_of_its_own(direct: None, held: int) -> None:
    with directly():
        own = server()
        assert {server() for _ in range(4)} == {own}
    assert server() not in (own, held)


@pytest.mark.usefixtures("direct")
def test_a_backup_and_its_verification_leave_nothing_in_what_others_are_given(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    call_command("backup", str(tmp_path / "yedek.tar.gz"), verify=True)
    found = set()
    for _ in range(2 * POOLED):  # whoever has rested longest is given next
        with connection.cursor() as cursor:
            cursor.execute("SHOW search_path")
            found.add(cursor.fetchone()[0])
    assert found == {'"$user", public'}
