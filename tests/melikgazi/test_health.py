"""/readyz: what is wrong with the line, and whether the webhook can still store."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from melikgazi import health
from tests.clamd import FakeClamd
from tests.patience import PATIENCE
from tests.tooling.trial import eventually


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
