"""Around the queue: requests taken down, redirections confirmed, danger taken on, and the crew with its telephone.

With PICTURES=1 the pages are also kept as the pictures of the guides, in docs/pictures/.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE
from tests.browser.office import keep, sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance
from tests.pictures import photo

pytestmark = pytest.mark.browser

POTHOLE = "Alpaslan mahallesinde okulun önünde yolda derin çukur var"


def take_down(page: Page, line: Instance, words: str, *, urgent: bool = False) -> str:
    """A request of somebody on the telephone, as the router suggests it; its number."""
    sign_in(page, line, "operator", "/admin/yeni/")
    page.get_by_label("Telefon", exact=True).fill("0532 765 43 21")
    page.get_by_label("Ne anlatıyor?").fill(words)
    page.get_by_role("button", name="Öneriyi al").click()  # sure or not
    expect(page.get_by_label("Konu", exact=True)).not_to_have_value("")
    page.get_by_label("Acil: can güvenliği").set_checked(urgent)
    expect_accessible(page, "intake")
    keep(page, "yeni-basvuru", width=WIDE[0])
    page.keyboard.press("Control+Enter")
    told = page.get_by_text("Başvuru açıldı. Vatandaşa söyleyin:")
    told.wait_for()
    return told.inner_text().rpartition(" ")[2]


def test_a_request_is_taken_down_with_the_keyboard_and_the_routers_help(page: Page, line: Instance) -> None:
    number = take_down(page, line, POTHOLE)
    found = line.rows(
        "SELECT t.channel, d.code, n.name FROM tickets_ticket t JOIN departments_department d"
        " ON d.id = t.department_id JOIN departments_neighbourhood n ON n.id = t.neighbourhood_id"
        f" WHERE number = '{number}'"
    )
    assert found == [("telefon", "FEN", "Alpaslan")]


def test_what_was_asked_before_is_shown_while_the_clerk_types(page: Page, line: Instance) -> None:
    number = take_down(page, line, POTHOLE)
    page.goto(f"{line.url}/admin/yeni/")
    page.get_by_label("Telefon", exact=True).fill("0532 765 43 21")
    expect(page.locator("#caller")).to_contain_text(number)
    page.get_by_label("Ne anlatıyor?").fill(POTHOLE)
    page.get_by_role("button", name="Öneriyi al").wait_for()
    page.keyboard.press("F2")
    expect(page.get_by_role("group", name="Aynı konu olabilir")).to_contain_text(number)


def test_the_place_is_set_on_a_map_without_tiles_by_mouse_and_by_keyboard(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", "/admin/yeni/")
    pin, canvas = page.get_by_label("Konum (enlem, boylam)"), page.locator("#intake-map.leaflet-container")
    canvas.wait_for()
    page.get_by_label("Mahalle", exact=True).select_option("Alpaslan")
    expect(canvas.locator(".place span", has_text="Alpaslan")).to_be_visible()
    canvas.click(position={"x": 200, "y": 100})
    expect(pin).not_to_have_value("")
    expect(canvas.locator(".pin")).to_be_visible()
    clicked = pin.input_value()
    canvas.focus()
    page.keyboard.press("Enter")
    expect(pin).not_to_have_value(clicked)
    pin.fill("38,7212 35,4892")
    page.get_by_label("Ne anlatıyor?").fill(POTHOLE)
    page.get_by_role("button", name="Başvuruyu aç").click()
    page.get_by_text("Başvuru açıldı").wait_for()
    place = line.rows("SELECT lat, lon, location_source FROM tickets_ticket ORDER BY id DESC LIMIT 1")
    assert place == [(38.7212, 35.4892, "staff")]


def test_redirections_are_confirmed_with_one_key(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", "/admin/yeni/")
    page.get_by_label("Ne anlatıyor?").fill("Sokağımızda sular kesik, şebeke suyu akmıyor")
    expect(page.locator("#suggestion")).to_contain_text("KASKİ")
    page.keyboard.press("F2")
    page.get_by_role("button", name="Başvuruyu aç").click()
    page.get_by_text("Başvuru açıldı").wait_for()
    page.goto(f"{line.url}/admin/yonlendirmeler/")
    expect(page.get_by_role("group", name="KASKİ").get_by_role("checkbox").first).to_be_checked()
    expect_accessible(page, "redirections")
    keep(page, "yonlendirme-onayi")
    page.keyboard.press("o")
    expect(page.get_by_text("ilgili kuruma yönlendirildi")).to_be_visible()
    expect(page.get_by_text("Onay bekleyen yönlendirme yok.")).to_be_visible()


def test_danger_stands_on_every_page_until_somebody_takes_it_on(page: Page, line: Instance) -> None:
    number = take_down(page, line, "Parkta elektrik direğinden kablo sarkıyor, çarpabilir", urgent=True)
    told = (
        "tickets_notification n JOIN tickets_ticket t ON t.id = n.ticket_id"
        f" WHERE kind = 'danger' AND number = '{number}'"
    )
    page.context.clear_cookies()
    sign_in(page, line, "supervisor", "/admin/yeni/")
    bar = page.get_by_role("region", name="Üstlenilmemiş acil bildirimler")
    [(key,)] = line.rows(f"SELECT id FROM tickets_ticket WHERE number = '{number}'")
    alarm = bar.get_by_role("listitem").filter(has=page.locator(f"a[href*='/ticket/{key}/']"))
    for _ in range(60):  # the beat tells within a quarter of a minute; the page looks when it is opened
        if line.count(told.replace("kind", "n.kind")):
            break
        page.wait_for_timeout(1000)
    page.reload()
    expect(alarm).to_be_visible()
    keep(page, "acil-bildirim")
    alarm.get_by_role("button", name="Üstleniyorum").click()
    expect(page.get_by_text("Acil bildirimi üstlendiniz")).to_be_visible()
    page.goto(f"{line.url}/admin/bildirimler/")
    expect_accessible(page, "notices")
    keep(page, "bildirimlerim")
    page.goto(f"{line.url}/admin/yeni/")
    expect(page.get_by_label("Ne anlatıyor?")).to_be_visible()
    expect(alarm).to_have_count(0)


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_the_crew_ends_a_job_on_a_telephone_with_a_photo_over_a_line_that_breaks(
    page: Page, line: Instance, tmp_path: Path
) -> None:
    number = take_down(page, line, POTHOLE)
    page.context.clear_cookies()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 38.72, "longitude": 35.5})
    sign_in(page, line, "crew_fen", "/admin/saha/")
    expect_accessible(page, "crew")
    keep(page, "saha-liste")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    page.get_by_role("listitem").filter(has_text=number).get_by_role("link").click()
    page.get_by_role("button", name="İşe başla").click()
    expect(page.get_by_text("İşe başlandı")).to_be_visible()
    picture = tmp_path / "foto.jpg"
    picture.write_bytes(photo((640, 480)))
    page.get_by_label("Ne yaptınız?").fill("Çukur asfaltla kapatıldı.")
    page.get_by_label("İşin bitmiş hâlinin fotoğrafı").set_input_files(picture)
    expect_accessible(page, "job")
    keep(page, "saha-is")
    page.context.set_offline(True)
    page.get_by_role("button", name="Bitti, gönder").click()
    expect(page.get_by_text("Bağlantı yok.")).to_be_visible()
    page.context.set_offline(False)  # the page sends by itself
    expect(page.get_by_text("İş bitti")).to_be_visible()
    after = f"tickets_attachment a JOIN tickets_ticket t ON t.id = a.ticket_id WHERE a.after AND number = '{number}'"
    assert line.count(after) == 1
    assert line.count(f"tickets_ticket WHERE number = '{number}' AND status = 'RESOLVED'") == 1


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_however_far_a_danger_is_it_stands_first_among_the_jobs_that_are_sorted_by_distance(
    page: Page, line: Instance
) -> None:
    near = take_down(page, line, POTHOLE)
    page.context.clear_cookies()
    far = take_down(page, line, POTHOLE)
    place = "UPDATE tickets_ticket SET lat = {}, lon = {}{} WHERE number = '{}' RETURNING id"
    line.rows(place.format(38.72, 35.5, "", near))
    line.rows(place.format(38.80, 35.7, ", danger = 'gas_in', urgent = true", far))
    page.context.clear_cookies()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 38.72, "longitude": 35.5})
    sign_in(page, line, "crew_fen", "/admin/saha/")
    expect(page.get_by_role("button", name="Yakınlığa göre sıralandı")).to_be_visible()
    jobs = page.locator("#jobs li")
    expect(jobs.first).to_contain_text(far)
    expect(jobs.first).to_contain_text("km")
    expect(jobs.filter(has_text=near)).to_contain_text(" m")
    line.rows(f"UPDATE tickets_ticket SET danger = '', urgent = false WHERE number = '{far}' RETURNING id")


@pytest.mark.parametrize("page", [NARROW], indirect=True)
@pytest.mark.parametrize("far", [False, True], ids=["in its mahalle", "outside them all"])
def test_the_crews_map_is_never_a_pin_in_an_empty_box(
    page: Page, line: Instance, ticket: int, far: bool
) -> None:
    place = "lat = 38.60, lon = 35.30, neighbourhood_id = NULL" if far else "lat = 38.728, lon = 35.503"
    fen = "(SELECT id FROM departments_department WHERE code = 'FEN')"
    [(number,)] = line.rows(
        f"UPDATE tickets_ticket SET {place}, status = 'ASSIGNED', department_id = {fen} WHERE id = {ticket}"
        " RETURNING number"
    )
    sign_in(page, line, "crew_fen", f"/admin/saha/{number}/")
    box = page.locator("#map.leaflet-container")
    box.scroll_into_view_if_needed()
    expect(box.locator(".pin")).to_be_visible()
    expect(box.locator(".own-border")).to_be_visible()
    inside = """(box) => {
      const outer = box.getBoundingClientRect();
      return [box.querySelector(".own-border"), box.querySelector(".place span")].every((drawn) => {
        const { width, left, right, top, bottom } = drawn.getBoundingClientRect();
        const beside = left >= outer.left && right <= outer.right;
        return width > 8 && beside && top >= outer.top && bottom <= outer.bottom;
      });
    }"""
    assert box.evaluate(inside)
