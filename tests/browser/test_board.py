"""The supervisors' live board, the shift that is handed over, and the screen on the wall."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import NARROW, WIDE
from tests.browser.office import sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser

BOARD = "/admin/pano/"
SOON = 45_000  # ms: the line's pause for thought, its work, and a look of the page


@pytest.fixture(autouse=True)
def nobody_waits(line: Instance) -> None:
    """Whoever other tests left waiting, since the board shows the first few alone."""
    line.rows(
        "UPDATE tickets_handover SET ended_at = now(), \"end\" = 'closed' WHERE ended_at IS NULL RETURNING id"
    )


def test_who_waits_appears_without_a_reload_is_given_and_handed_over(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", BOARD)
    page.evaluate("window.stayed = true")
    waits = page.locator(".card", has=page.get_by_role("heading", name="Kim ne kadar bekliyor"))
    before = waits.locator("li:not(.none)").count()
    citizen = Citizen(line)
    citizen.say("text", text="bir yetkiliyle görüşmek istiyorum")
    citizen.hears(1)
    expect(waits.locator("li:not(.none)")).to_have_count(before + 1, timeout=SOON)
    assert page.evaluate("window.stayed")
    row = waits.locator("li").last
    row.get_by_role("combobox").select_option("operator")
    row.get_by_role("button", name="Ver").click()
    expect(page.get_by_text("operator adlı görevliye verildi.")).to_be_visible()
    page.get_by_role("button", name="Vardiyayı devret…").click()
    dialog = page.get_by_role("dialog", name="Vardiyayı devret")
    theirs = dialog.locator("[name=giver] option", has_text=re.compile(r"^operator \(\d+\)$")).get_attribute(
        "value"
    )
    dialog.get_by_label("Kimin işleri").select_option(theirs)
    dialog.get_by_label("Kime").select_option("herkes")
    dialog.get_by_label("Not").fill("Gece vardiyasına")
    expect_accessible(page, "dialog")
    dialog.get_by_role("button", name="Hepsini devret").click()
    expect(page.get_by_text("iş herkese devredildi")).to_be_visible()
    changes = page.locator(".card", has=page.get_by_role("heading", name="Son devirler"))
    expect(changes).to_contain_text("Gece vardiyasına")
    changes.get_by_role("button", name="İşleri geri ver").first.click()
    expect(page.get_by_text("İşler geri verildi.")).to_be_visible()


def test_whom_somebody_chose_stays_chosen_when_the_board_renews_itself(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", BOARD)
    waits = page.locator(".card", has=page.get_by_role("heading", name="Kim ne kadar bekliyor"))
    before = waits.locator("li:not(.none)").count()
    for n in (1, 2):
        citizen = Citizen(line)
        citizen.say("text", text="bir yetkiliyle görüşmek istiyorum")
        citizen.hears(1)
        expect(waits.locator("li:not(.none)")).to_have_count(before + n, timeout=SOON)
        if n == 1:
            waits.locator("li").nth(before).get_by_role("combobox").select_option("operator")
            page.get_by_role("heading", name="Kim ne kadar bekliyor").click()
    chosen = waits.locator("li").nth(before).get_by_role("combobox").locator("option:checked")
    expect(chosen).to_have_text("operator")


@pytest.mark.parametrize("page", [WIDE, NARROW], indirect=True)
def test_axe_finds_nothing_serious_and_nothing_lies_beyond_the_edge(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", BOARD)
    for path in (BOARD, "/admin/durumum/", "/admin/pano/duvar/"):
        page.goto(line.url + path)
        expect_accessible(page, path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_somebody_on_a_break_is_on_the_board(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", "/admin/durumum/")
    page.get_by_role("button", name="Molada").click()
    expect(page.get_by_role("button", name="Molada")).to_have_attribute("aria-pressed", "true")
    page.context.clear_cookies()
    sign_in(page, line, "supervisor", BOARD)
    expect(page.locator("tr.break")).to_contain_text("Molada")


def test_a_screen_on_the_wall_stays_open_without_anybody_and_goes_dark_when_it_is_shut(
    page: Page, browser: Browser, line: Instance
) -> None:
    sign_in(page, line, "supervisor", "/admin/pano/duvar/")
    page.get_by_label("Nerede duruyor").fill("Salon")
    page.get_by_role("button", name="Ekranı aç").click()
    address = page.locator("[data-secret]").inner_text()
    assert re.fullmatch(r".*/duvar/#mgd_[0-9a-f]{40}", address)
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="tr-TR")
    wall = context.new_page()
    wall.goto(line.url + "/duvar/#" + address.rpartition("#")[2])
    expect(wall.locator(".big")).to_contain_text("Masada")
    assert "#" not in wall.url
    wall.reload()
    expect(wall.locator(".big")).to_contain_text("En uzun")
    expect_accessible(wall, "wall")
    wall.goto(line.url + "/admin/")
    assert "/admin/login/" in wall.url
    wall.goto(line.url + "/duvar/")
    page.get_by_role("link", name="Kaydettim").click()
    page.get_by_role("button", name="Kapat").first.click()
    expect(wall.get_by_label("Ekranın anahtarı")).to_be_visible(timeout=SOON)
    context.close()
