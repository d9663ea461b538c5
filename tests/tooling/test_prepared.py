"""A database made once for this code, copied into empty data directories, and trusted as long as nothing changed."""

import threading
from pathlib import Path

import psycopg
import pytest

from tests.tooling.trial import database_of
from tooling import prepared, services
from tooling.processes import ProgramError


@pytest.fixture
def shelf(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where prepared databases lie, none so far; each is a file and a mark."""
    monkeypatch.setattr(prepared, "SHELF", directory / "shelf")
    monkeypatch.setattr(prepared, "make", make)
    return directory / "shelf"


def make(directory: Path) -> None:
    (directory / "postgres").mkdir()
    (directory / "postgres" / "PG_VERSION").write_text("18")
    (directory / prepared.MIGRATED).mkdir()
    (directory / prepared.MIGRATED / "PG_VERSION").write_text("18, not loaded")
    (directory / prepared.MARK).write_text("as it should be")


def empty(directory: Path, name: str = "data") -> Path:
    data = directory / name
    data.mkdir()
    return data


def test_an_empty_directory_gets_the_prepared_database_and_its_mark(shelf: Path, directory: Path) -> None:
    data = empty(directory)
    prepared.fill(data)
    assert (data / "postgres" / "PG_VERSION").read_text() == "18"
    assert (data / prepared.MARK).read_text() == "as it should be"


def test_a_directory_that_lost_its_database_is_not_given_an_empty_one(shelf: Path, directory: Path) -> None:
    data = empty(directory)
    (data / "postgres.made").touch()
    prepared.fill(data)
    assert not (data / "postgres").exists()


def test_the_tests_begin_with_a_database_into_which_nothing_was_loaded(shelf: Path, directory: Path) -> None:
    server = database_of(empty(directory))
    assert prepared.give_migrated(server)
    assert (server.directory / "PG_VERSION").read_text() == "18, not loaded"


def test_where_none_can_be_made_the_tests_migrate_their_own(
    shelf: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> None:
        raise ProgramError("no room")

    monkeypatch.setattr(prepared, "make", fail)
    server = database_of(empty(directory))
    assert not prepared.give_migrated(server)
    assert not server.had_one()


def test_what_was_made_for_other_code_is_cleared_away(shelf: Path, directory: Path) -> None:
    (shelf / "0123456789abcdef" / "postgres").mkdir(parents=True)
    (shelf / "new").mkdir()  # whoever made it was killed
    prepared.fill(empty(directory))
    assert [path.name for path in shelf.iterdir()] == [prepared.digest()]


def test_where_none_can_be_made_the_start_goes_on_without(
    shelf: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> None:
        raise ProgramError("no room")

    monkeypatch.setattr(prepared, "make", fail)
    data = empty(directory)
    prepared.fill(data)
    assert list(data.glob("postgres*")) == []


def test_two_that_start_at_once_make_one_and_both_have_it(
    shelf: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    both = threading.Barrier(2)

    def make_slowly(folder: Path) -> None:
        made.append(folder)
        threading.Event().wait(0.2)
        make(folder)

    def start(data: Path) -> None:
        both.wait()
        prepared.fill(data)

    monkeypatch.setattr(prepared, "make", make_slowly)
    places = [empty(directory, "one"), empty(directory, "two")]
    starts = [threading.Thread(target=start, args=[data]) for data in places]
    for each in starts:
        each.start()
    for each in starts:
        each.join()
    assert len(made) == 1
    assert all((data / "postgres" / "PG_VERSION").exists() for data in places)


def test_a_migration_that_changes_makes_another_database(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration = directory / "tickets" / "migrations" / "0001_initial.py"
    migration.parent.mkdir(parents=True)
    migration.write_text("before")
    monkeypatch.setattr(prepared, "ROOT", directory)
    before = prepared.digest()
    migration.write_text("after")
    assert prepared.digest() != before


@pytest.mark.slow
def test_a_database_is_current_until_its_migrations_are_others(begun: Path) -> None:
    server = database_of(begun)
    with (
        services.running([server]),
        psycopg.connect(host=str(server.sockets), user="melikgazi", autocommit=True) as connection,
    ):
        assert not prepared.is_current(begun)
        connection.execute(
            "CREATE TABLE django_migrations (id int, app text, name text, applied timestamptz)"
        )
        prepared.mark(begun)
        assert prepared.is_current(begun)
        connection.execute("INSERT INTO django_migrations VALUES (1, 'tickets', '0001_initial', now())")
        assert not prepared.is_current(begun)


@pytest.mark.slow
def test_a_database_without_tables_is_never_current(begun: Path) -> None:
    server = database_of(begun)
    with services.running([server]):
        prepared.mark(begun)
        assert not prepared.is_current(begun)
