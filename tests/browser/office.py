"""Somebody of the staff in front of the back office in Chromium."""

from playwright.sync_api import Page

from tests.chaos.instance import Instance

QUEUE = "/admin/tickets/ticket/"


def sign_in(page: Page, line: Instance, username: str, path: str = QUEUE) -> None:
    """Signs in by the form and opens the path."""
    page.goto(f"{line.url}/admin/login/?next={path}")
    page.get_by_label("Kullanıcı adı").fill(username)
    page.get_by_label("Parola", exact=True).fill(line.variables["DEMO_PASSWORD"])
    page.get_by_role("button", name="Oturum aç").click()
    page.wait_for_url(f"**{path}*")
