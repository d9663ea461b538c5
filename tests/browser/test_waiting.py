"""The operator's first screen, as the call centre lives in it: who waits, the open talk, two people at once."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

from departments.working_time.working_hours import ISTANBUL
from tests.browser.citizen import Citizen
from tests.browser.conftest import NARROW, WIDE
from tests.browser.office import sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance
from tests.pictures import photo

pytestmark = pytest.mark.browser
LIST = "/admin/bekleyenler/"
AT_ONCE = 2_000  # ms within which a reply shows at the other desk


def asked(line: Instance, words: str) -> Citizen:
    """Somebody who asked for a person in these words."""
    citizen = Citizen(line)
    citizen.say("text", text=words)
    citizen.hears(1)
    return citizen


@pytest.fixture
def other(browser: Browser, line: Instance) -> Iterator[Page]:
    """A second desk, of the supervisor."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="tr-TR")
    page = context.new_page()
    sign_in(page, line, "supervisor", LIST)
    yield page
    context.close()


@pytest.mark.parametrize("page", [WIDE, NARROW], indirect=True)
def test_who_asks_for_a_person_is_listed_and_answered(page: Page, line: Instance) -> None:
    citizen = asked(line, "müdürünüzle görüşmek istiyorum")
    sign_in(page, line, "operator", LIST)
    expect_accessible(page, "list")
    link = page.get_by_role("link", name="müdürünüzle görüşmek istiyorum").first
    expect(link).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    link.click()
    page.locator("#talk .bubble", has_text="müdürünüzle").first.wait_for()
    expect_accessible(page, "talk")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("textbox", name="Vatandaşa cevap").fill("Buyurun, dinliyorum")
    page.get_by_role("button", name="Gönder").click()
    expect(page.locator("#people li", has_text="müdürünüzle görüşmek istiyorum")).to_have_count(0)
    assert "Buyurun, dinliyorum" in str(citizen.hears(2)[-1]["body"])


def test_whoever_signs_in_as_an_operator_lands_on_those_who_wait(page: Page, line: Instance) -> None:
    page.goto(f"{line.url}/admin/login/")
    page.locator("[name=username]").fill("operator")
    page.locator("[name=password]").fill(line.variables["DEMO_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{line.url}{LIST}")


def test_by_keyboard_a_reply_takes_two_keys_taking_one_and_the_next_one(page: Page, line: Instance) -> None:
    asked(line, "temsilci istiyorum birinci")
    asked(line, "temsilci istiyorum ikinci")
    sign_in(page, line, "operator", LIST)
    people = page.locator("#people li")
    current = page.locator("#people [aria-current=true]")
    expect(current).to_have_count(1)  # who has waited longest is open from the start
    page.get_by_role("link", name="temsilci istiyorum birinci").click()
    page.locator("#talk .bubble", has_text="birinci").first.wait_for()
    opened = page.locator("#talk h2")
    first = opened.inner_text()
    page.keyboard.press("b")
    expect(page.locator("#talk .has-it")).to_have_text("Sizde")
    page.keyboard.press("j")
    expect(opened).not_to_have_text(first)
    page.keyboard.press("u")
    expect(opened).to_have_text(first)
    count = people.count()
    page.keyboard.press("r")
    page.keyboard.type("Hemen bakıyorum")
    page.keyboard.press("Control+Enter")
    expect(people).to_have_count(count - 1)
    expect(opened).not_to_have_text(first)  # the next one opened by itself
    expect(page.locator("#act-said")).to_contain_text(first)


def test_nobody_is_counted_who_is_not_listed_any_more(page: Page, line: Instance) -> None:
    asked(line, "temsilci istiyorum sayılan")
    sign_in(page, line, "operator", LIST)
    page.get_by_role("link", name="temsilci istiyorum sayılan").click()
    page.locator("#talk .bubble", has_text="sayılan").first.wait_for()
    count = page.locator(".tabs a").first.locator("b")
    before = int(count.inner_text())
    page.route("**/bekleyenler/?*live*", lambda route: route.abort())  # the list is not renewed
    page.get_by_role("textbox", name="Vatandaşa cevap").fill("Buyurun")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#people li", has_text="temsilci istiyorum sayılan")).to_have_count(0)
    expect(page.locator(".tabs a").first).to_have_text(f"Hepsi {before - 1}" if before > 1 else "Hepsi")


def test_whatever_was_written_with_an_act_stands_there_again_when_it_is_taken_back(
    page: Page, line: Instance
) -> None:
    asked(line, "temsilci istiyorum geri alınacak")
    sign_in(page, line, "operator", LIST)
    mine = page.locator("#people li", has_text="temsilci istiyorum geri alınacak")
    mine.get_by_role("link").click()
    page.locator("#talk .bubble", has_text="geri alınacak").first.wait_for()
    page.get_by_label("Cevap gerekmiyorsa nedeni").fill("telefonla görüşüldü")
    page.get_by_role("button", name="Cevapsız kapat").click()
    expect(mine).to_have_count(0)
    page.locator("#act-undo button").click()
    page.locator("#talk .bubble", has_text="geri alınacak").first.wait_for()
    expect(page.get_by_label("Cevap gerekmiyorsa nedeni")).to_have_value("telefonla görüşüldü")


def test_it_stays_where_it_is_for_whoever_does_not_want_to_go_on(page: Page, line: Instance) -> None:
    asked(line, "temsilci istiyorum kalan")
    asked(line, "temsilci istiyorum öteki")
    sign_in(page, line, "operator", LIST)
    page.get_by_label("Sıradakine geç").uncheck()
    page.get_by_role("link", name="temsilci istiyorum kalan").click()
    page.locator("#talk .bubble", has_text="kalan").first.wait_for()
    name = page.locator("#talk h2").inner_text()
    page.get_by_role("textbox", name="Vatandaşa cevap").fill("Buyurun")
    page.get_by_role("button", name="Gönder").click()
    expect(page.locator("#people li", has_text="temsilci istiyorum kalan")).to_have_count(0)
    expect(page.locator("#talk h2")).to_have_text(name)
    page.reload()
    expect(page.get_by_label("Sıradakine geç")).not_to_be_checked()


def press_until(page: Page, key: str, shown: Locator) -> None:
    """Presses a letter again where the page says that it was not meant for what stood there."""
    for _ in range(10):
        page.keyboard.press(key)
        with suppress(AssertionError):
            expect(shown).to_be_visible(timeout=2000)
            return
    expect(shown).to_be_visible()


def test_what_is_put_off_goes_with_a_way_back_and_comes_back_when_the_citizen_writes(
    page: Page, line: Instance
) -> None:
    citizen = asked(line, "temsilci istiyorum ertelenecek")
    sign_in(page, line, "operator", LIST)
    mine = page.locator("#people li", has_text="temsilci istiyorum ertelenecek")
    mine.click()
    page.locator("#talk .bubble", has_text="ertelenecek").first.wait_for()
    page.keyboard.press("e")
    page.get_by_role("button", name="1 saat").click()
    expect(mine).to_have_count(0)
    page.keyboard.press("z")
    expect(mine).to_have_count(1)
    later = page.get_by_role("button", name="1 saat")
    press_until(page, "e", later)  # the talk is being fetched again: until it is there no letter is for it
    later.click()
    expect(mine).to_have_count(0)
    citizen.say("text", text="temsilci istiyorum hala bekliyorum")
    expect(page.locator("#people li", has_text="hala bekliyorum")).to_have_count(1)
    expect(page.locator("#people li", has_text="hala bekliyorum")).to_contain_text(
        "Ertelendi, vatandaş yazdı"
    )


def about_a_ticket(page: Page, line: Instance) -> None:
    """An operator has the talk about a new ticket open."""
    citizen = Citizen(line)
    citizen.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    citizen.hears()
    [(key,)] = line.rows("SELECT max(id) FROM tickets_ticket")
    sign_in(page, line, "operator", f"{LIST}basvuru/{key}/")


def test_what_is_done_in_the_talk_about_a_ticket_is_taken_back(page: Page, line: Instance) -> None:
    about_a_ticket(page, line)
    page.keyboard.press("t")
    page.keyboard.type("Çaldı, açmadı")
    page.get_by_role("button", name="Ulaşamadım").click()
    expect(page.locator("#thread")).to_contain_text("Telefonla arandı: Ulaşamadım")
    page.locator("#act-undo button").click()
    expect(page.locator("#thread")).not_to_contain_text("Telefonla arandı")


def test_the_talk_about_a_ticket_has_the_reply_box_of_its_page(page: Page, line: Instance) -> None:
    line.rows(
        "INSERT INTO tickets_cannedanswer (title, text, status, active) VALUES ('Ekip yolda', 'Ekip yolda.', '', true)"
        " ON CONFLICT (title) DO UPDATE SET text = excluded.text RETURNING id"
    )
    about_a_ticket(page, line)
    expect(page.locator("#reply")).to_be_visible()
    page.locator("body").press("/")
    page.keyboard.type("ekip yol")
    page.locator("#answers [role=option]", has_text="Ekip yolda").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("#reply")).to_have_value("Ekip yolda.")


def test_somebody_without_a_ticket_is_sent_a_photo_from_the_same_box(
    page: Page, line: Instance, tmp_path: Path
) -> None:
    citizen = asked(line, "temsilci istiyorum resim gelsin")
    picture = tmp_path / "harita.jpg"
    picture.write_bytes(photo((640, 480)))
    sign_in(page, line, "operator", LIST)
    page.get_by_role("link", name="temsilci istiyorum resim gelsin").last.click()
    page.locator("#talk .bubble", has_text="resim gelsin").first.wait_for()
    page.get_by_role("textbox", name="Vatandaşa cevap").fill("Yer burası")
    page.locator("#file").set_input_files(picture)
    page.get_by_role("button", name="Gönder", exact=False).last.click()
    expect(page.locator("#people li", has_text="resim gelsin")).to_have_count(0)
    sent = citizen.hears(2)[-1]["body"]
    assert sent["image"]["caption"] == "Yer burası"


def test_a_press_on_the_talk_that_is_open_takes_nothing_from_it(
    page: Page, line: Instance, tmp_path: Path
) -> None:
    asked(line, "temsilci istiyorum iki kez basılan")
    picture = tmp_path / "harita.jpg"
    picture.write_bytes(photo((640, 480)))
    sign_in(page, line, "operator", LIST)
    mine = page.get_by_role("link", name="temsilci istiyorum iki kez basılan").last
    mine.click()
    page.locator("#talk .bubble", has_text="iki kez basılan").first.wait_for()
    expect(page.locator("#talk h2")).to_be_focused()
    page.locator("#file").set_input_files(picture)
    with page.expect_response(lambda answer: "/bekleyenler/" in answer.url):
        mine.click()
    expect(page.locator("#talk h2")).to_be_focused()
    assert page.locator("#file").evaluate("input => input.files.length") == 1


def test_an_answer_for_later_to_somebody_without_a_ticket_waits_in_their_talk_and_is_called_off_there(
    page: Page, line: Instance
) -> None:
    citizen = asked(line, "temsilci istiyorum sonra yazın")
    sign_in(page, line, "operator", LIST)
    page.get_by_role("link", name="temsilci istiyorum sonra yazın").last.click()
    page.locator("#talk .bubble", has_text="sonra yazın").first.wait_for()
    page.get_by_role("textbox", name="Vatandaşa cevap").fill("Yarın sabah arıyoruz")
    page.get_by_text("Sonra gönder").click()
    # The hours that are offered are working hours: before a holiday none of them is within the 24 hours.
    page.locator("#due-at").fill(f"{datetime.now(ISTANBUL) + timedelta(hours=1):%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="O saatte gönder").click()
    waits = page.locator("#thread .bubble.waiting", has_text="Yarın sabah arıyoruz")
    expect(waits).to_contain_text("Sonra gidecek")
    expect(page.locator("#people li", has_text="sonra yazın")).to_have_count(1)
    waits.get_by_role("button", name="Vazgeç").click()
    expect(waits).to_have_count(0)
    assert len(citizen.answers) == 1


COUNTS_TONES = (
    "window.tones = 0; const start = OscillatorNode.prototype.start;"
    "OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };"
)


def test_on_other_pages_somebody_new_is_heard_where_that_was_switched_on(page: Page, line: Instance) -> None:
    page.add_init_script(COUNTS_TONES)
    page.add_init_script("window.looks = 0; addEventListener('pulse', () => (window.looks += 1), true)")
    sign_in(page, line, "operator", LIST)
    page.get_by_label("Ses her sayfada").check()
    page.goto(f"{line.url}/admin/tickets/ticket/")
    page.wait_for_function("window.looks >= 1", polling=200)
    asked(line, "temsilci istiyorum başka sayfada duyulan")
    page.wait_for_function("window.tones >= 1", polling=200)
    page.goto(f"{line.url}{LIST}")
    page.get_by_label("Ses her sayfada").uncheck()
    page.goto(f"{line.url}/admin/tickets/ticket/")
    page.wait_for_function("window.looks >= 1", polling=200)
    asked(line, "temsilci istiyorum başka sayfada duyulmayan")
    page.wait_for_timeout(5_000)
    assert page.evaluate("window.tones") == 0


def test_somebody_new_appears_by_themselves_with_a_count_in_the_title_and_a_tone(
    page: Page, line: Instance
) -> None:
    page.add_init_script(COUNTS_TONES)
    sign_in(page, line, "operator", LIST)
    asked(line, "temsilci istiyorum kendiliğinden")
    expect(page.locator("#people li", has_text="kendiliğinden")).to_be_visible()
    # Another test's danger that nobody has claimed yet goes first in the title.
    expect(page).to_have_title(re.compile(r"^\((?:\d+|\d+ ACİL)\) Bekleyenler"))
    page.wait_for_function("window.tones >= 1", polling=200)


def a_reply_is_sent(page: Page, other: Page, line: Instance) -> None:
    """From one of two desks that have the same talk open."""
    asked(line, "temsilci istiyorum iki masa")
    sign_in(page, line, "operator", LIST)
    for desk in (page, other):
        desk.get_by_role("link", name="temsilci istiyorum iki masa").click()
        desk.locator("#talk .bubble", has_text="iki masa").first.wait_for()
    expect(other.locator("#others")).to_contain_text("bu görüşmeye bakıyor")
    page.get_by_role("textbox", name="Vatandaşa cevap").fill("Ben bakıyorum efendim")
    page.get_by_role("button", name="Gönder").click()
    page.locator("#act-said", has_text="cevap gönderiliyor").wait_for()


def test_a_reply_shows_at_the_other_desk(page: Page, other: Page, line: Instance) -> None:
    a_reply_is_sent(page, other, line)
    expect(other.locator("#talk")).to_contain_text("Ben bakıyorum efendim")


@pytest.mark.long  # measures time: for a machine that does nothing else
def test_a_reply_shows_at_the_other_desk_within_two_seconds(page: Page, other: Page, line: Instance) -> None:
    a_reply_is_sent(page, other, line)
    expect(other.locator("#talk")).to_contain_text("Ben bakıyorum efendim", timeout=AT_ONCE)


def test_two_who_press_at_once_one_has_it_and_the_other_is_told_who(
    page: Page, other: Page, line: Instance
) -> None:
    asked(line, "temsilci istiyorum ikisi birden")
    sign_in(page, line, "operator", LIST)
    for desk in (page, other):
        desk.get_by_role("link", name="temsilci istiyorum ikisi birden").click()
        desk.locator("#talk .bubble", has_text="ikisi birden").first.wait_for()
    other.route("**/nabiz/**", lambda route: route.abort())  # it has not heard of it yet
    page.keyboard.press("b")
    expect(page.locator("#talk .has-it")).to_have_text("Sizde")
    other.keyboard.press("b")
    expect(other.locator("#refused")).to_contain_text("önce aldı")
    other.get_by_role("textbox", name="Vatandaşa cevap").fill("Ben de yazıyorum")
    page.get_by_role("textbox", name="Vatandaşa cevap").fill("Buyurun")
    page.get_by_role("button", name="Gönder").click()
    page.locator("#act-said", has_text="cevap gönderiliyor").wait_for()
    other.get_by_role("button", name="Gönder").click()
    expect(other.locator("#refused")).to_contain_text("artık beklemiyor")
    expect(other.get_by_role("textbox", name="Vatandaşa cevap")).to_have_value("Ben de yazıyorum")


def test_without_the_server_the_old_list_stays_with_its_time_and_a_way_to_try_again(
    page: Page, line: Instance
) -> None:
    asked(line, "temsilci istiyorum çevrimdışı")
    sign_in(page, line, "operator", LIST)
    page.locator("#people li", has_text="çevrimdışı").wait_for()
    page.route("**/bekleyenler/?*live*", lambda route: route.abort())
    asked(line, "temsilci istiyorum duyulmayan")
    expect(page.locator("#stale")).to_contain_text(re.compile(r"Gördüğünüz liste: \d\d\.\d\d"))
    expect(page.locator("#people li", has_text="çevrimdışı")).to_be_visible()
    page.unroute("**/bekleyenler/?*live*")
    page.get_by_role("button", name="Yeniden dene").click()
    expect(page.locator("#people li", has_text="duyulmayan")).to_be_visible()
    expect(page.locator("#stale")).to_be_hidden()


HOURS, ARRIVALS, WARM, AT_ONCE_AT_MOST, STEPS = 8, 500, 20, 10, 20
BETWEEN = HOURS * 3_600_000 // ARRIVALS  # ms of the page's clock from one to the next
NEWCOMER = (
    "WITH citizen AS (INSERT INTO tickets_citizen (name) VALUES ('Gelen {0}') RETURNING id, name)"
    ' INSERT INTO tickets_handover (citizen_id, reason, since, last_at, last_words, "end", note)'
    " SELECT id, 'asked', now() - interval '2 days', now(), name || ' yazdı.', '', '' FROM citizen RETURNING id"
)
ANSWERED = (
    "UPDATE tickets_handover SET ended_at = now(), \"end\" = 'closed' WHERE ended_at IS NULL"
    " AND last_words = 'Gelen {0} yazdı.' RETURNING id"
)
KEPT = ("Nodes", "JSEventListeners", "Documents", "JSHeapUsedSize", "Frames")


def kept(cdp: CDPSession) -> dict[str, float]:
    """What the page holds, after the garbage is gone."""
    cdp.send("HeapProfiler.collectGarbage")
    found = {each["name"]: each["value"] for each in cdp.send("Performance.getMetrics")["metrics"]}
    return {name: found[name] for name in KEPT}


def arrive(page: Page, line: Instance, n: int) -> None:
    """Somebody comes and is listed, the tenth before them is answered elsewhere; the page's time goes on meanwhile."""
    line.rows(NEWCOMER.format(n))
    row = page.locator("#people li", has_text=f"Gelen {n} yazdı.")
    for _ in range(STEPS):  # the answers of the server come when they come
        page.clock.run_for(BETWEEN // STEPS)
    expect(row).to_have_count(1)
    if n % AT_ONCE_AT_MOST == 0:
        row.click()
        expect(page.locator("#talk h2")).to_have_text(f"Gelen {n}")
    if n > AT_ONCE_AT_MOST:
        line.rows(ANSWERED.format(n - AT_ONCE_AT_MOST))


@pytest.mark.long
def test_a_desk_that_is_left_open_for_eight_hours_misses_nobody_and_leaks_nothing(
    page: Page, line: Instance, record_property: Callable[[str, object], None]
) -> None:
    page.route("**/every_second.js", lambda route: route.abort())  # a worker's time cannot be made to pass
    page.clock.install()
    sign_in(page, line, "operator", LIST)
    page.locator("#people, .empty").first.wait_for()
    page.evaluate(
        "window.told = 0; document.addEventListener('somebody-waits', () => { window.told += 1; });"
    )
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable")
    for n in range(1, WARM + 1):  # whatever is made once has been made
        arrive(page, line, n)
    before = kept(cdp)
    for n in range(WARM + 1, ARRIVALS + 1):
        arrive(page, line, n)
    after = kept(cdp)
    record_property("before", before)
    record_property("after", after)
    assert page.evaluate("window.told") == ARRIVALS
    for what in ("Nodes", "JSEventListeners", "Documents", "Frames"):
        assert after[what] <= before[what] * 1.1 + 50, (what, before, after)
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 1_000_000, (before, after)
