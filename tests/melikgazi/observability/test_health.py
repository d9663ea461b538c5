"""/readyz: what is wrong with the line, and whether the webhook can still store."""

from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from melikgazi.database import schema
from melikgazi.observability import health
from melikgazi.web import request_counters
from tests.clamd import FakeClamd
from tests.timeouts import PATIENCE
from tests.tooling.trial import eventually
from whatsapp.number import pace


def ready() -> tuple[int, Any]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["checks"]["virus_scanner"]


def test_a_scanner_that_answers_is_ok(db: None, settings: Settings, tmp_path: Path) -> None:
    with FakeClamd(tmp_path / "socket") as clamd:
        settings.CLAMD_URL = clamd.url
        assert ready() == (200, "ok")


def test_a_line_without_a_scanner_is_ok(db: None, settings: Settings) -> None:
    settings.CLAMD_URL = ""
    assert ready() == (200, "ok")


def test_requests_of_another_app_secret_degrade_the_line(db: None) -> None:
    pace.create()
    pace.note_unsigned(timezone.now(), heard_at=None)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["webhook"]) == (200, "unsigned")


def test_webhook_that_could_not_store_is_remembered_for_a_minute() -> None:
    webhook = health.UnstoredRequests()
    request_counters.current().add(request_counters.WEBHOOK, 503, 0.1)
    assert not webhook.came_lately(now=0)
    request_counters.current().add(request_counters.WEBHOOK, 503, 0.1)
    assert [webhook.came_lately(now=at) for at in (1, 60, 61)] == [True, True, False]


def test_a_scanner_that_is_down_degrades_the_line_and_sets_off_an_alert(db: None, settings: Settings) -> None:
    settings.CLAMD_URL = "unix:///nowhere"
    assert ready() == (200, "FileNotFoundError")
    assert Client().get("/readyz").json()["status"] == "degraded"
    assert b"melikgazi_virus_scanner_up 0.0" in Client().get("/metrics").content


def test_whoever_asks_on_and_on_has_nothing_looked_at_for_a_second(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "KEPT_SECONDS", PATIENCE)
    settings.CLAMD_URL = ""
    assert ready() == (200, "ok")
    settings.CLAMD_URL = "unix:///nowhere"
    assert ready() == (200, "ok")


def test_what_goes_wrong_is_told_once_that_time_is_over(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.1)
    settings.CLAMD_URL = ""
    assert ready() == (200, "ok")
    settings.CLAMD_URL = "unix:///nowhere"
    assert eventually(lambda: ready() == (200, "FileNotFoundError"))


def test_database_that_takes_no_writes_is_down(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
        answer = Client().get("/readyz")
        assert (answer.status_code, answer.json()["checks"]) == (503, {"database": "read-only"})


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_fails_in_any_way_is_no_error_of_the_page(
    db: None, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fails() -> str:
        raise error("connection is closed")

    monkeypatch.setattr(schema, "trouble", fails)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "down", "checks": {"database": error.__name__}},
    )


def test_a_database_that_neither_answers_nor_breaks_off_is_told_of_by_the_threads_that_do_not_wait_for_it(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answers = Event(), Event()

    def hangs() -> str:
        asked.set()
        assert answers.wait(PATIENCE)
        return ""

    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(health, "LOOK_SECONDS", 0.0)
    assert Client().get("/readyz").status_code == 200
    monkeypatch.setattr(schema, "trouble", hangs)
    monkeypatch.setattr(health, "_checks", dict)
    monkeypatch.setattr(health, "is_read_only", bool)
    waiting = Thread(target=Client().get, args=("/readyz",))
    waiting.start()
    try:
        assert asked.wait(PATIENCE)
        answer = Client().get("/readyz")
    finally:
        answers.set()
        waiting.join()
    assert (answer.status_code, answer.json()["checks"]) == (503, {"database": "no answer"})
    monkeypatch.setattr(schema, "trouble", str)
    assert Client().get("/readyz").status_code == 200
