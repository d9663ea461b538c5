"""One step brings the tables up to date: alone, without making anybody wait, and as often as one likes."""

import io
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.core.management.commands import migrate
from django.db import OperationalError, connection, connections
from django.db.migrations import Migration
from psycopg.errors import DeadlockDetected, LockNotAvailable

from departments.models import Department
from melikgazi.database.schema import LAST_RELEASE
from melikgazi.management.commands import update_database
from melikgazi.management.commands.update_database import LOCK, Command
from melikgazi.models import OldestRelease
from tests.timeouts import PATIENCE
from tests.tooling.trial import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.direct]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update_database, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(update_database, "TRIES", 3)


@pytest.fixture
def beside() -> Iterator["psycopg.Connection[Any]"]:
    """Somebody else's connection."""
    connection.ensure_connection()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        yield other


def update(stderr: io.StringIO | None = None) -> None:
    call_command("update_database", verbosity=0, interactive=False, stderr=stderr or io.StringIO())


@pytest.mark.slow
def test_it_loads_what_is_missing_and_says_whose_code_can_live_on_the_tables() -> None:
    update()
    update()
    assert Department.objects.exists()
    assert dict(OldestRelease.objects.values_list("app", "migration")) == LAST_RELEASE


@pytest.mark.slow
def test_whoever_comes_second_waits_for_the_first(beside: "psycopg.Connection[Any]") -> None:
    beside.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    said = io.StringIO()

    def second() -> None:
        update(said)
        connections.close_all()

    waiting = threading.Thread(target=second)
    waiting.start()
    told = eventually(lambda: "Başka bir güncelleme sürüyor" in said.getvalue())
    began = OldestRelease.objects.exists()
    beside.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    waiting.join(PATIENCE)
    assert told
    assert not began
    assert OldestRelease.objects.exists()


def test_an_index_need_not_wait_for_its_lock(beside: "psycopg.Connection[Any]") -> None:
    """Which is a transaction that stays open as long as the indexes are made."""
    beside.execute("CREATE TABLE trial (number int)")
    try:
        with Command()._alone():
            beside.execute(f"SET statement_timeout = '{PATIENCE:.0f}s'")
            beside.execute("CREATE INDEX CONCURRENTLY trial_index ON trial (number)")
    finally:
        beside.execute("DROP TABLE trial")


@pytest.mark.slow
def test_an_index_that_was_left_half_made_is_taken_away(beside: "psycopg.Connection[Any]") -> None:
    beside.execute("CREATE TABLE trial (number int)")
    try:
        beside.execute("INSERT INTO trial VALUES (1), (1)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            beside.execute("CREATE UNIQUE INDEX CONCURRENTLY trial_index ON trial (number)")
        update()
        assert beside.execute("SELECT to_regclass('trial_index')").fetchone() == (None,)
    finally:
        beside.execute("DROP TABLE trial")


@pytest.mark.parametrize(("atomic", "seconds"), [(True, "3s"), (False, "0")])
def test_a_migration_waits_for_a_lock_only_where_nobody_waits_behind_it(atomic: bool, seconds: str) -> None:
    given = type("Migration", (Migration,), {"atomic": atomic})("0001_trial", "tickets")
    command = Command()
    command.migration_progress_callback("apply_start", given)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == (seconds,)
    command._wait_for_locks_at_most(0)


@pytest.mark.slow
@pytest.mark.parametrize("why", [LockNotAvailable, DeadlockDetected])
def test_a_migration_without_its_lock_is_tried_again(
    why: type[psycopg.Error], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = refusing(monkeypatch, times=2, why=why)
    update()
    assert len(tries) == 3


def test_it_gives_up_when_a_table_is_never_free(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, times=3)
    with pytest.raises(CommandError, match="hep kullanımdaydı"):
        update()


def refusing(
    monkeypatch: pytest.MonkeyPatch, times: int, why: type[psycopg.Error] = LockNotAvailable
) -> list[int]:
    """The next migrations get no lock, so many times."""
    tries: list[int] = []

    def handle(*_: Any, **__: Any) -> None:
        tries.append(1)
        if len(tries) <= times:
            raise OperationalError from why()

    monkeypatch.setattr(migrate.Command, "handle", handle)
    return tries
