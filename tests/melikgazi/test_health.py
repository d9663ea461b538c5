"""/readyz: what is wrong with the line, and whether the webhook can still store."""

from pathlib import Path
from typing import Any

from django.test import Client
from pytest_django import Settings

from tests.clamd import FakeClamd


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


def test_a_scanner_that_is_down_degrades_the_line_and_sets_off_an_alert(db: None, settings: Settings) -> None:
    settings.CLAMD_URL = "unix:///nowhere"
    assert ready() == (200, "FileNotFoundError")
    assert Client().get("/readyz").json()["status"] == "degraded"
    assert b"melikgazi_virus_scanner_up 0.0" in Client().get("/metrics").content
