"""From nothing to an answer."""

import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Started
from tests.chaos.instance import ROOT, Instance

pytestmark = pytest.mark.browser

LIMIT_SECONDS = 180


def test_two_clicks_after_the_first_start_the_line_has_answered(page: Page, started: Started) -> None:
    began = time.monotonic()
    page.goto(f"{started.line.url}/emulator/")
    two_clicks(page)
    assert started.took + time.monotonic() - began < LIMIT_SECONDS


@pytest.mark.long
def test_a_fresh_clone_answers_within_three_minutes(tmp_path: Path, browser: Browser) -> None:
    began = time.monotonic()
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
    line = Instance(tmp_path / "data", root=clone)
    page = browser.new_page()
    try:
        page.goto(f"{line.url}/emulator/")
        two_clicks(page)
        assert time.monotonic() - began < LIMIT_SECONDS
    finally:
        page.close()
        assert line.stop() == 0


def two_clicks(page: Page) -> None:
    page.get_by_role("button", name="Ayşe Yılmaz olarak başla").click()
    page.get_by_role("button", name="Köşk mahallesinde yolda büyük çukur var").click()
    page.locator(".theirs", has_text="no: MG-").wait_for()
