"""The desk while things happen at once: answers that come late, a server that is away, words that must not be lost."""

import re
import uuid
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, Route, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import NARROW
from tests.browser.office import QUEUE, sign_in
from tests.chaos.instance import Instance
from tests.pictures import photo
from whatsapp.emulator.records import File

pytestmark = pytest.mark.browser
LIST = "/admin/bekleyenler/"
COUNT_TONES = (
    "window.tones = 0; const start = OscillatorNode.prototype.start;"
    "OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };"
)


def asked(line: Instance, words: str) -> Citizen:
    """Somebody who asked for a person in these words."""
    citizen = Citizen(line)
    citizen.say("text", text=f"temsilci istiyorum {words}")
    citizen.hears(1)
    return citizen


def reported(line: Instance) -> int:
    """The key of a ticket that somebody has just opened by WhatsApp."""
    citizen = Citizen(line)
    citizen.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    citizen.hears()
    [(key,)] = line.rows("SELECT max(id) FROM tickets_ticket")
    return int(key)


def given(line: Instance) -> int:
    """The key of a ticket that waits for the operator, whatever they write about it."""
    key = reported(line)
    line.rows(
        "UPDATE tickets_ticket SET assignee_id = (SELECT id FROM auth_user WHERE username = 'operator')"
        f" WHERE id = {key} RETURNING id"
    )
    return key


def row(page: Page, words: str) -> str:
    """The address of the row with these words."""
    link = page.locator("#people li", has_text=words).locator("a")
    return str(link.get_attribute("href"))


def open_row(page: Page, words: str) -> None:
    page.locator("#people li", has_text=words).locator("a").click()
    page.locator("#talk .bubble", has_text=words).first.wait_for()


def held(page: Page, what: "re.Pattern[str] | str | Callable[[str], bool]") -> list[Route]:
    """Requests to these addresses, which wait until they are let go."""
    waiting: list[Route] = []
    page.route(what, lambda route: waiting.append(route))  # noqa: PLW0108 - a builtin is no handler to Playwright
    return waiting


def until(page: Page, waiting: list[Route]) -> None:
    """Waits for the first request that is held."""
    for _ in range(200):
        if waiting:
            return
        page.wait_for_timeout(100)
    raise AssertionError("nothing was asked for")


def test_a_late_answer_about_one_talk_is_not_painted_over_the_next(page: Page, line: Instance) -> None:
    first, second = (f"gecikme {uuid.uuid4().hex[:6]}" for _ in range(2))
    citizen = asked(line, first)
    asked(line, second)
    sign_in(page, line, "operator", LIST)
    address = row(page, second)
    open_row(page, first)
    late = held(page, f"**{row(page, first)}")
    citizen.say("text", text="hâlâ bekliyorum")
    until(page, late)
    open_row(page, second)
    for each in late:
        each.continue_()
    page.wait_for_timeout(1_000)
    expect(page.locator("#thread")).not_to_contain_text(first)
    expect(page.locator("#reply-form")).to_have_attribute("action", f"{address}cevapla/")
    page.unroute_all(behavior="ignoreErrors")


def test_how_the_last_talk_ended_is_not_said_of_the_next(page: Page, line: Instance) -> None:
    first, second = (f"bitti {uuid.uuid4().hex[:6]}" for _ in range(2))
    asked(line, first)
    asked(line, second)
    sign_in(page, line, "operator", LIST)
    ended, coming = row(page, first), row(page, second)
    open_row(page, first)
    beats = held(page, f"**{ended}nabiz/")
    late = held(page, f"**{coming}")
    page.locator("#people li", has_text=second).locator("a").click()
    until(page, late)
    page.evaluate(  # what the pulse says once the talk is answered
        "key => document.dispatchEvent(new CustomEvent('pulse',"
        " { detail: { here: [], talks: [key], tickets: [], list: '' } }))",
        int(ended.rstrip("/").rpartition("/")[2]),
    )
    page.wait_for_timeout(500)
    for each in late:
        each.continue_()
    page.locator("#talk .bubble", has_text=second).first.wait_for()
    page.wait_for_timeout(500)
    for each in beats:
        each.fulfill(json={"ended": "operator kapattı, 06.56: cevaplandı."})
    page.wait_for_timeout(500)
    expect(page.locator("#refused")).to_be_hidden()
    page.unroute_all(behavior="ignoreErrors")


def test_a_reply_sent_while_the_next_talk_is_fetched_ends_the_talk_that_it_was_written_in(
    page: Page, line: Instance
) -> None:
    first, second = (f"erken {uuid.uuid4().hex[:6]}" for _ in range(2))
    asked(line, first)
    asked(line, second)
    sign_in(page, line, "operator", LIST)
    open_row(page, first)
    page.locator("#reply").fill("Buyurun")
    late = held(page, f"**{row(page, second)}")
    page.locator("#people li", has_text=second).locator("a").click()
    until(page, late)
    page.locator("#reply").press("Control+Enter")
    expect(page.locator("#people li", has_text=first)).to_have_count(0)
    for each in late:
        each.continue_()
    page.locator("#talk .bubble", has_text=second).first.wait_for()
    expect(page.locator("#people li", has_text=second)).to_have_count(1)
    page.unroute_all(behavior="ignoreErrors")


def test_a_key_that_was_meant_for_the_talk_before_does_nothing_to_the_one_that_came_by_itself(
    page: Page, line: Instance
) -> None:
    first, second = (f"tuş {uuid.uuid4().hex[:6]}" for _ in range(2))
    asked(line, first)
    asked(line, second)
    sign_in(page, line, "operator", LIST)
    open_row(page, first)
    page.evaluate(  # the very moment in which the next one stands there
        "() => { const pane = document.getElementById('talk'); new MutationObserver((_, seen) => {"
        " seen.disconnect(); window.pressedAt = performance.now();"
        " for (const key of 'bea') pane.dispatchEvent("
        "new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })); })"
        ".observe(pane, { childList: true }); }"
    )
    page.locator("#reply").fill("Buyurun")
    page.locator("#reply").press("Control+Enter")
    expect(page.locator("#talk .bubble", has_text=second)).to_have_count(1)
    expect(page.locator("#act-said")).to_contain_text("tuş işlenmedi")
    expect(page.locator("#talk .has-it")).to_have_count(0)
    expect(page.locator("#talk details[open]")).to_have_count(0)
    page.wait_for_function("performance.now() > window.pressedAt + 1000", polling=200)
    page.keyboard.press("b")
    expect(page.locator("#talk .has-it")).to_have_text("Sizde")
    page.locator("#close-note").fill("deneme")
    page.keyboard.press("Enter")
    expect(page.locator("#people li", has_text=second)).to_have_count(0)


def test_keys_pressed_while_the_next_talk_is_fetched_are_not_for_the_one_that_is_left(
    page: Page, line: Instance
) -> None:
    first, second = (f"hızlı {uuid.uuid4().hex[:6]}" for _ in range(2))
    asked(line, first)
    asked(line, second)
    sign_in(page, line, "operator", LIST)
    earlier, later = row(page, first), row(page, second)
    open_row(page, first)
    late = held(page, re.compile(f"{earlier}$|{later}$"))
    page.keyboard.press("j")
    until(page, late)
    page.keyboard.press("b")
    expect(page.locator("#act-said")).to_contain_text("tuş işlenmedi")
    began = page.evaluate("performance.now()")
    late.pop().continue_()
    expect(page.locator("#reply-form")).to_have_attribute("action", f"{later}cevapla/")
    page.wait_for_function(f"performance.now() > {began} + 1000", polling=200)
    page.keyboard.press("u")
    until(page, late)
    page.keyboard.press("r")
    late.pop().continue_()
    page.unroute_all(behavior="ignoreErrors")
    expect(page.locator("#reply-form")).to_have_attribute("action", f"{earlier}cevapla/")
    expect(page.locator("#reply")).to_be_focused()
    said = f"(last_words LIKE '%{first}%' OR last_words LIKE '%{second}%')"
    assert line.count(f"tickets_handover WHERE assignee_id IS NOT NULL AND {said}") == 0


def test_a_late_answer_to_a_reply_leaves_the_talk_that_is_open_by_then_alone(
    page: Page, line: Instance
) -> None:
    first, second = (f"geç cevap {uuid.uuid4().hex[:6]}" for _ in range(2))
    asked(line, first)
    asked(line, second)
    sign_in(page, line, "operator", LIST)
    open_row(page, first)
    name = page.locator("#talk h2").inner_text()
    late = held(page, "**/cevapla/")
    page.locator("#reply").fill("Buyurun")
    page.keyboard.press("Control+Enter")
    until(page, late)
    open_row(page, second)
    page.locator("#reply").fill("yarım kalan cümle")
    late[0].continue_()
    expect(page.locator("#act-said")).to_contain_text(name)
    expect(page.locator("#people li", has_text=first)).to_have_count(0)
    expect(page.locator("#people li", has_text=second)).to_have_count(1)
    expect(page.locator("#reply")).to_have_value("yarım kalan cümle")


def test_a_reply_that_could_not_be_sent_is_still_there_after_a_look_at_the_next_talk(
    page: Page, line: Instance
) -> None:
    first, second = (f"gitmeyen {uuid.uuid4().hex[:6]}" for _ in range(2))
    asked(line, first)
    asked(line, second)
    sign_in(page, line, "operator", LIST)
    open_row(page, first)
    page.route("**/cevapla/", lambda route: route.abort())
    page.route("**/taslak/", lambda route: route.abort())
    page.locator("#reply").fill("Kaybolmasın")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#refused")).to_contain_text("Yazdığınız duruyor")
    open_row(page, second)
    expect(page.locator("#reply")).to_have_value("")
    open_row(page, first)
    expect(page.locator("#reply")).to_have_value("Kaybolmasın")


def test_what_was_typed_on_the_desk_and_sent_from_the_page_of_the_ticket_is_no_draft_any_more(
    page: Page, line: Instance
) -> None:
    key = reported(line)
    sign_in(page, line, "operator", f"{LIST}basvuru/{key}/")
    with page.expect_response("**/draft/"):
        page.locator("#reply").fill("Ekip yarın geliyor")
    page.goto(f"{line.url}{QUEUE}{key}/change/")
    expect(page.locator("#reply")).to_have_value("Ekip yarın geliyor")
    page.locator("#reply").press("Control+Enter")
    page.locator("#thread .bubble", has_text="Ekip yarın geliyor").wait_for()
    page.goto(f"{line.url}{LIST}basvuru/{key}/")
    expect(page.locator("#reply")).to_have_value("")


def test_nobody_gets_the_words_of_who_was_signed_in_before_at_this_tab(page: Page, line: Instance) -> None:
    key = reported(line)
    sign_in(page, line, "operator", f"{LIST}basvuru/{key}/")
    page.route("**/draft/", lambda route: route.abort())
    page.locator("#reply").fill("Yalnız benim sözlerim")
    page.locator("#note").fill("Yalnız benim notum")
    page.context.clear_cookies()
    sign_in(page, line, "supervisor", f"{LIST}basvuru/{key}/")
    expect(page.locator("#reply")).to_have_value("")
    expect(page.locator("#note")).to_have_value("")


def test_a_note_that_was_added_leaves_its_box(page: Page, line: Instance) -> None:
    key = reported(line)
    sign_in(page, line, "operator", f"{LIST}basvuru/{key}/")
    page.locator("#note").fill("Muhtar da aradı")
    page.get_by_role("button", name="Not ekle").click()
    page.locator("#thread", has_text="Muhtar da aradı").wait_for()
    expect(page.locator("#note")).to_have_value("")


def test_a_choice_that_is_not_sent_yet_outlives_the_renewal(page: Page, line: Instance) -> None:
    key = reported(line)
    sign_in(page, line, "operator", f"{LIST}basvuru/{key}/")
    chosen = page.locator("#moves select").first
    chosen.evaluate("each => { each.selectedIndex = each.options.length - 1; }")
    value = chosen.input_value()
    assert value != ""
    page.locator("#note").fill("bir not")
    page.get_by_role("button", name="Not ekle").click()  # which has the page renewed
    page.locator("#thread", has_text="bir not").wait_for()
    expect(chosen).to_have_value(value)


def test_what_clashed_once_says_why_and_can_be_done_after_all(page: Page, line: Instance) -> None:
    key = reported(line)
    sign_in(page, line, "operator", f"{LIST}basvuru/{key}/")
    page.route("**/nabiz/**", lambda route: route.abort())  # it does not hear of it
    page.keyboard.press("s")
    page.keyboard.type("Çukur tam nerede?")
    line.rows(f"UPDATE tickets_ticket SET version = version + 1 WHERE id = {key} RETURNING id")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#refused")).to_contain_text("siz bakarken değişti")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#act-said")).to_contain_text(re.compile("."))
    expect(page.locator("#refused")).to_be_hidden()
    page.wait_for_timeout(500)
    [(status,)] = line.rows(f"SELECT status FROM tickets_ticket WHERE id = {key}")
    assert status == "WAITING"


def test_a_talk_that_is_theirs_to_see_no_more_goes_from_the_screen(page: Page, line: Instance) -> None:
    key = reported(line)
    restricted = "UPDATE tickets_ticket SET restricted = {}, version = version + 1 WHERE id = {} RETURNING id"
    sign_in(page, line, "operator", f"{LIST}basvuru/{key}/")
    page.locator(f"#ticket[data-ticket='{key}']").wait_for()
    try:
        line.rows(restricted.format("true", key))
        expect(page.locator("#talk")).to_contain_text("Bu görüşmeyi artık göremezsiniz.")
    finally:
        line.rows(restricted.format("false", key))


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_on_a_telephone_a_reply_is_taken_back_too_and_its_text_given_back(page: Page, line: Instance) -> None:
    words = f"telefonda {uuid.uuid4().hex[:6]}"
    asked(line, words)
    sign_in(page, line, "operator", LIST)
    page.evaluate("user => localStorage.setItem(`desk-advance:${user}`, 'off')", "operator")
    page.locator("#people li", has_text=words).locator("a").click()
    page.locator("#reply").fill("Yanlış kişiye")
    page.get_by_role("button", name="Gönder").click()
    page.wait_for_url(f"**{LIST}")
    page.locator("#act-undo button").click()
    page.wait_for_url(re.compile(rf"{LIST}\d+/$"))
    expect(page.locator("#reply")).to_have_value("Yanlış kişiye")


def test_the_strip_says_so_when_warnings_do_not_come_and_hears_again_afterwards(
    page: Page, line: Instance
) -> None:
    sign_in(page, line, "operator", LIST)
    told = page.locator("#dangers .failed")
    expect(told).to_be_hidden()
    page.route("**/nabiz/**", lambda route: route.abort())
    page.route("**/bildirimler/durum/**", lambda route: route.fulfill(status=200, body="<p>bakım</p>"))
    expect(told).to_be_visible()
    expect(page.locator("#live")).to_have_text("Bağlantı yok")
    page.unroute("**/bildirimler/durum/**")
    page.unroute("**/nabiz/**")
    expect(told).to_be_hidden()
    expect(page.locator("#live")).to_have_text("Canlı")


def test_a_danger_that_comes_between_the_first_look_and_the_first_pulse_is_seen_at_once(
    page: Page, line: Instance
) -> None:
    key = reported(line)
    sign_in(page, line, "operator", f"{LIST}?bitti")
    pulses = held(page, "**/nabiz/**")
    page.reload()
    until(page, pulses)
    line.rows(
        "UPDATE tickets_ticket SET danger = 'gas_in', urgent = true, version = version + 1"
        f" WHERE id = {key} RETURNING id"
    )
    page.unroute("**/nabiz/**")
    with suppress(Error):  # that of the page before
        for each in reversed(pulses):
            each.continue_()
    try:
        expect(page.locator("#dangers")).to_contain_text("evde gaz")
    finally:
        line.rows(f"UPDATE tickets_ticket SET danger = '', urgent = false WHERE id = {key} RETURNING id")


def test_a_reply_to_a_ticket_that_goes_on_waiting_makes_nobody_new(page: Page, line: Instance) -> None:
    key = given(line)
    page.add_init_script(COUNT_TONES)
    sign_in(page, line, "operator", LIST)
    mine = page.locator(f"#people li[data-key=t{key}]")
    mine.locator("a").click()
    page.locator(f"#ticket[data-ticket='{key}']").wait_for()
    page.locator("#reply").fill("Bakıyoruz")
    page.keyboard.press("Control+Enter")
    page.locator("#act-said", has_text="cevap gönderiliyor").wait_for()
    expect(mine).to_have_count(1)  # it is to be sent on yet
    page.wait_for_timeout(4_000)
    assert page.evaluate("window.tones") == 0


def test_somebody_new_is_heard_from_whatever_part_of_the_list_is_open(page: Page, line: Instance) -> None:
    page.add_init_script(COUNT_TONES)
    sign_in(page, line, "operator", f"{LIST}?gorunum=ertelenen")
    before = int(page.evaluate("document.body.dataset.waiting || 0"))
    asked(line, "başka sekmede")
    page.wait_for_function("window.tones >= 1", polling=200)
    expect(page).to_have_title(re.compile(rf"^\({before + 1}\)"))


def test_photos_and_the_map_open_by_their_letters_on_the_desk(page: Page, line: Instance) -> None:
    key = reported(line)
    sign_in(page, line, "operator", f"{LIST}basvuru/{key}/")
    page.locator("#map .leaflet-marker-pane").wait_for(state="attached")
    page.keyboard.press("h")
    expect(page.locator("#map")).to_be_focused()


def test_a_ticket_is_put_off_from_its_own_page_too(page: Page, line: Instance) -> None:
    key = reported(line)
    sign_in(page, line, "operator", f"{QUEUE}{key}/change/")
    page.keyboard.press("e")
    page.get_by_role("button", name="1 saat").click()
    page.locator("[data-act=wake]").wait_for()
    page.keyboard.press("e")
    page.locator("#snooze").wait_for()


def test_a_ticket_that_was_opened_from_the_desk_leads_back_to_it(page: Page, line: Instance) -> None:
    key = given(line)
    sign_in(page, line, "operator", LIST)
    page.locator(f"#people li[data-key=t{key}] a").click()
    page.locator(f"#ticket[data-ticket='{key}'] [data-of-ticket]").click()
    page.wait_for_url(f"**{QUEUE}{key}/change/")
    page.keyboard.press("Escape")
    page.wait_for_url(f"**{LIST}")


def test_letters_that_are_switched_off_claim_no_danger(page: Page, line: Instance) -> None:
    key = reported(line)
    line.rows(f"UPDATE tickets_ticket SET danger = 'gas_in', urgent = true WHERE id = {key} RETURNING id")
    try:
        sign_in(page, line, "operator", LIST)
        page.locator("#dangers", has_text="evde gaz").wait_for()
        page.evaluate("document.getElementById('act-bar').dataset.letters = 'off'")
        page.keyboard.press("d")
        page.wait_for_timeout(1_000)
        [(holder,)] = line.rows(f"SELECT claimed_by_id FROM tickets_ticket WHERE id = {key}")
        assert holder is None
    finally:
        line.rows(f"UPDATE tickets_ticket SET danger = '', urgent = false WHERE id = {key} RETURNING id")


def test_what_112_needs_is_copied_without_the_number_where_that_cannot_be_opened(
    page: Page, line: Instance
) -> None:
    key = reported(line)
    line.rows(f"UPDATE tickets_ticket SET danger = 'gas_in', urgent = true WHERE id = {key} RETURNING id")
    try:
        sign_in(page, line, "operator", f"{QUEUE}{key}/change/")
        page.route("**/phone/", lambda route: route.abort())
        page.locator("#copy-112").click()
        expect(page.locator("#copied")).to_contain_text("Numara açılamadı; numarasız")
    finally:
        line.rows(f"UPDATE tickets_ticket SET danger = '', urgent = false WHERE id = {key} RETURNING id")


def test_who_reads_back_is_not_thrown_to_the_end(page: Page, line: Instance) -> None:
    words = f"uzun yazışma {uuid.uuid4().hex[:6]}"
    citizen = asked(line, words)
    [(talk,)] = line.rows("SELECT max(id) FROM tickets_handover")
    for n in range(6):
        citizen.say("text", text=f"cümle {n}\n" * 12)
    sign_in(page, line, "operator", f"{LIST}{talk}/")
    thread = page.locator("#thread")
    expect(thread).to_contain_text("cümle 5")
    thread.evaluate("each => each.scrollTo(0, 0)")
    page.wait_for_timeout(300)
    thread.evaluate("each => each.append(Object.assign(new Image(), {src: '/static/favicon.ico'}))")
    thread.locator("img").last.dispatch_event("load")
    page.wait_for_timeout(300)
    assert thread.evaluate("each => each.scrollTop") < 100


def test_a_photo_of_a_talk_without_a_ticket_opens_large_by_its_letter(page: Page, line: Instance) -> None:
    citizen = asked(line, "fotoğrafla")
    citizen.say("image", (File("foto.jpg", "image/jpeg", photo((640, 480))),))
    [(talk,)] = line.rows("SELECT max(id) FROM tickets_handover")
    sign_in(page, line, "operator", f"{LIST}{talk}/")
    page.locator("#gallery .picture img").wait_for(timeout=45_000)  # by itself, once it is fetched
    page.locator("body").press("f")
    expect(page.locator("#viewer")).to_have_attribute("open", "")


def test_a_redirection_goes_on_to_the_next_and_leaves_no_finished_request_open(
    page: Page, line: Instance
) -> None:
    key = reported(line)
    line.rows(
        "UPDATE tickets_ticket SET status = 'NEW', department_id = NULL, proposed_agency_id ="
        f" (SELECT id FROM departments_agency WHERE code = 'kaski') WHERE id = {key} RETURNING id"
    )
    line.rows(  # what they added to it waits with it, until they are told
        'INSERT INTO tickets_handover (citizen_id, ticket_id, reason, since, last_words, last_at, "end", note)'
        f" SELECT citizen_id, id, 'added', now(), 'hâlâ akıyor {key}', now(), '', '' FROM tickets_ticket"
        f" WHERE id = {key} RETURNING id"
    )
    asked(line, f"sıradaki {uuid.uuid4().hex[:6]}")
    sign_in(page, line, "operator", LIST)
    address = row(page, f"hâlâ akıyor {key}")
    page.locator("#people li", has_text=f"hâlâ akıyor {key}").locator("a").click()
    page.locator(f"#ticket[data-ticket='{key}']").wait_for()
    page.keyboard.press("o")
    expect(page.locator("#act-said")).to_contain_text("yönlendir", ignore_case=True)
    expect(page.locator(f"#ticket[data-address='{address}']")).to_have_count(0)


def test_the_bar_shows_a_new_number_whole_beside_the_way_back(page: Page, line: Instance) -> None:
    words = f"çevir {uuid.uuid4().hex[:6]}"
    asked(line, words)
    sign_in(page, line, "operator", LIST)
    open_row(page, words)
    page.get_by_role("button", name="Başvuruya çevir").click()
    said = page.locator("#act-said")
    expect(said).to_contain_text(re.compile(r"MG-\d{4}-\d{5,} "))
    page.locator("#act-undo button").wait_for()
    assert said.evaluate("e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight + 1")
    assert page.locator("#act-undo").evaluate("e => e.scrollWidth <= e.clientWidth && e.offsetHeight <= 32")


def test_a_key_that_does_nothing_says_so_until_the_next_key(page: Page, line: Instance) -> None:
    words = f"tuş {uuid.uuid4().hex[:6]}"
    asked(line, words)
    sign_in(page, line, "operator", LIST)
    open_row(page, words)
    said = page.locator("#act-said")
    page.keyboard.press("l")
    expect(said).to_contain_text("yapacağı bir şey yok")
    page.keyboard.press("e")
    expect(said).to_have_text("")


def test_what_is_typed_on_for_a_field_that_is_not_there_acts_on_nobody(page: Page, line: Instance) -> None:
    words = f"kutu {uuid.uuid4().hex[:6]}"
    asked(line, words)
    sign_in(page, line, "operator", LIST)
    open_row(page, words)
    page.evaluate(  # in one moment, however slow the machine: N has no field here, B would take the talk
        """() => { for (const key of "nb")
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); }"""
    )
    expect(page.locator("#act-said")).to_contain_text("yapacağı bir şey yok")
    expect(page.get_by_role("button", name="Ben bakıyorum")).to_be_visible()
    [(taken,)] = line.rows(
        "SELECT count(assignee_id) FROM tickets_handover WHERE id = (SELECT max(id) FROM tickets_handover)"
    )
    assert taken == 0


def test_what_is_put_off_says_until_when(page: Page, line: Instance) -> None:
    words = f"sonra {uuid.uuid4().hex[:6]}"
    asked(line, words)
    sign_in(page, line, "operator", LIST)
    open_row(page, words)
    page.keyboard.press("e")
    page.get_by_role("button", name="Yarın sabah").click()
    expect(page.locator("#act-said")).to_contain_text("Yarın 08.30 saatine kadar ertelendi")
    page.goto(f"{line.url}{LIST}?gorunum=ertelenen")
    expect(page.locator("#people li", has_text=words).locator(".since")).to_have_text("Yarın 08.30")
