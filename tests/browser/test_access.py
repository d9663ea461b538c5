"""For everybody: small screens, screen readers, keyboards, slow connections."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE
from tests.browser.telephone import Telephone
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
MOST_BYTES = 500_000


@pytest.mark.parametrize("page", [WIDE, NARROW], indirect=True)
def test_axe_finds_nothing_serious_anywhere_on_the_page(page: Page, line: Instance) -> None:
    telephone = Telephone(page, line)
    telephone.open()
    expect_accessible(page, "welcome")
    telephone.add_person()
    expect_accessible(page, "empty chat")
    telephone.write("durum")
    telephone.front.locator(".theirs").wait_for()
    expect_accessible(page, "chat")
    telephone.options("durum")
    expect_accessible(page, "options of a message")
    page.keyboard.press("Escape")
    telephone.bubble("durum").get_by_role("button", name="Ham JSON").click()
    page.get_by_role("dialog").locator("pre").first.wait_for()
    expect_accessible(page, "raw JSON")
    page.keyboard.press("Escape")
    telephone.attach("Haritadan")
    page.locator(".map .mahalle").first.wait_for(state="attached")
    expect_accessible(page, "map")
    page.keyboard.press("Escape")
    for title in ("Sahneler", "Arızalar", "Saat", "Sıra dışı mesajlar", "Webhook günlüğü"):
        telephone.section(title)
        expect_accessible(page, title)


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_at_390_pixels_nothing_lies_beyond_the_edge(telephone: Telephone) -> None:
    telephone.write("Çok uzun bir kelime: " + "ğ" * 200)
    page = telephone.page
    expect_no_overflow(page)
    telephone.button("Sahneler ve arızalar").click()
    telephone.section("Arızalar").locator("summary", has_text="Durum geç gelir").click()
    expect_no_overflow(page)
    telephone.button("Sahneler ve arızalar").click()
    expect(telephone.front.get_by_role("textbox", name="Mesaj")).to_be_in_viewport()


def test_a_message_needs_no_mouse(page: Page, line: Instance) -> None:
    page.goto(f"{line.url}/emulator/")
    page.get_by_role("button", name="Yeni vatandaş").focus()
    for key in ("Enter", *"Klavye", "Tab", "Tab", *"klavyeci", "Enter"):
        page.keyboard.press(key)
    telephone = Telephone(page, line)
    page.get_by_role("heading", name="Klavye").wait_for()
    page.get_by_role("textbox", name="Mesaj").focus()
    page.keyboard.type("durum")
    page.keyboard.press("Enter")
    expect(telephone.front.get_by_role("log")).to_contain_text("Bu hattan yaptığınız bir başvuru yok")


def test_a_place_needs_no_mouse(telephone: Telephone) -> None:
    telephone.attach("Haritadan")
    canvas = telephone.page.get_by_role("application", name="Harita")
    canvas.focus()
    before = telephone.page.locator("output.readout").inner_text()
    telephone.page.keyboard.press("ArrowUp")
    expect(telephone.page.locator("output.readout")).not_to_have_text(before)


def test_page_and_map_weigh_less_than_half_a_megabyte(page: Page, line: Instance) -> None:
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda sent: sizes.update({sent.url: sent.sizes()["responseBodySize"]}))
    telephone = Telephone(page, line)
    telephone.open()
    telephone.add_person()
    telephone.attach("Haritadan")
    page.locator(".map .mahalle").first.wait_for(state="attached")
    page.wait_for_load_state()
    assert any("leaflet.js" in url for url in sizes)
    assert sum(sizes.values()) < MOST_BYTES


def expect_accessible(page: Page, where: str) -> None:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))  # injected past the page's own policy
    found: list[dict[str, Any]] = page.evaluate("axe.run().then((result) => result.violations)")
    serious = [
        (each["id"], each["impact"], [node["html"] for node in each["nodes"]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == [], where


def expect_no_overflow(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    beyond = page.evaluate(
        "[...document.querySelectorAll('.phone, .phone *, #panel, #panel *')]"
        ".filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.outerHTML)"
    )
    assert beyond == []
