"""The page of one ticket, as clerks work on it: two of them, with a citizen on the telephone."""

import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import NARROW, WIDE
from tests.browser.office import sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance
from tests.pictures import photo
from whatsapp.emulator.records import File

pytestmark = pytest.mark.browser

# A second of video, upright as telephones take it: recorded by the browser, in base 64.
RECORD = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 180, height: 320 });
  const pen = canvas.getContext("2d");
  const draw = setInterval(() => {
    pen.fillStyle = `hsl(${performance.now()} 40% 40%)`;
    pen.fillRect(0, 0, 180, 320);
  }, 50);
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/mp4", videoBitsPerSecond: 50000 });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.start();
  await new Promise((done) => setTimeout(done, 1000));
  await new Promise((done) => { recorder.onstop = done; recorder.stop(); });
  clearInterval(draw);
  return btoa(String.fromCharCode(...new Uint8Array(await new Blob(parts).arrayBuffer())));
}"""
SOON = 45_000  # ms: the line's pause for thought, its work, and a look of the page


def shut_window(line: Instance, ticket: int) -> None:
    """As though the citizen had last written two days ago."""
    line.rows(
        "UPDATE whatsapp_conversation SET last_inbound_at = last_inbound_at - interval '2 days' WHERE citizen_id ="
        f" (SELECT citizen_id FROM tickets_ticket WHERE id = {ticket}) RETURNING id"
    )


def open_ticket(page: Page, line: Instance, ticket: int, who: str = "operator") -> None:
    sign_in(page, line, who)
    page.goto(f"{line.url}/admin/tickets/ticket/{ticket}/change/")


def story(page: Page) -> str:
    return page.locator("#thread").inner_text()


def test_what_the_citizen_writes_appears_without_a_reload_and_is_answered(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    page.evaluate("window.stayed = true")
    expect(page.locator("#thread .bubble.in")).to_contain_text("büyük çukur")
    citizen.say("text", text="Çukur okulun tam önünde")
    expect(page.locator("#thread .bubble.in", has_text="okulun tam önünde")).to_be_visible(timeout=SOON)
    assert page.evaluate("window.stayed")
    page.keyboard.press("r")
    page.keyboard.type("Ekibimiz yola çıktı.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread .bubble.staff", has_text="Ekibimiz yola çıktı.")).to_be_visible()
    assert "Ekibimiz yola çıktı." in str(citizen.hears(2))


def test_a_reply_takes_a_photo_along(
    page: Page, line: Instance, citizen: Citizen, ticket: int, tmp_path: Path
) -> None:
    picture = tmp_path / "kazi.jpg"
    picture.write_bytes(photo((640, 480)))
    open_ticket(page, line, ticket)
    page.locator("#file").set_input_files(picture)
    expect(page.locator("#file-name")).to_have_text("kazi.jpg")
    page.locator("#reply").fill("Çukur böyle kapatıldı.")
    page.locator("#reply").press("Control+Enter")
    expect(page.locator("#thread .bubble.staff", has_text="böyle kapatıldı").locator("img")).to_be_visible()
    told = str(citizen.hears(2)[-1])
    assert "'image'" in told
    assert "Çukur böyle kapatıldı." in told


def test_a_shut_window_shows_what_the_citizen_will_read_as_a_template(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    shut_window(line, ticket)
    open_ticket(page, line, ticket)
    expect(page.locator("#window")).to_contain_text("24 saatlik süre doldu")
    page.locator("#reply").fill("Yarın geliyoruz.")
    preview = page.locator("#preview .text")
    expect(preview).to_contain_text("Melikgazi Belediyesi Çözüm Hattı: Yarın geliyoruz.")


def test_a_move_shows_what_the_citizen_will_read_of_it_as_it_is_typed(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    open_ticket(page, line, ticket, "supervisor")
    asked = move(page, "Vatandaşa sor")
    preview = asked.locator(".preview")
    expect(preview).to_contain_text("Vatandaşın okuyacağı")
    expect(preview).not_to_contain_text("şablon")
    shut_window(line, ticket)
    asked.get_by_label("Vatandaşa soru").fill("Hangi kapının önünde?")
    expect(preview).to_contain_text("(onaylı şablonla)")
    expect(preview.locator(".text")).to_contain_text("size bir şey soracağız.")
    expect(preview.locator(".text")).to_contain_text("Hangi kapının önünde?")
    expect_accessible(page, "previewed move")
    page.reload()
    started = page.locator(".step.primary .preview .text")
    expect(started).to_contain_text("üzerinde çalışmaya başladık.")


@pytest.fixture
def dangers(request: pytest.FixtureRequest, line: Instance, ticket: int) -> Iterator[int]:
    """At least so many dangers wait that nobody has claimed; what other tests left of talk and drills may wait too."""
    while line.count("tickets_ticket") <= request.param:
        another = Citizen(line)
        another.say("text", text="Köşk mahallesinde yolda büyük çukur var")
        another.hears()
    others = f"SELECT id FROM tickets_ticket WHERE id <> {ticket} ORDER BY id DESC"
    line.rows("UPDATE tickets_ticket SET danger = '', urgent = false WHERE danger <> '' RETURNING id")
    line.rows(
        f"UPDATE tickets_ticket SET danger = 'gas_in', urgent = true WHERE id IN ({others} LIMIT {request.param})"
        " RETURNING id"
    )
    yield request.param
    line.rows("UPDATE tickets_ticket SET danger = '', urgent = false WHERE danger <> '' RETURNING id")


@pytest.mark.parametrize("dangers", [0], indirect=True)
@pytest.mark.usefixtures("dangers")
def test_a_video_message_plays_in_the_conversation_and_leaves_room_for_words(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    clip = b64decode(page.evaluate(RECORD))
    citizen.say("video", (File("cukur.mp4", "video/mp4", clip),), caption="Çukur bu, geçen araçlara bakın")
    bubble = page.locator("#thread .bubble.in", has_text="geçen araçlara bakın")
    expect(bubble).to_contain_text("Video", timeout=SOON)
    video = bubble.locator("video")
    expect(video).to_be_visible(timeout=SOON)  # it comes by itself once it is fetched
    before = video.bounding_box()
    video.evaluate("video => { video.muted = true; return video.play(); }")
    page.wait_for_function(
        "video => video.currentTime > 0 && video.videoHeight === 320", arg=video.element_handle()
    )
    box, room = video.bounding_box(), page.locator("#thread").bounding_box()
    assert before
    assert box
    assert room
    assert before["height"] == box["height"] <= room["height"] / 2
    assert box["x"] + box["width"] <= room["x"] + room["width"]
    expect(page.locator("#gallery video")).to_be_visible()
    expect_accessible(page, "video")


def test_the_talk_is_taken_over_and_handed_back(page: Page, line: Instance, ticket: int) -> None:
    open_ticket(page, line, ticket)
    page.get_by_role("button", name="Görüşmeyi devral").click()
    expect(page.locator("#thread")).to_contain_text("Görüşmeyi personel devraldı")
    page.get_by_role("button", name="Görüşmeyi hatta bırak").click()
    expect(page.locator("#thread")).to_contain_text("Görüşme hatta bırakıldı")
    expect(page.get_by_role("button", name="Görüşmeyi devral")).to_be_visible()


def test_a_telephone_number_shows_when_asked_for_and_the_timeline_says_who_asked(
    page: Page, line: Instance, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    expect(page.locator("#phone")).to_contain_text("***")
    page.get_by_role("button", name="Numarayı göster").click()
    expect(page.locator("#phone")).to_contain_text("+90555300")
    expect(page.locator("#thread")).to_contain_text("Telefon numarası açıldı", timeout=SOON)
    expect(page.locator("#phone")).to_contain_text("+90555300")  # news leaves it open


def test_an_answer_is_proposed_approved_and_reopened(page: Page, line: Instance, ticket: int) -> None:
    open_ticket(page, line, ticket, "supervisor")
    form = move(page, "Onaya gönder")
    form.get_by_label("Önerilen cevap").fill("Çukur kapatıldı.")
    form.get_by_role("button", name="Onaya gönder").click()
    expect(page.locator(".badge.status")).to_have_text("Cevap onayında")
    for title, status in (("Onayla ve gönder", "Çözüldü"), ("Yeniden aç", "Birime iletildi")):
        page.get_by_role("button", name=title).click()
        expect(page.locator(".badge.status")).to_have_text(status)
    expect(page.locator("#thread")).to_contain_text("Çukur kapatıldı.")


def test_a_second_matter_becomes_a_ticket_of_its_own(page: Page, line: Instance, ticket: int) -> None:
    open_ticket(page, line, ticket)
    page.keyboard.press("i")
    page.keyboard.type("Sokak lambası yanmıyor")
    page.get_by_role("button", name="İkinci başvuruyu aç").click()
    told = page.get_by_text("ikinci başvuru açıldı.")
    expect(told).to_be_visible()
    told.get_by_role("link").click()
    expect(page.locator("#facts")).to_contain_text("Sokak lambası yanmıyor")


def test_a_suggestion_is_corrected_by_what_one_types(page: Page, line: Instance, ticket: int) -> None:
    open_ticket(page, line, ticket)
    page.keyboard.press("k")
    expect(page.get_by_label("Konu", exact=True)).to_be_focused()
    page.keyboard.type("bordur")
    expect(page.locator(".found [role=option]").first).to_contain_text("Kaldırım, bordür, parke, rampa")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Konu", exact=True)).to_have_value("Kaldırım, bordür, parke, rampa")
    page.locator("details.move[open]").get_by_role("button", name="Konuyu düzelt").click()
    expect(page.locator("#thread")).to_contain_text("Konu değişti")


def test_a_neighbours_report_is_linked_with_one_press(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    other = Citizen(line)
    for each in (citizen, other):
        each.say("location", latitude=38.7205, longitude=35.4826)
    other.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    other.hears()
    [(newest,)] = line.rows("SELECT max(id) FROM tickets_ticket")
    open_ticket(page, line, newest)
    near = page.get_by_label("Yakındaki benzer başvurular")
    expect(near).to_contain_text("uzakta")
    near.get_by_role("button", name="Bununla birleştir (mükerrer)").first.click()
    expect(page.locator(".badge.status")).to_have_text("Mükerrer")


def test_the_work_order_is_a_pdf(page: Page, line: Instance, ticket: int) -> None:
    open_ticket(page, line, ticket)
    paper = page.request.get(f"{line.url}/admin/tickets/ticket/{ticket}/print/")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.body().startswith(b"%PDF")


def test_a_reply_is_taken_back_before_it_leaves_and_its_words_stand_in_the_box_again(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    page.locator("#reply").fill("Yanlış yazdım")
    page.locator("#reply").press("Control+Enter")
    expect(page.locator("#act-said")).to_contain_text("Cevap yazıldı")
    page.keyboard.press("z")
    expect(page.locator("#reply")).to_have_value("Yanlış yazdım")
    expect(page.locator("#thread")).to_contain_text("Geri alındı: Vatandaşa yazıldı")
    expect(page.locator("#thread .bubble", has_text="Yanlış yazdım")).to_have_count(0)
    assert line.count("whatsapp_outbox WHERE text = 'Yanlış yazdım'") == 0


def test_a_move_is_taken_back_with_one_key_and_nobody_hears_of_it(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    open_ticket(page, line, ticket, "supervisor")
    status = page.locator(".badge.status").inner_text()
    page.keyboard.press("l")
    expect(page.locator(".badge.status")).to_have_text("İşlemde")
    expect(page.get_by_role("status").filter(has_text="İşe başlandı")).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator(".badge.status")).to_have_text(status)
    expect(page.get_by_text("Kimseye haber gitmedi.")).to_be_visible()
    page.wait_for_timeout(6_000)
    citizen.hears(1)


def test_a_letter_that_does_nothing_here_says_why_and_letters_can_be_switched_off(
    page: Page, line: Instance, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    page.keyboard.press("l")
    expect(page.locator("#act-said")).to_contain_text("yetkiniz yok")
    page.keyboard.press("?")
    page.get_by_label("Tek harfle işlem yapılsın").uncheck()
    page.get_by_role("button", name="Kapat").click()
    page.reload()
    page.keyboard.press("n")
    expect(page.locator("#note")).not_to_be_focused()
    page.get_by_role("button", name="Tuşlar").click()
    page.get_by_label("Tek harfle işlem yapılsın").check()
    page.get_by_role("button", name="Kapat").click()
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()


def test_the_thread_stays_at_its_end_while_a_photo_comes_late(
    page: Page, line: Instance, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    late = (
        "(tall) => { const li = document.createElement('li'); li.style.flex = 'none'; li.style.height = tall;"
    )
    late += " const thread = document.getElementById('thread'); thread.prepend(li);"
    late += " thread.dispatchEvent(new Event('scroll')); li.dispatchEvent(new Event('load')); }"
    for tall in ("900px", "700px"):
        page.evaluate(late, tall)
    end = "thread.scrollTop + thread.clientHeight > thread.scrollHeight - 5"
    page.wait_for_function(f"() => {{ const thread = document.getElementById('thread'); return {end}; }}")


def test_two_clerks_see_each_other_and_the_second_is_told_what_the_first_did(
    page: Page, browser: Browser, line: Instance, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    other = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="tr-TR").new_page()
    open_ticket(other, line, ticket, "supervisor")
    expect(page.locator("#here")).to_contain_text("supervisor", timeout=SOON)
    expect(other.locator("#here")).to_contain_text("operator", timeout=SOON)
    move(page, "Vatandaşa sor").get_by_label("Vatandaşa soru").fill("Hangi kapının önünde?")
    asked = move(other, "Vatandaşa sor")
    asked.get_by_label("Vatandaşa soru").fill("Fotoğraf var mı?")
    asked.get_by_role("button", name="Vatandaşa sor").click()
    expect(other.locator(".badge.status")).to_have_text("Vatandaştan cevap bekleniyor")
    move(page, "Vatandaşa sor").get_by_role("button", name="Vatandaşa sor").click()
    expect(page.get_by_role("alert")).to_contain_text("değişti")
    expect(page.get_by_role("alert")).to_contain_text("Fotoğraf var mı?")
    expect_accessible(page, "refusal")
    other.context.close()


def move(page: Page, title: str):
    """A move's form, opened."""
    details = page.locator("details.move", has=page.locator("summary", has_text=title)).first
    more = page.locator("#moves [data-more]", has=details)
    if more.count() and more.get_attribute("open") is None:
        more.locator("> summary").click()
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    return details


def test_a_move_is_made_by_keyboard_alone(page: Page, line: Instance, ticket: int) -> None:
    open_ticket(page, line, ticket)
    page.keyboard.press("s")
    page.keyboard.type("Hangi sokakta?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".badge.status")).to_have_text("Vatandaştan cevap bekleniyor")


def test_a_note_is_written_apart_and_reaches_no_citizen(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    page.keyboard.press("n")
    page.keyboard.type("Müteahhit aranacak")
    page.get_by_role("button", name="Not ekle").click()
    expect(page.locator("#thread .line.note", has_text="Müteahhit aranacak")).to_be_visible()
    assert line.count("whatsapp_outbox WHERE text LIKE '%Müteahhit%'") == 0


def test_a_half_written_reply_outlives_a_note(page: Page, line: Instance, ticket: int) -> None:
    open_ticket(page, line, ticket)
    page.locator("#reply").fill("Ekibimiz yarın")
    page.locator("#note").fill("Müteahhit aranacak")
    page.locator("#note").press("Control+Enter")
    expect(page.locator("#thread .line.note")).to_be_visible()
    expect(page.locator("#reply")).to_have_value("Ekibimiz yarın")
    expect(page.locator("#note")).to_have_value("")


def test_a_draft_that_arrives_while_the_page_is_on_its_way_stays(
    page: Page, line: Instance, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    read_before = page.request.get(page.url).text()
    with page.expect_response("**/draft/"):
        page.locator("#reply").fill("Ekibimiz yarın")
    page.wait_for_function("Object.values(sessionStorage).some((each) => JSON.parse(each).saved > 0)")
    page.route(page.url, lambda route: route.fulfill(body=read_before, content_type="text/html"))
    page.reload()
    expect(page.locator("#reply")).to_have_value("Ekibimiz yarın")


def test_a_pin_is_set_on_the_map_without_tiles(page: Page, line: Instance, ticket: int) -> None:
    open_ticket(page, line, ticket)
    page.locator("#map.leaflet-container").scroll_into_view_if_needed()
    page.locator("#map").click(position={"x": 120, "y": 100})
    page.get_by_role("button", name="Yeni konumu kaydet").click()
    expect(page.locator("#thread")).to_contain_text("Konum belirlendi")
    assert line.count(f"tickets_ticket WHERE id = {ticket} AND location_source = 'staff'") == 1


def test_a_photo_is_seen_larger_in_place_and_a_plate_is_hidden_in_it(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    citizen.say("image", (File("plaka.jpg", "image/jpeg", photo((640, 480))),))
    open_ticket(page, line, ticket)
    picture = page.locator("#gallery .picture img")  # it comes by itself once it is fetched
    expect(picture).to_be_visible(timeout=SOON)
    page.keyboard.press("f")
    canvas = page.locator("#viewer canvas")
    expect(canvas).to_be_visible()
    whole = canvas.bounding_box()
    page.keyboard.press("+")
    larger = canvas.bounding_box()
    assert whole
    assert larger
    assert larger["width"] > whole["width"]
    page.keyboard.press("-")
    page.get_by_role("button", name="Yüz ya da plaka gizle").click()
    expect_accessible(page, "photo")
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="Bulanıklaştır ve kaydet").click()
    expect(page.locator("#thread")).to_contain_text("Fotoğraf bulanıklaştırıldı")
    assert line.count("tickets_attachment WHERE original <> ''") == 1


def test_a_photo_that_is_still_coming_shows_nothing_to_draw_on_and_one_that_fails_says_so(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    citizen.say("image", (File("plaka.jpg", "image/jpeg", photo((640, 480))),))
    open_ticket(page, line, ticket)
    picture = page.locator("#gallery [data-photo]")
    expect(picture).to_be_visible(timeout=SOON)
    path = urlsplit(str(picture.get_attribute("data-url"))).path
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(lambda url: urlsplit(url).path == path, hold)
    page.keyboard.press("f")
    viewer = page.locator("#viewer")
    expect(viewer.get_by_role("status")).to_have_text("Fotoğraf geliyor …")
    page.keyboard.press("+")
    expect(viewer.locator("canvas")).to_be_hidden()
    held[0].abort()
    expect(viewer.get_by_role("status")).to_contain_text("Fotoğraf açılamadı")
    expect(viewer.locator("canvas")).to_be_hidden()


def test_the_keys_are_shown_and_axe_finds_nothing_serious(page: Page, line: Instance, ticket: int) -> None:
    open_ticket(page, line, ticket)
    expect_accessible(page, "ticket")
    page.keyboard.press("s")
    expect_accessible(page, "open move")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Tuşlar")).to_be_visible()
    expect_accessible(page, "help")


@pytest.mark.parametrize("dangers", [0, 6], indirect=True)
def test_the_whole_page_fits_a_screen_of_1280_pixels_however_many_dangers_wait(
    page: Page, line: Instance, ticket: int, dangers: int
) -> None:
    open_ticket(page, line, ticket)
    page.locator("#map.leaflet-container").wait_for(state="attached")
    page.wait_for_function(f"document.querySelectorAll('#dangers li').length >= {dangers}", polling=200)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDE[0]
    page.wait_for_function(f"document.documentElement.scrollHeight <= {WIDE[1]}", polling=200)
    expect(page.locator("#reply")).to_be_in_viewport()
    expect(page.locator("summary", has_text=re.compile("Vatandaşa sor"))).to_be_in_viewport()


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_on_a_telephone_the_badges_stand_beside_each_other(page: Page, line: Instance, ticket: int) -> None:
    open_ticket(page, line, ticket)
    badges = page.locator("#head .badges .badge")
    expect(badges.nth(1)).to_be_visible()
    lines = badges.evaluate_all("(all) => new Set(all.map((each) => each.offsetTop)).size")
    assert lines < badges.count()
