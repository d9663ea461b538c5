"""The embedded PostgreSQL and Valkey come, keep their data, and go with the process that holds them."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.tooling.trial import Trial, eventually, kill, processes_naming, read_until
from tooling import rootless, services
from tooling.processes import ProgramError

pytestmark = pytest.mark.slow

HOLD = """
from tooling import services
with services.running(services.needed(directory, {})):
    print("up", flush=True)
    input()
"""


def query(directory: Path, statement: str) -> list[tuple[object, ...]]:
    sockets = services.socket_directory(directory)
    with psycopg.connect(
        host=str(sockets), user="melikgazi", dbname="melikgazi", autocommit=True
    ) as database:
        cursor = database.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_both_answer_while_they_are_held_and_are_gone_afterwards(directory: Path):
    needed = services.needed(directory, {})
    with services.running(needed):
        assert [service.ready() for service in needed] == [True, True]
        assert processes_naming(directory)
    assert [service.ready() for service in needed] == [False, False]
    assert processes_naming(directory) == []


def test_only_what_the_environment_does_not_name_is_started(directory: Path):
    needed = services.needed(directory, {"DATABASE_URL": "postgres://db.example/melikgazi"})
    assert [service.variable for service in needed] == ["BROKER_URL"]


def test_nobody_else_can_enter_the_folder_of_the_sockets_and_none_listens_on_tcp(begun: Path):
    with services.running(services.needed(begun, {})):
        assert stat.S_IMODE((begun / "sock").stat().st_mode) == 0o700
        assert query(begun, "SHOW listen_addresses") == [("",)]


@pytest.mark.parametrize("prepared", [False, True])
def test_the_log_of_the_database_holds_no_word_of_what_could_not_be_stored(begun: Path, prepared: bool):
    needed = services.needed(begun, {})
    with services.running(needed):
        query(begun, "CREATE TABLE said (id int PRIMARY KEY, words text CHECK (length(words) < 10))")
        with (
            psycopg.connect(needed[0].url, autocommit=True) as database,
            pytest.raises(psycopg.errors.CheckViolation),
        ):
            database.execute("INSERT INTO said VALUES (%s, %s)", (1, "benim gizli sözüm"), prepare=prepared)
        with pytest.raises(psycopg.errors.CheckViolation):
            query(begun, "INSERT INTO said VALUES (1, 'benim gizli sözüm')")
    log = (begun / "log" / "postgres.log").read_text()
    assert "violates check constraint" in log
    assert "gizli" not in log


def test_killing_the_holder_ends_the_servers_and_keeps_the_data(trial: Trial, begun: Path):
    holder = trial.python(HOLD)
    read_until(holder, "up")
    query(begun, "CREATE TABLE kept AS SELECT 7 AS seven")

    kill(holder.pid)
    assert eventually(lambda: not processes_naming(begun))

    with services.running(services.needed(begun, {})):
        assert query(begun, "SELECT seven FROM kept") == [(7,)]


def test_killing_everything_at_once_keeps_what_was_committed(trial: Trial, begun: Path):
    holder = trial.python(HOLD)
    read_until(holder, "up")
    query(begun, "CREATE TABLE kept AS SELECT 7 AS seven")

    for pid in [holder.pid, *processes_naming(begun)]:
        kill(pid)
    assert eventually(lambda: not processes_naming(begun))

    with services.running(services.needed(begun, {})):
        assert query(begun, "SELECT seven FROM kept") == [(7,)]


def test_a_pid_file_whose_number_is_somebody_elses_now_is_no_obstacle(begun: Path):
    with services.running(services.needed(begun, {})):
        pid_file = (begun / "postgres" / "postmaster.pid").read_text()
    stale = pid_file.replace(pid_file.split()[0], str(os.getppid()), 1)
    (begun / "postgres" / "postmaster.pid").write_text(stale)

    with services.running(services.needed(begun, {})):
        assert query(begun, "SELECT 1") == [(1,)]


def test_an_interrupted_first_start_is_begun_again(directory: Path):
    (directory / "postgres.new").mkdir()
    (directory / "postgres.new" / "half").touch()
    with services.running(services.needed(directory, {})):
        assert query(directory, "SELECT 1") == [(1,)]


def test_a_database_that_is_gone_is_not_replaced_by_an_empty_one(begun: Path):
    with services.running(services.needed(begun, {})):
        pass
    (begun / "postgres").rename(begun / "elsewhere")

    with pytest.raises(ProgramError, match=r"postgres yok.* rm .*postgres\.made"):
        services.needed(begun, {})[0].create()
    assert not (begun / "postgres").exists()

    (begun / "postgres.made").unlink()
    with services.running(services.needed(begun, {})):
        assert query(begun, "SELECT 1") == [(1,)]


def test_durable_servers_wait_for_the_disk(begun: Path):
    with services.running(services.needed(begun, {})):
        assert query(begun, "SHOW fsync") == [("on",)]
        assert query(begun, "SHOW synchronous_commit") == [("on",)]
        assert query(begun, "SHOW data_checksums") == [("on",)]


@pytest.mark.parametrize("name", ["d" * 100, "a+b", "a%41b", "a&b=c", "a#b", "a?b", "a,b"])
def test_a_path_no_socket_can_be_addressed_by_puts_the_sockets_elsewhere(directory: Path, name: str):
    deep = directory / name
    deep.mkdir()
    place = services.socket_directory(deep)
    try:
        assert not place.is_relative_to(deep)
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert place == services.socket_directory(deep)
    finally:
        place.rmdir()


def test_a_socket_folder_that_others_may_enter_is_refused(directory: Path):
    (directory / "sock").mkdir(mode=0o755)
    (directory / "sock").chmod(0o755)
    with pytest.raises(PermissionError):
        services.socket_directory(directory)


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root has to become somebody else"
)
def test_root_finds_a_way_where_user_namespaces_are_forbidden(
    directory: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rootless, "namespaces_allowed", lambda: False)
    with services.running(services.needed(directory, {})):
        assert query(directory, "SELECT 1") == [(1,)]
        assert (directory / "postgres").stat().st_uid == rootless.account().pw_uid
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root has to become somebody else"
)
def test_who_root_became_may_still_run_what_lies_below_roots_home(
    directory: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rootless, "namespaces_allowed", lambda: False)
    home = directory / "home"
    home.mkdir(mode=0o700)
    binary = home / "postgres"
    binary.touch(mode=0o700)
    look = "import os, sys; sys.exit(not (os.geteuid() and os.access(sys.argv[1], os.R_OK | os.X_OK)))"
    found = subprocess.run([sys.executable, "-c", look, binary], preexec_fn=rootless.leave_root, check=False)
    assert found.returncode == 0
