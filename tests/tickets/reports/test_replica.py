"""Reports while their replica is gone or late."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connections
from django.test import Client
from pytest_django import Settings

from melikgazi.web.own_writes import COOKIE
from tests.tickets.conftest import Caller
from tests.tickets.world import World
from tickets.desk import dashboard
from tickets.reports import source

PAGES = ("/api/v1/reports/summary/", "/api/v1/reports/departments/", "/api/v1/reports/backlog/")


@pytest.fixture(autouse=True)
def _not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_silent_until", 0.0)


def refused() -> float:
    raise OperationalError("connection refused")


@pytest.fixture
def gone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A replica at whose address nobody answers."""
    monkeypatch.setattr(source, "replica_lag", refused)
    connections.databases["gone"] = connections.databases["default"] | {"HOST": "127.0.0.1", "PORT": "1"}
    settings.REPORTS_DATABASE = "gone"
    yield "gone"
    connections["gone"].close()
    del connections["gone"]
    del connections.databases["gone"]


@pytest.mark.parametrize("page", PAGES)
def test_without_the_replica_reports_are_those_of_the_primary(
    world: World, api: Caller, gone: str, page: str
) -> None:
    world.assigned()
    answer = api("supervisor").get(page)
    assert answer.status_code == 200, answer.content
    assert source.reports_database() == "default"


def test_without_the_replica_the_front_page_of_the_back_office_stands(world: World, gone: str) -> None:
    client = Client()
    client.force_login(world.user("supervisor"))
    assert client.get("/admin/").status_code == 200


def test_one_that_did_not_answer_is_not_waited_for_at_each_page(
    world: World, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def lag() -> float:
        asked.append(1)
        raise OperationalError

    monkeypatch.setattr(source, "replica_lag", lag)
    assert [source.replica_follows() for _ in range(3)] == [False] * 3
    assert len(asked) == 1
    monkeypatch.setattr(source, "_silent_until", 0.0)  # later
    assert not source.replica_follows()
    assert len(asked) == 2


@pytest.mark.slow
def test_one_whose_machine_lost_its_power_is_given_up_within_seconds() -> None:
    code = """
import django, json
django.setup()
from django.db import connections
connections["replica"].ensure_connection()
print(json.dumps(connections["replica"].connection.info.get_parameters()))
"""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "melikgazi.settings",
        "DATABASE_REPLICA_URL": os.environ["DATABASE_URL"],
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    given = json.loads(done.stdout)
    alive = [int(given[f"keepalives_{name}"]) for name in ("idle", "interval", "count")]
    assert int(given["tcp_user_timeout"]) <= 5_000  # milliseconds, for an answer of its network
    assert alive[0] + alive[1] * alive[2] <= 10  # seconds, while its own is waited for


@pytest.mark.parametrize(("behind", "follows"), [(0, True), (90, True), (91, False)])
def test_one_that_is_late_is_not_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, behind: float, follows: bool
) -> None:
    settings.REPORTS_DATABASE = "replica"
    settings.REPLICA_MAX_LAG = 90  # seconds
    monkeypatch.setattr(source, "replica_lag", lambda: behind)
    assert source.replica_follows() is follows
    assert source.reports_database() == ("replica" if follows else "default")


@pytest.fixture
def follows(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica that answers, and has all that the tests wrote."""
    settings.REPORTS_DATABASE = "replica"
    monkeypatch.setattr(source, "replica_lag", lambda: 0)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the front page's figures were read, page by page."""
    found: list[str] = []

    def noted() -> str:
        found.append(source.reports_database())
        return "default"

    monkeypatch.setattr(dashboard, "reports_database", noted)
    return found


@pytest.mark.slow
def test_whoever_has_just_written_reads_the_primary_and_nobody_else(
    world: World, follows: None, read: list[str], settings: Settings
) -> None:
    settings.REPLICA_MAX_LAG = 90
    writer, reader = Client(), Client()
    for client, name in ((writer, "supervisor"), (reader, "operator")):
        client.force_login(world.user(name))
        assert client.get("/admin/").status_code == 200
    writer.post("/admin/tickets/ticket/", {"action": "none"})
    cookie = writer.cookies[COOKIE]
    assert (cookie["max-age"], cookie["httponly"]) == (90, True)
    writer.get("/admin/")
    reader.get("/admin/")
    del writer.cookies[COOKIE]  # later
    writer.get("/admin/")
    assert read == ["replica", "replica", "default", "replica", "replica"]


def test_who_is_signed_in_nowhere_and_who_has_no_replica_get_no_cookie(
    world: World, follows: None, settings: Settings
) -> None:
    stranger, clerk = Client(), Client()
    stranger.post("/admin/login/", {"username": "nobody", "password": "wrong"})
    settings.REPORTS_DATABASE = "default"
    clerk.force_login(world.user("supervisor"))
    clerk.post("/admin/tickets/ticket/", {"action": "none"})
    assert COOKIE not in stranger.cookies
    assert COOKIE not in clerk.cookies


def test_a_server_that_is_no_replica_is_never_late(db: None) -> None:
    assert source.replica_lag() == 0
