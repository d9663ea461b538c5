"""Who waits for a person, as the call centre sees it: asked for on the telephone, answered from the page."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import NARROW, WIDE
from tests.browser.office import sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("page", [WIDE, NARROW], indirect=True)
def test_who_asks_for_a_person_is_listed_and_answered(page: Page, line: Instance) -> None:
    citizen = Citizen(line)
    citizen.say("text", text="müdürünüzle görüşmek istiyorum")
    citizen.hears(1)
    sign_in(page, line, "operator", "/admin/bekleyenler/")
    expect_accessible(page, "list")
    row = page.get_by_role("link", name="müdürünüzle görüşmek istiyorum").first
    expect(row).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    row.click()
    expect_accessible(page, "talk")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("textbox", name="Vatandaşa cevap").fill("Buyurun, dinliyorum")
    page.get_by_role("button", name="Gönder").click()
    expect(page.get_by_text("Cevap gönderiliyor")).to_be_visible()
    assert "Buyurun, dinliyorum" in str(citizen.hears(2)[-1]["body"])


def test_who_asks_a_question_waits_for_its_answer_with_the_newest_words_in_sight(
    page: Page, line: Instance
) -> None:
    citizen = Citizen(line)
    citizen.say("text", text="mahallemizden çöp saat kaçta alınıyor acaba")
    citizen.hears(1)
    citizen.say("text", text="bayramda da çıkıyor mu peki")
    citizen.hears(2)
    citizen.say("text", text="bir de geri dönüşüm hangi gün alınıyor")
    citizen.hears(3)
    sign_in(page, line, "operator", "/admin/bekleyenler/")
    page.get_by_role("link", name="Soru sordu").filter(has_text="bayramda da").click()
    expect(page.locator(".talk li").last).to_be_in_viewport()
    expect(page.locator(".talk li").first).not_to_be_in_viewport()
