"""The queue and the dashboard, as the call centre works with them."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from departments.working_time.working_hours import ISTANBUL
from tests.browser.citizen import Citizen
from tests.browser.clerk import move
from tests.browser.conftest import NARROW, WIDE
from tests.browser.office import QUEUE, sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser

POTHOLES = ("Köşk mahallesinde yolda büyük çukur var", "Alpaslan mahallesinde asfaltta çukur oluştu")
SOON = 45_000  # ms: the line's pause for thought, its work, and a look of the page


AT_THEIR_DEPARTMENT = (
    "tickets_ticket WHERE status = 'ASSIGNED' AND outcome IS NULL AND description ILIKE '%çukur%'"
    " AND department_id = (SELECT id FROM departments_department WHERE code = 'FEN')"
)


@pytest.fixture(autouse=True)
def tickets(line: Instance) -> None:
    """Two requests about potholes stand in the queue, whatever other tests have done with those before them."""
    for text in POTHOLES[line.count(AT_THEIR_DEPARTMENT) :]:
        citizen = Citizen(line)
        citizen.say("text", text=text)
        citizen.hears()


# Red, green and blue of what somebody sees behind an element, in whatever way its style names the colour.
_GROUND = """each => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.fillStyle = getComputedStyle(each).backgroundColor;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""


def rows(page: Page, text: str = "çukur") -> list[str]:
    page.locator("tr[data-row]", has_text=text).first.wait_for()
    return page.locator("tr[data-row]", has_text=text).locator("a.number").all_inner_texts()


def test_a_clerk_works_without_a_mouse(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor")
    first, second = page.locator("tr[data-row]").nth(0), page.locator("tr[data-row]").nth(1)
    page.keyboard.press("j")
    expect(first.locator("a.number")).to_be_focused()
    page.keyboard.press("j")
    expect(second.locator("a.number")).to_be_focused()
    page.keyboard.press("u")
    expect(first.locator("a.number")).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("form", name="Seçilen başvurularla yapılacaklar")).to_contain_text(
        "1 başvuru seçili"
    )
    page.keyboard.press("x")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Tuşlar: her sayfada, her rolde aynı")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("9")
    expect(page.get_by_role("link", name="Tümü")).to_have_attribute("aria-current", "page")
    page.keyboard.press("/")
    page.keyboard.type("cukur alpaslan")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ara: cukur alpaslan")).to_be_visible()
    number = rows(page)[0]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/")
    expect(page.locator("body")).to_contain_text(number)


def test_a_ticket_leads_back_to_the_queue_as_it_was_left(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", f"{QUEUE}?tab=tumu&q=cukur")
    page.locator("tr[data-row]").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/")
    page.keyboard.press("Escape")
    page.wait_for_url(f"**{QUEUE}?tab=tumu&q=cukur")


def test_a_new_request_appears_without_a_reload(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator")
    page.evaluate("window.stayed = true")
    page.locator("tr[data-row]").first.get_by_role("checkbox").check()
    chosen = page.locator("tr[data-row]").first.get_attribute("data-row")
    citizen = Citizen(line)
    citizen.say("text", text="Gesi mahallesinde kaldırım taşları sökülmüş, düşen oldu")
    expect(page.locator("tr[data-row]", has_text="kaldırım taşları sökülmüş")).to_be_visible(timeout=SOON)
    expect(page.locator("#queue-news")).to_contain_text("yeni başvuru geldi")
    expect(page.locator(f"tr[data-row='{chosen}']").get_by_role("checkbox")).to_be_checked()
    assert page.evaluate("window.stayed")


def test_filters_are_set_kept_and_found_again(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator")
    page.locator("summary", has_text="Mahalle").click()
    page.get_by_label("Alpaslan", exact=True).check()
    page.locator("details[open]").get_by_role("button", name="Uygula").click()
    expect(page.get_by_text("Mahalle: Alpaslan")).to_be_visible()
    assert "neighbourhood=alpaslan" in page.url
    page.get_by_label("Görünümün adı").fill("Alpaslan işleri")
    page.get_by_role("button", name="Kaydet").click()
    expect(page.get_by_text("“Alpaslan işleri” görünümü kaydedildi.")).to_be_visible()
    page.goto(line.url + QUEUE)
    page.get_by_role("link", name="Alpaslan işleri").click()
    expect(page.get_by_text("Mahalle: Alpaslan")).to_be_visible()
    page.get_by_role("button", name="“Alpaslan işleri” görünümünü sil").click()
    expect(page.get_by_role("link", name="Alpaslan işleri")).to_have_count(0)


def test_several_are_given_to_somebody_at_once(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", f"{QUEUE}?q=cukur&department=FEN&status=ASSIGNED")
    numbers = rows(page)
    assert len(numbers) >= len(POTHOLES)
    for number in numbers:
        page.get_by_label(f"{number} seç").check()
    page.get_by_role("combobox", name="İşlem", exact=True).select_option("Birim ya da sorumlu ata")
    page.get_by_role("combobox", name="Sorumlu", exact=True).select_option("crew_fen")
    page.get_by_role("button", name=f"{len(numbers)} başvuruya uygula").click()
    expect(page.get_by_text(f"{len(numbers)} başvuruda yapıldı.")).to_be_visible()
    expect(page.locator("tr[data-row]", has_text="crew_fen")).to_have_count(len(numbers))


def test_fourteen_rows_fit_on_a_small_screen(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator")
    row = page.locator("tr[data-row]").first.bounding_box()
    assert row
    assert row["height"] <= 33
    assert row["y"] + 14 * row["height"] <= WIDE[1]


def test_a_row_stays_one_line_however_long_its_department_is_called(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator")
    unit = page.locator("tr[data-row] td.unit").first
    unit.evaluate("cell => { cell.textContent = 'Kadın ve Aile Hizmetleri Müdürlüğü '.repeat(3); }")
    assert unit.evaluate("cell => cell.closest('tr').offsetHeight") <= 33


def test_urgency_is_read_before_the_target(page: Page, line: Instance) -> None:
    urgent = "UPDATE tickets_ticket SET urgent = {} WHERE id = (SELECT max(id) FROM tickets_ticket) RETURNING number"
    [(number,)] = line.rows(urgent.format("true"))
    try:
        sign_in(page, line, "operator")
        target = page.locator("tr[data-row]", has_text=str(number)[-6:]).first.locator("td.target")
        expect(target).to_have_text(re.compile(r"^\s*ACİL\s+\d+ (dk|sa|gün)"))
    finally:
        line.rows(urgent.format("false"))  # what is urgent stands on top of every page of the other tests


def test_what_has_just_come_in_is_said_in_no_colour(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator")
    status = page.locator("tr[data-row]", has_text="çukur").first.locator(".status")
    expect(status).to_be_visible()
    ground = status.evaluate(_GROUND)
    assert max(ground) - min(ground) <= 16


def test_what_failed_of_several_is_told_in_its_row_and_stays_selected_with_what_was_typed(
    page: Page, line: Instance
) -> None:
    sign_in(page, line, "supervisor", f"{QUEUE}?q=cukur&department=FEN&status=ASSIGNED")
    stale, other = rows(page)[:2]
    for number in (stale, other):
        page.get_by_label(f"{number} seç").check()
    page.locator("[data-do=assign]").wait_for()
    page.locator("tr[data-row]").first.focus()
    page.keyboard.press("p")  # programa al
    expect(page.get_by_label("Programlanan gün")).to_be_focused()
    move(line, stale, "IN_PROGRESS")
    day = (datetime.now(tz=ISTANBUL) + timedelta(days=30)).date().isoformat()
    page.get_by_label("Programlanan gün").fill(day)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#queue-done")).to_have_text("1 başvuruda yapıldı.")
    expect(page.locator(".bulk-failed")).to_contain_text(f"{stale}: Başvuru siz bakarken değişti.")
    expect(page.get_by_label("Programlanan gün")).to_have_value(day)
    expect(page.locator("output")).to_have_text(
        "0 başvuru seçili"
    )  # it left the list, which shows ASSIGNED alone
    page.goto(f"{line.url}{QUEUE}?q=cukur&department=FEN")
    page.get_by_label(f"{stale} seç").check()
    page.get_by_role("combobox", name="İşlem", exact=True).select_option("Karşılanamadı")
    page.get_by_label("Vatandaşa giden metin").fill("Uygun değil.")
    page.get_by_role("button", name="1 başvuruya uygula").click()
    expect(page.get_by_label("Gerekçe")).to_be_focused()  # asked for in place
    expect(page.get_by_label(f"{stale} seç")).to_be_checked()
    expect(page.get_by_label("Vatandaşa giden metin")).to_have_value("Uygun değil.")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("form", name="Seçilen başvurularla yapılacaklar")).to_be_hidden()


def test_what_failed_and_was_taken_out_of_the_selection_is_not_chosen_again(
    page: Page, line: Instance
) -> None:
    sign_in(page, line, "supervisor", f"{QUEUE}?q=cukur&department=FEN")
    stale = rows(page)[0]
    box = page.get_by_label(f"{stale} seç")
    box.check()
    page.locator("[data-do=assign]").wait_for()
    page.keyboard.press("p")
    day = (datetime.now(tz=ISTANBUL) + timedelta(days=30)).date().isoformat()
    page.get_by_label("Programlanan gün").fill(day)
    newer = f"UPDATE tickets_ticket SET version = version + 1 WHERE number = '{stale}' RETURNING id"
    line.rows(newer)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bulk-failed")).to_contain_text(stale)
    box.uncheck()
    expect(page.locator(".bulk-failed")).to_be_hidden()
    line.rows(newer)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("tr.fresh")).not_to_have_count(0)
    expect(box).not_to_be_checked()


def test_the_list_is_sorted_by_how_long_somebody_waits(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator")
    page.get_by_role("link", name="Bekliyor").click()
    page.wait_for_url("**order=bekleyen*")
    expect(page.get_by_role("columnheader", name="Bekliyor")).to_have_attribute("aria-sort", "descending")


def test_what_is_shown_is_taken_along_as_a_file(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", f"{QUEUE}?q=cukur")
    number = rows(page)[0]
    with page.expect_download() as download:
        page.locator(".queue-export").get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "basvurular.csv"
    assert number in download.value.path().read_text("utf-8-sig")


@pytest.fixture
def an_old_one(line: Instance) -> Iterator[int]:
    """How many on the map are older than a month: what other tests left, and one at least beside a younger one."""
    keys = "(SELECT id FROM tickets_ticket WHERE outcome IS NULL AND NOT restricted ORDER BY id DESC LIMIT 2)"
    [(younger,), (older,)] = sorted(
        line.rows(f"UPDATE tickets_ticket SET lat = 38.72, lon = 35.48 WHERE id IN {keys} RETURNING id"),
        reverse=True,
    )
    by_days = (
        "UPDATE tickets_ticket SET created_at = created_at {} interval '40 days' WHERE id = {} RETURNING id"
    )
    line.rows(by_days.format("-", older))
    [(count,)] = line.rows(
        "SELECT count(*) FROM tickets_ticket WHERE outcome IS NULL AND lat IS NOT NULL AND NOT restricted"
        " AND created_at < now() - interval '31 days'"
    )
    yield int(count)
    line.rows(by_days.format("+", older))
    line.rows(
        f"UPDATE tickets_ticket SET lat = NULL, lon = NULL WHERE id IN ({younger}, {older}) RETURNING id"
    )


def test_the_dashboard_shows_figures_charts_and_the_map(page: Page, line: Instance, an_old_one: int) -> None:
    sign_in(page, line, "supervisor", "/admin/")
    expect(page.get_by_role("heading", name="WhatsApp kanalı")).to_be_visible()
    expect(page.get_by_text("Çalışıyor")).to_be_visible()
    expect(page.locator("#map-note")).to_contain_text("başvurunun yeri belli")
    expect(page.locator("#map.leaflet-container")).to_be_visible()
    expect(page.locator("#map .place").first).to_be_attached()  # names, though nobody brought tiles
    page.locator("#map-age").select_option("31-")
    expect(page.locator("#map-note")).to_have_text(f"{an_old_one} başvuru seçildi")
    page.get_by_role("link", name="Açık", exact=False).first.click()
    page.wait_for_url(f"**{QUEUE}*")


@pytest.mark.parametrize(
    "path", ["/admin/", QUEUE, f"{QUEUE}?tab=geciken", f"{QUEUE}?q=cukur&department=FEN"]
)
def test_axe_finds_nothing_serious(page: Page, line: Instance, path: str) -> None:
    sign_in(page, line, "supervisor", path)
    page.locator("#map-note, .queue-tabs").first.wait_for()
    expect_accessible(page, path)


def test_axe_finds_nothing_serious_in_what_opens(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor")
    page.locator("summary", has_text="Konu").click()
    page.locator("tr[data-row]").first.get_by_role("checkbox").check()
    page.get_by_role("combobox", name="İşlem", exact=True).select_option("Karşılanamadı")
    expect_accessible(page, "filter and bulk form")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect_accessible(page, "shortcuts")


@pytest.mark.parametrize("path", ["/admin/", QUEUE])
def test_nothing_lies_beyond_the_edge_at_1280_pixels(page: Page, line: Instance, path: str) -> None:
    sign_in(page, line, "supervisor", path)
    page.locator("#map-note, .queue-tabs").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDE[0]


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_a_filtered_queue_that_may_be_saved_fits_a_telephone(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", f"{QUEUE}?status=NEW")
    expect(page.get_by_placeholder("Ad verip kaydedin")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_user_s_menu_stays_in_its_box(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor")
    page.locator('#nav-sidebar [x-on\\:click="openUserLinks = !openUserLinks"]').first.click()
    choices = page.locator("[x-on\\:click^=switchTheme]")
    expect(choices.last).to_be_visible()
    assert choices.last.evaluate(
        """each => {
          const text = document.createRange();
          text.selectNodeContents(each);
          return text.getBoundingClientRect().right <= each.closest("nav").getBoundingClientRect().right;
        }"""
    )
