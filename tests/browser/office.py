"""Somebody of the staff in front of the back office in Chromium."""

import os
from urllib.parse import quote

from playwright.sync_api import Page

from bench import pictures
from tests.chaos.instance import Instance

QUEUE = "/admin/tickets/ticket/"


def sign_in(page: Page, line: Instance, username: str, path: str = QUEUE, to: str | None = None) -> None:
    """Signs in by the form and opens the path, or the page of the step that comes before it."""
    page.goto(f"{line.url}/admin/login/?next={quote(path)}")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(line.variables["DEMO_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url(line.url + (f"{to}?next={quote(path, safe='')}" if to else path))


def keep(page: Page, name: str, width: int | None = None) -> None:
    """With PICTURES=1 in the environment the page as it stands, if it is that wide, becomes a picture of the guides."""
    size = page.viewport_size
    if os.environ.get("PICTURES") and width in (None, size and size["width"]):
        pictures.keep(name, page.screenshot())
