"""The page of charts, as a head of department reads it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.citizen import Citizen
from tests.browser.office import sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser
URL = "/admin/raporlar/"


@pytest.fixture(scope="module", autouse=True)
def ticket(line: Instance) -> None:
    """A request about a pothole came in today."""
    citizen = Citizen(line)
    citizen.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    citizen.hears()


def test_each_chart_is_drawn_and_says_where_its_figures_are_from(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", URL)
    expect(page.locator(".tile", has_text="Gelen").locator("b")).not_to_have_text("0")
    for name in ("Eğilim: gelen ve çözülen", "Açık başvuruların yaşı (şu an)", "Mahallelere göre yoğunluk"):
        expect(page.get_by_role("img", name=name)).to_be_visible()
    chart = page.locator("section", has=page.get_by_role("heading", name="Konular"))
    expect(chart.locator("code")).to_contain_text("/api/v1/reports/categories/?from=")
    with page.expect_download() as download:
        chart.get_by_role("link", name="CSV olarak").click()
    assert download.value.suggested_filename == "konular.csv"
    expect_accessible(page, "raporlar")
