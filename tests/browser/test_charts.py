"""The page of charts, as a head of department reads it."""

from datetime import datetime, timedelta
from unittest.mock import ANY

import pytest
from playwright.sync_api import Page, expect

from departments.working_time.working_hours import ISTANBUL
from tests.browser.citizen import Citizen
from tests.browser.conftest import NARROW
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
    expect(page.locator(".figs .box", has_text="Gelen").locator("b")).not_to_have_text("0")
    for name in ("Eğilim", "Açık başvuruların yaşı", "Konular", "Mahallelere göre yoğunluk"):
        expect(page.get_by_role("img", name=name)).to_be_visible()
    chart = page.locator("section", has=page.get_by_role("heading", name="Konular"))
    chart.get_by_text("Tablo ve sütunlar").click()
    expect(chart.get_by_role("link", name="/api/v1/reports/categories/?from=")).to_be_visible()
    with page.expect_download() as download:
        chart.get_by_role("link", name="CSV olarak").click()
    assert download.value.suggested_filename == "konular.csv"
    assert download.value.path().read_text("utf-8-sig").startswith("Ad;Gelen;Şu an açık;")
    expect_accessible(page, "raporlar")


def test_of_days_to_come_nothing_is_drawn(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", URL)
    today = datetime.now(ISTANBUL).date()
    page.get_by_label("İlk gün").fill(str(today))
    page.get_by_label("Son gün").fill(str(today + timedelta(days=3)))
    page.get_by_role("button", name="Göster").click()
    page.get_by_role("img", name="Eğilim").wait_for()
    drawn = "Chart.getChart(document.querySelector('[data-report=trend] canvas')).data.datasets[0].data"
    assert page.evaluate(drawn) == [ANY, None, None, None]


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_on_a_telephone_nothing_is_wider_than_the_screen(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", URL)
    expect(page.get_by_role("img", name="Konular")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]


def test_a_chart_without_data_says_so(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", URL)
    page.get_by_label("İlk gün").fill("2020-01-01")
    page.get_by_label("Son gün").fill("2020-01-31")
    page.get_by_role("button", name="Göster").click()
    expect(page.get_by_text("Bu dönemde başvuru gelmedi.", exact=True)).to_be_visible()
    expect(page.get_by_text("Bu dönemde değerlendirme yapılmadı.")).to_be_visible()


def test_a_table_has_the_columns_that_were_chosen_and_is_copied_as_it_stands(
    page: Page, line: Instance
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, line, "supervisor", URL)
    chart = page.locator("section", has=page.get_by_role("heading", name="Konular"))
    chart.get_by_text("Tablo ve sütunlar").click()
    for box in chart.get_by_role("checkbox").all():
        box.set_checked(False)
    for name in ("Ad", "Gelen"):
        chart.get_by_role("checkbox", name=name, exact=True).check()
    expect(chart.get_by_role("columnheader")).to_have_text(["Ad", "Gelen"])
    chart.get_by_role("button", name="Tabloyu kopyala").click()
    expect(chart.get_by_role("status")).to_have_text("Tablo kopyalandı; Excel’e yapıştırın.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[0] == "Ad\tGelen"
    chart.get_by_role("button", name="Resmi kopyala").click()
    expect(chart.get_by_role("status")).to_have_text("Resim kopyalandı.")
    kinds = "navigator.clipboard.read().then((found) => found[0].types)"
    assert page.evaluate(kinds) == ["image/png"]


def test_a_number_opens_the_list_that_it_counts(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", URL)
    tile = page.locator(".figs .box", has_text="Şu an açık")
    count = int(tile.locator("b").inner_text())
    assert 0 < count < 50
    tile.click()
    page.wait_for_url("**/admin/tickets/ticket/?*open=on*")
    expect(page.locator("tr[data-row]")).to_have_count(count)


def test_a_bar_of_the_open_requests_opens_their_list_as_its_number_does(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", URL)
    chart = page.locator("section", has=page.get_by_role("heading", name="Açık başvuruların yaşı"))
    expect(chart.get_by_role("img")).to_be_visible()
    chart.get_by_text("Tablo ve sütunlar").click()
    chart.get_by_role("checkbox", name="Zamanında").check()
    number = chart.get_by_role("row", name="1 günden az").locator("a[href*='clock=on_time']")
    count, address = int(number.inner_text()), number.get_attribute("href")
    assert 0 < count < 50
    middle = page.evaluate(
        "(() => { const [x, y] = Object.values(Chart.getChart(document.querySelector('[data-report=backlog] canvas'))"
        ".getDatasetMeta(0).data[0].getCenterPoint()); return { x, y } })()"
    )
    chart.locator("canvas").click(position=middle)
    page.wait_for_url(f"**{address}")
    expect(page.locator("tr[data-row]")).to_have_count(count)


def test_the_panels_charts_are_copied_and_open_their_lists(page: Page, line: Instance) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, line, "supervisor", "/admin/")
    chart = page.locator("section", has=page.get_by_role("heading", name="Son 14 gün"))
    chart.get_by_role("button", name="Tabloyu kopyala").click()
    expect(chart.get_by_role("status")).to_have_text("Tablo kopyalandı; Excel’e yapıştırın.")
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0] == "Gün\tGelen\tÇözülen"
    assert len(copied) == 15
    chart.get_by_role("button", name="Resmi kopyala").click()
    expect(chart.get_by_role("status")).to_have_text("Resim kopyalandı.")
    chart.get_by_text("Tablo", exact=True).click()
    number = chart.get_by_role("row").last.get_by_role("link", name="Gelen:")
    count = int(number.inner_text())
    assert count > 0
    number.click()
    page.wait_for_url("**/admin/tickets/ticket/?tab=tumu&since=*&until=*")
    expect(page.locator("tr[data-row]")).to_have_count(count)


def test_bars_that_stand_in_a_table_are_copied_as_a_picture_too(page: Page, line: Instance) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, line, "supervisor", "/admin/birimim/?birim=FEN")
    chart = page.locator("section", has=page.get_by_role("heading", name="Kimde ne kadar iş var"))
    chart.get_by_role("button", name="Resmi kopyala").click()
    expect(chart.get_by_role("status")).to_have_text("Resim kopyalandı.")
    chart.get_by_role("button", name="Tabloyu kopyala").click()
    expect(chart.get_by_role("status")).to_have_text("Tablo kopyalandı; Excel’e yapıştırın.")
    assert page.evaluate("navigator.clipboard.readText()").splitlines()[0] == "Kişi\tAçık başvuru"


def test_no_curve_runs_below_zero(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", URL)
    page.get_by_role("img", name="Eğilim").wait_for()
    sets = "Chart.getChart(document.querySelector('[data-report=trend] canvas')).data.datasets"
    assert set(page.evaluate(f"{sets}.map((each) => each.tension || 0)")) == {0}
