"""A danger in the back office: the bar on every page with its sound, and the page on which it is worked."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import NARROW, WIDE
from tests.browser.office import sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser

# How often the page sounded: each beep is two tones.
COUNT_TONES = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };
"""


def expect_no_overflow(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def danger(line: Instance) -> Any:
    """The key of a danger that nobody has claimed; no other waits meanwhile."""
    asking = Citizen(line)
    asking.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    asking.hears()
    [(key,)] = line.rows("SELECT max(id) FROM tickets_ticket")
    line.rows(
        "UPDATE tickets_ticket SET danger = 'gas_in', urgent = true, urgent_reason = 'bodrum, gaz kokusu',"
        f" created_at = now() - interval '14 minutes' WHERE id = {key} RETURNING id"
    )
    yield int(key)
    line.rows(f"UPDATE tickets_ticket SET danger = '', urgent = false WHERE id = {key} RETURNING id")


@pytest.mark.parametrize("page", [WIDE, NARROW], indirect=True)
def test_a_danger_stands_on_top_of_every_page_until_one_press_claims_it(
    page: Page, line: Instance, danger: int
) -> None:
    page.add_init_script(COUNT_TONES)
    sign_in(page, line, "operator", "/admin/bildirimler/")
    bar = page.get_by_role("region", name="Üstlenilmemiş acil bildirimler")
    expect(bar).to_contain_text("evde gaz")
    expect(bar.locator(".danger-since")).to_have_text(re.compile(r"^1[4-9]:\d\d$"))
    expect(page.locator("[aria-live=assertive]")).to_contain_text("Acil bildirim: evde gaz")
    assert page.title().startswith("(1 ACİL) ")
    page.wait_for_function("window.tones >= 4")
    bar.get_by_role("button", name="Sesi 1 dk kapat").click()
    expect(bar.get_by_role("button", name="Ses 1 dk kapalı: aç")).to_be_visible()
    tones = page.evaluate("window.tones")
    page.wait_for_timeout(4_000)
    assert page.evaluate("window.tones") == tones
    expect_no_overflow(page)
    expect_accessible(page, "bar")
    bar.get_by_role("button", name="Üstleniyorum").click()
    page.wait_for_url(f"**/admin/tickets/ticket/{danger}/change/")
    expect(page.get_by_role("button", name="112 için kopyala")).to_be_focused()
    expect(bar).to_be_hidden()
    assert not page.title().startswith("(")


@pytest.mark.parametrize("page", [WIDE, NARROW], indirect=True)
def test_a_danger_is_worked_on_its_page(page: Page, line: Instance, danger: int) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, line, "operator", f"/admin/tickets/ticket/{danger}/change/")
    head = page.get_by_role("region", name="Tehlike", exact=True)
    expect(head).to_contain_text("evde gaz")
    expect(head).to_contain_text(re.compile(r"1[4-9] dk oldu, hedef 5 dk"))
    expect_accessible(page, "danger")
    expect_no_overflow(page)
    page.locator("body").press("d")
    expect(head).to_contain_text("üstlendi")
    page.locator(".danger-desk").get_by_role("button", name="Numarayı aç").click()
    expect(page.locator("#danger-text")).to_contain_text("+90")
    page.get_by_role("button", name="112 için kopyala").click()
    expect(page.get_by_text("Kopyalandı.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Ne: evde gaz" in copied
    assert "+90" in copied
    page.get_by_text("Tehlikeyi düzelt").click()
    page.get_by_label("Gerçekte ne?").select_option(label="Tehlike değil")
    page.get_by_role("button", name="Düzelt", exact=True).click()
    expect(page.locator("#thread")).to_contain_text("Tehlike değil denildi")
    expect(head).to_have_count(0)
