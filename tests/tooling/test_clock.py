"""bin/test --at: which moment is meant, and that all processes of a run are there."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tooling import clock, services
from tooling.clock import ISTANBUL

NOW = datetime(2026, 12, 3, 22, 30, tzinfo=UTC)  # 01:30 of the 4th in Istanbul, a Friday
FAR = timedelta(days=500)
WAYS = "import time; began = time.monotonic(); time.sleep(0.01); print(time.time(), began)"


@pytest.fixture
def library() -> Path:
    found = clock.library()
    if found is None:
        pytest.skip(clock.MISSING)
    return found


@pytest.fixture
def moved(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """How far the clock of whatever is started now is ahead of the machine's."""
    for name, text in clock.moved(FAR, library, tmp_path).items():
        monkeypatch.setenv(name, text)
    return FAR


def machines_time() -> datetime:
    """Of the machine itself: this process may be moved by bin/test --at."""
    kept = {name: text for name, text in os.environ.items() if name not in {"LD_PRELOAD", "FAKETIME"}}
    said = subprocess.run(["date", "+%s"], env=kept, capture_output=True, text=True, check=True).stdout
    return datetime.fromtimestamp(int(said), UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2028-02-29", datetime(2028, 2, 29, 12, tzinfo=ISTANBUL)),
        ("2026-12-31T23:58", datetime(2026, 12, 31, 23, 58, tzinfo=ISTANBUL)),
        ("2026-12-31T23:58Z", datetime(2026, 12, 31, 23, 58, tzinfo=UTC)),
        ("tomorrow", NOW + timedelta(days=1)),
        ("in-40-days", NOW + timedelta(days=40)),
        ("new-year", datetime(2026, 12, 31, 23, 58, tzinfo=ISTANBUL)),
        ("leap-day", datetime(2028, 2, 29, 12, tzinfo=ISTANBUL)),
        ("bayram", datetime(2027, 3, 9, 12, tzinfo=ISTANBUL)),
        ("sunday-night", datetime(2026, 12, 6, 23, 30, tzinfo=ISTANBUL)),
        ("utc-yesterday", datetime(2026, 12, 5, 0, 30, tzinfo=ISTANBUL)),
    ],
)
def test_a_moment_is_said_by_date_time_or_name(said: str, meant: datetime) -> None:
    assert clock.moment(said, NOW) == meant


def test_each_named_moment_has_its_turn() -> None:
    days = [NOW + timedelta(days=number) for number in range(len(clock.NAMED))]
    told = {clock.moment(clock.TURN, day) - day for day in days}
    assert len(told) == len(clock.NAMED)


@pytest.mark.parametrize("said", ["2026-02-30", "yarın", ""])
def test_an_unknown_moment_is_refused_with_what_is_known(said: str) -> None:
    with pytest.raises(clock.UnknownMomentError, match="new-year"):
        clock.moment(said, NOW)


def test_without_the_library_the_way_to_get_it_is_told(tmp_path: Path) -> None:
    assert clock.library(tmp_path) is None
    assert "apt-get install faketime" in clock.MISSING


def test_a_program_is_moved_but_not_what_it_waits_by(moved: timedelta) -> None:
    before = time.monotonic()
    said = subprocess.run([sys.executable, "-c", WAYS], capture_output=True, text=True, check=True).stdout
    at, began = map(float, said.split())
    assert abs(datetime.fromtimestamp(at, UTC) - machines_time() - moved) < timedelta(hours=1)
    assert before <= began <= time.monotonic()


@pytest.mark.slow
def test_the_services_are_moved(moved: timedelta, directory: Path) -> None:
    needed: list[Any] = services.needed(directory, {}, durable=False)
    with services.running(needed):
        [database] = (each for each in needed if isinstance(each, services.Postgres))
        with psycopg.connect(database.url.replace("postgres://", "postgresql://")) as connection:
            [(database_at,)] = connection.execute("SELECT clock_timestamp()").fetchall()
        [broker] = (each for each in needed if isinstance(each, services.Valkey))
        with redis.Redis(unix_socket_path=str(broker.socket)) as client:
            broker_at = datetime.fromtimestamp(client.time()[0], UTC)
    for at in (database_at, broker_at):
        assert abs(at - machines_time() - moved) < timedelta(hours=1)
