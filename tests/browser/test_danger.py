"""A danger in the back office: the bar on every page with its sound, and the page on which it is worked."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import NARROW, WIDE
from tests.browser.office import sign_in
from tests.browser.test_access import expect_accessible
from tests.browser.test_every_page import LOOKING
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser

SOUNDS_WITHIN = 10_000  # ms
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
    page.wait_for_function("window.tones >= 4", polling=200)
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
    assert "ACİL" not in page.title()


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
    page.locator("summary", has_text="Diğer").click()
    page.locator("summary", has_text="Tehlikeyi düzelt").click()
    page.get_by_label("Gerçekte ne?").select_option(label="Tehlike değil")
    page.get_by_role("button", name="Tehlikeyi düzelt", exact=True).click()
    expect(page.locator("#thread")).to_contain_text("Tehlike değil denildi")
    expect(head).to_have_count(0)


@pytest.fixture
def other(browser: Browser, line: Instance) -> Iterator[Page]:
    """A second desk, of the supervisor, on a page that is about something else."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="tr-TR")
    page = context.new_page()
    page.add_init_script(COUNT_TONES)
    sign_in(page, line, "supervisor", "/admin/raporlar/")
    page.get_by_role("heading").first.click()  # a browser sounds only on a page that somebody has touched
    yield page
    context.close()
    line.rows("UPDATE tickets_ticket SET danger = '', urgent = false WHERE danger <> '' RETURNING id")


@pytest.mark.long  # measures time: for a machine that does nothing else
def test_from_the_citizen_s_words_to_the_sound_at_a_desk_it_takes_at_most_ten_seconds(
    other: Page, line: Instance
) -> None:
    Citizen(line).say("text", text="imdat evimiz yanıyor alevler sardı çocuklar içeride")
    # Asked by time: a page that nothing is drawn on has no frames to ask at.
    other.wait_for_function("window.tones >= 1", polling=200, timeout=SOUNDS_WITHIN)
    strip = other.get_by_role("region", name="Üstlenilmemiş acil bildirimler")
    expect(strip).to_contain_text("yangın")
    expect(strip).not_to_contain_text("çocuklar içeride")
    other.locator("body").press("d")
    other.wait_for_url("**/admin/tickets/ticket/*/change/")


def test_one_key_claims_it_and_everybody_is_told_who_has_it(
    page: Page, other: Page, line: Instance, danger: int
) -> None:
    other.reload()
    strip = other.get_by_role("region", name="Üstlenilmemiş acil bildirimler")
    expect(strip.get_by_role("button", name="Üstleniyorum")).to_be_visible()
    sign_in(page, line, "operator", "/admin/bekleyenler/")
    expect(page.locator("#dangers")).to_contain_text("evde gaz")
    other.route("**/nabiz/**", lambda route: route.abort())  # it does not hear of it in time
    page.locator("body").press("d")
    page.wait_for_url(f"**/admin/tickets/ticket/{danger}/change/")
    expect(page.get_by_role("button", name="112 için kopyala")).to_be_focused()
    other.locator("body").press("d")
    expect(other.get_by_text(re.compile(r"sizden \d+ sn önce üstlendi")).first).to_be_visible()
    other.unroute("**/nabiz/**")
    expect(other.locator("#dangers .held")).to_contain_text("operator üstlendi")


@pytest.fixture
def drill(line: Instance) -> Iterator[int]:
    """The key of a drill that rings for the operator; older than the danger of these tests."""
    [(key,)] = line.rows(
        "INSERT INTO tickets_drill (at, started_by_id) SELECT now() - interval '20 minutes', id FROM auth_user"
        " WHERE username = 'admin' RETURNING id"
    )
    line.rows(
        "INSERT INTO tickets_notification (user_id, kind, drill_id, at, unheard, mail_attempts, mail_error)"
        f" SELECT id, 'danger', {key}, now(), false, 0, '' FROM auth_user WHERE username = 'operator' RETURNING id"
    )
    yield int(key)
    line.rows(f"UPDATE tickets_drill SET at = at - interval '1 day' WHERE id = {key} RETURNING id")


def test_a_danger_stands_above_a_drill_and_has_the_key_that_claims(
    page: Page, line: Instance, drill: int, danger: int
) -> None:
    sign_in(page, line, "operator", "/admin/bildirimler/")
    rows = page.locator("#dangers li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("evde gaz")
    expect(rows.nth(1)).to_contain_text("TATBİKAT")
    expect(rows.nth(0).locator("kbd")).to_be_visible()
    expect(rows.nth(1).locator("kbd")).to_be_hidden()
    page.locator("body").press("d")
    page.wait_for_url(f"**/admin/tickets/ticket/{danger}/change/")


def test_on_the_page_of_a_danger_that_the_key_claims_no_row_of_the_strip_has_it(
    page: Page, line: Instance, drill: int, danger: int
) -> None:
    sign_in(page, line, "operator", f"/admin/tickets/ticket/{danger}/change/")
    expect(page.locator("#dangers li")).to_have_count(2)
    expect(page.locator("#dangers kbd:visible")).to_have_count(0)


def test_what_a_colleague_has_claimed_can_be_opened_up_to_the_edge(
    page: Page, other: Page, line: Instance, danger: int
) -> None:
    sign_in(page, line, "operator", "/admin/bildirimler/")
    page.locator("#dangers").get_by_role("button", name="Üstleniyorum").click()
    page.wait_for_url(f"**/admin/tickets/ticket/{danger}/change/")
    link = other.locator("#dangers .held").get_by_role("link", name="Aç")
    expect(link).to_be_visible()
    box = link.bounding_box()
    assert box
    assert box["x"] + box["width"] <= 1280 - 8


@pytest.mark.parametrize("page", [WIDE, NARROW], indirect=True)
def test_what_has_the_focus_does_not_lie_under_the_bar(page: Page, line: Instance, danger: int) -> None:
    page.set_viewport_size({"width": WIDE[0], "height": 400})
    sign_in(page, line, "operator", "/admin/tickets/citizen/")
    expect(page.get_by_role("region", name="Üstlenilmemiş acil bildirimler")).to_contain_text("evde gaz")
    page.evaluate(LOOKING.read_text("utf-8"))
    page.evaluate("document.body.style.paddingBottom = '2000px'")  # however few rows there are
    heading = page.locator(".simplebar-content-wrapper a[href^='?o=']").last
    heading.evaluate("(link) => scrollTo(0, scrollY + link.getBoundingClientRect().top - 5)")
    heading.evaluate("(link) => link.closest('.simplebar-content-wrapper').focus({ preventScroll: true })")
    page.keyboard.press("Tab")
    expect(heading).to_be_focused()
    page.wait_for_function("() => everyPage.isFine()", polling=200)


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_two_dangers_take_little_of_a_telephone_and_both_can_be_claimed_and_opened(
    page: Page, line: Instance, drill: int, danger: int
) -> None:
    sign_in(page, line, "operator", "/admin/bildirimler/")
    rows = page.locator("#dangers li")
    expect(rows).to_have_count(2)
    for row in rows.all():
        expect(row.get_by_role("button", name="Üstleniyorum")).to_be_in_viewport(ratio=1)
        expect(row.locator(".danger-since")).to_be_in_viewport(ratio=1)
    expect(page.locator("#dangers .mute")).to_be_in_viewport(ratio=1)
    taken = page.locator("#dangers").bounding_box()
    assert taken
    assert taken["height"] <= NARROW[1] / 5
    rows.nth(0).get_by_role("link", name="Aç").click(position={"x": 60, "y": 14})  # on its name
    page.wait_for_url(f"**/admin/tickets/ticket/{danger}/change/")


def test_how_long_a_danger_waits_can_be_read_in_the_dark(page: Page, line: Instance, danger: int) -> None:
    page.emulate_media(color_scheme="dark")
    sign_in(page, line, "operator", "/admin/bekleyenler/")
    page.locator("html.dark").wait_for()
    expect(page.locator(".dangers-above .since").first).to_have_text(re.compile(r"\d"))
    expect_accessible(page, "a danger in the dark")


def test_the_steps_are_ticked_by_their_digits(page: Page, line: Instance, danger: int) -> None:
    sign_in(page, line, "operator", f"/admin/tickets/ticket/{danger}/change/")
    page.locator("body").press("1")
    expect(page.get_by_role("checkbox", name="112 arandı")).to_be_checked()
    expect(page.get_by_role("checkbox", name="112 arandı")).to_contain_text("operator")
