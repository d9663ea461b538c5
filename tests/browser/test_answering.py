"""Answering with the keyboard: how many keys it takes from the open page to the end, what is typed not counted."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import WIDE
from tests.browser.office import sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance
from whatsapp.emulator.records import File

pytestmark = pytest.mark.browser

OPUS = b"OggS\x00\x02" + bytes(200)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


class Keys:
    """Presses keys and counts them; `types` is what nobody counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.count += 1

    def types(self, words: str) -> None:
        self.page.keyboard.type(words)


@pytest.fixture
def keys(page: Page) -> Keys:
    return Keys(page)


def open_ticket(page: Page, line: Instance, ticket: int, who: str = "operator") -> None:
    sign_in(page, line, who)
    page.goto(f"{line.url}/admin/tickets/ticket/{ticket}/change/")


def canned(line: Instance, title: str, text: str, **facts: str) -> None:
    columns = {"title": title, "text": text, "status": ""} | facts
    names, values = ", ".join(columns), ", ".join(f"'{value}'" for value in columns.values())
    anew = ", ".join(f"{column} = excluded.{column}" for column in columns)
    line.rows(
        f"INSERT INTO tickets_cannedanswer ({names}, active) VALUES ({values}, true)"
        f" ON CONFLICT (title) DO UPDATE SET {anew} RETURNING id"
    )


def staff_bubble(page: Page, words: str) -> Any:
    return page.locator("#thread .bubble.staff", has_text=words)


def test_a_reply_takes_two_keys(
    page: Page, line: Instance, citizen: Citizen, ticket: int, keys: Keys
) -> None:
    open_ticket(page, line, ticket)
    keys.press("r")
    keys.types("Ekibimiz yola çıktı.")
    keys.press("Control+Enter")
    expect(staff_bubble(page, "Ekibimiz yola çıktı.")).to_be_visible()
    assert keys.count == 2


def test_a_canned_answer_is_found_and_sent_with_three_keys(
    page: Page, line: Instance, citizen: Citizen, ticket: int, keys: Keys
) -> None:
    canned(line, "Program: asfalt ekibi", "Sayın {ad}, {numara} için asfalt ekibimiz programa alındı.")
    canned(line, "Teşekkür ederiz", "İlginize teşekkürler.")
    open_ticket(page, line, ticket)
    keys.press("/")
    keys.types("ASFLAT ekib")  # a slip of the finger, and no Turkish capital
    expect(page.locator("#answers [role=option]")).to_have_count(1)
    assert page.locator("#reply").get_attribute("aria-activedescendant") == "answers-0"
    keys.press("Enter")
    expect(page.locator("#reply")).not_to_have_value("/ASFLAT ekib")
    keys.press("Control+Enter")
    expect(staff_bubble(page, "asfalt ekibimiz programa alındı")).to_be_visible()
    assert keys.count == 3
    assert "asfalt ekibimiz" in str(citizen.hears(2)[-1])


def test_the_list_of_answers_is_accessible_and_escape_leaves_what_was_typed(
    page: Page, line: Instance, citizen: Citizen, ticket: int, keys: Keys
) -> None:
    canned(line, "Teşekkür ederiz", "İlginize teşekkürler.")
    open_ticket(page, line, ticket)
    keys.press("/")
    expect(page.locator("#answers [role=option]").first).to_be_visible()
    expect_accessible(page, "answers")
    keys.press("Escape")
    expect(page.locator("#answers")).to_be_hidden()
    expect(page.locator("#reply")).to_have_value("/")


def test_the_right_subject_takes_three_keys(
    page: Page, line: Instance, citizen: Citizen, ticket: int, keys: Keys
) -> None:
    open_ticket(page, line, ticket)
    keys.press("k")
    keys.types("kaldirim")
    expect(page.locator(".found [role=option]").first).to_contain_text("aldırım")
    keys.press("Enter")
    keys.press("Enter")
    expect(page.locator("#thread")).to_contain_text("Konu değişti")
    assert keys.count == 3


def test_a_duplicate_that_is_not_near_by_is_seen_and_merged_with_three_keys(
    page: Page, line: Instance, citizen: Citizen, ticket: int, keys: Keys
) -> None:
    other = Citizen(line)
    other.say("text", text="Gesi mahallesinde yolda derin bir çukur var, tekerlek girdi")
    other.hears()
    [(number,)] = line.rows("SELECT number FROM tickets_ticket ORDER BY id DESC LIMIT 1")
    open_ticket(page, line, ticket)
    merge = page.locator(".move[data-step=m]")
    keys.press("m")
    keys.types(str(int(number.rpartition("-")[2])))
    expect(merge.locator(".looked-up")).to_contain_text("tekerlek girdi")
    keys.press("Enter")
    expect(page.locator("#head")).to_contain_text("Mükerrer")
    assert keys.count == 2


def test_a_macro_shows_what_it_will_do_and_does_all_of_it(
    page: Page, line: Instance, citizen: Citizen, ticket: int, keys: Keys
) -> None:
    canned(
        line,
        "Büyük iş: kapandı",
        "Sayın {ad}, çukur kapatıldı.",
        move_to="RESOLVED",
        note="Telefonla da söylendi",
    )
    open_ticket(page, line, ticket, "supervisor")
    keys.press("/")
    keys.types("büyük")
    expect(page.locator("#answers [role=option]").first).to_contain_text("Makro")
    keys.press("Enter")
    expect(page.locator("#macro")).to_contain_text("→ Çözüldü")
    expect(page.locator("#macro")).to_contain_text("Telefonla da söylendi")
    expect(page.locator("#preview .text")).to_contain_text("çukur kapatıldı")
    keys.press("Control+Enter")
    expect(page.locator("#head")).to_contain_text("Çözüldü")
    assert keys.count == 3
    assert "çukur kapatıldı" in str(citizen.hears(2)[-1])


def test_a_reply_is_sent_later_and_can_be_cancelled_until_then(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    at = datetime.now() + timedelta(hours=1)  # noqa: DTZ005 - as the field of the browser has it
    page.locator("#reply").fill("Bir saat sonra geliyoruz.")
    page.locator("#send-later summary").click()
    page.locator("#due-at").evaluate("(field, at) => (field.value = at)", f"{at:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="O saatte gönder").click()
    waiting = page.locator("#thread .bubble.waiting")
    expect(waiting).to_contain_text("Bir saat sonra geliyoruz.")
    expect(page.locator("#reply")).to_have_value("")
    waiting.get_by_role("button", name="Vazgeç").click()
    expect(page.locator("#thread .bubble.waiting")).to_have_count(0)


def test_a_draft_is_found_on_another_device_and_another_clerk_is_told(
    page: Page, browser: Browser, line: Instance, citizen: Citizen, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    with page.expect_response("**/draft/"):
        page.locator("#reply").press_sequentially("Yarın ekip")
    for who, there in (("operator", "Yarın ekip"), ("supervisor", "")):
        context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="tr-TR")
        other = context.new_page()
        open_ticket(other, line, ticket, who)
        expect(other.locator("#reply")).to_have_value(there)
        if who == "supervisor":
            expect(other.locator("#writing")).to_contain_text("Bu vatandaşa yazan: operator")
        context.close()


def test_a_colleague_is_named_in_a_note_with_the_keyboard(
    page: Page, line: Instance, citizen: Citizen, ticket: int, keys: Keys
) -> None:
    open_ticket(page, line, ticket)
    keys.press("n")
    keys.types("Bir bakar mısın @superv")
    expect(page.locator("#colleagues [role=option]")).to_have_count(1)
    keys.press("Enter")
    expect(page.locator("#note")).to_have_value("Bir bakar mısın @supervisor ")
    keys.press("Control+Enter")
    expect(page.locator("#thread .line.note")).to_contain_text("@supervisor")
    told = "tickets_notification n JOIN auth_user u ON u.id = n.user_id WHERE n.kind = 'mention'"
    assert line.count(f"{told} AND u.username = 'supervisor' AND n.ticket_id = {ticket}") == 1


def test_a_pdf_reaches_the_telephone(
    page: Page, line: Instance, citizen: Citizen, ticket: int, tmp_path: Path
) -> None:
    paper = tmp_path / "ruhsat.pdf"
    paper.write_bytes(PDF)
    open_ticket(page, line, ticket)
    page.locator("#file").set_input_files(paper)
    page.locator("#reply").fill("Belgeniz ekte.")
    page.locator("#reply").press("Control+Enter")
    expect(staff_bubble(page, "Belgeniz ekte.")).to_be_visible()
    told = str(citizen.hears(2)[-1])
    assert "'document'" in told
    assert ".pdf" in told


def test_a_voice_message_is_played_faster(page: Page, line: Instance, citizen: Citizen, ticket: int) -> None:
    citizen.say("voice", (File("ses.ogg", "audio/ogg; codecs=opus", OPUS),))
    citizen.hears(2)
    open_ticket(page, line, ticket)
    voice = page.locator("#thread .voice").last
    speed = voice.get_by_role("button")
    speed.click()
    expect(speed).to_have_text("1,5×")
    assert voice.locator("audio").evaluate("player => player.playbackRate") == 1.5


def test_a_call_is_logged_with_t_and_stands_in_the_thread(
    page: Page, line: Instance, citizen: Citizen, ticket: int, keys: Keys
) -> None:
    open_ticket(page, line, ticket)
    keys.press("t")
    keys.types("Çaldı, açmadı")
    page.get_by_role("button", name="Ulaşamadım").click()
    expect(page.locator("#thread")).to_contain_text("Telefonla arandı: Ulaşamadım")
    page.get_by_role("link", name="Yurttaş").first.click()
    expect(page.locator(".citizen")).to_contain_text("Çaldı, açmadı")
    expect_accessible(page, "citizen")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_call_is_taken_down_from_ring_to_number_with_three_keys(
    page: Page, line: Instance, keys: Keys
) -> None:
    line.rows(
        "INSERT INTO tickets_citizen (name, phone) VALUES ('Hatice Arayan', '+905551112299') RETURNING id"
    )
    sign_in(page, line, "operator", "/admin/yeni/")
    expect(page.get_by_label("Telefon", exact=True)).to_be_focused()
    keys.types("0555 111 22 99")
    expect(page.locator("#caller")).to_contain_text("Hatice Arayan")
    keys.press("Enter")
    keys.types("Alpaslan mahallesinde yolda büyük bir çukur var, arabalar giriyor")
    expect(page.locator("#proposed")).to_contain_text("Fen İşleri")
    keys.press("Tab")
    keys.types("Gül Sokak 4")
    keys.press("Control+Enter")
    told = page.get_by_text("Başvuru açıldı. Vatandaşa söyleyin:")
    expect(told).to_be_visible()
    assert keys.count == 3
    found = line.rows(
        "SELECT c.name, d.code, n.name, t.address FROM tickets_ticket t"
        " JOIN tickets_citizen c ON c.id = t.citizen_id JOIN departments_department d ON d.id = t.department_id"
        " JOIN departments_neighbourhood n ON n.id = t.neighbourhood_id ORDER BY t.id DESC LIMIT 1"
    )
    assert found == [("Hatice Arayan", "FEN", "Alpaslan", "Gül Sokak 4")]


def test_a_mistake_in_the_telephone_is_said_at_its_field_which_has_the_focus(
    page: Page, line: Instance
) -> None:
    sign_in(page, line, "operator", "/admin/yeni/")
    phone = page.get_by_label("Telefon", exact=True)
    phone.fill("05")
    page.get_by_label("Ne anlatıyor?").fill("Çukur var")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Telefon", exact=True)).to_be_focused()
    expect(page.locator("#id_phone_error")).to_contain_text("telefon numarası değil")
    expect(page.get_by_label("Ne anlatıyor?")).to_have_value("Çukur var")
    expect_accessible(page, "intake with a mistake")


def test_a_street_is_found_by_its_beginning_and_brings_its_mahalle(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", "/admin/yeni/")
    address = page.locator("[name=address]")
    address.press_sequentially("alpas")
    first = page.locator("#places [role=option]").first
    expect(first).to_contain_text("Alpaslan")
    address.press("Enter")
    expect(page.get_by_label("Mahalle", exact=True)).not_to_have_value("")


def test_enter_beside_the_note_of_a_call_says_nothing_of_it(
    page: Page, line: Instance, citizen: Citizen, ticket: int, keys: Keys
) -> None:
    open_ticket(page, line, ticket)
    keys.press("t")
    keys.types("ulaşamadım")
    keys.press("Enter")
    page.get_by_role("button", name="Ulaşamadım").click()
    expect(page.locator("#thread")).to_contain_text("Telefonla arandı: Ulaşamadım")
    assert line.count(f"tickets_phonecall WHERE ticket_id = {ticket}") == 1


@pytest.mark.parametrize("key", ["Enter", "Control+Enter"])
def test_the_hour_that_was_typed_is_the_one_that_counts(
    page: Page, line: Instance, citizen: Citizen, ticket: int, key: str
) -> None:
    open_ticket(page, line, ticket)
    at = datetime.now().replace(microsecond=0) + timedelta(hours=2)  # noqa: DTZ005 - as the browser has it
    page.locator("#reply").fill("İki saat sonra geliyoruz.")
    page.locator("#send-later summary").click()
    page.locator("#due-at").fill(f"{at:%Y-%m-%dT%H:%M}")
    page.locator("#due-at").press(key)
    expect(page.locator("#thread .bubble.waiting")).to_contain_text(f"{at:%H.%M}")
    assert line.count(f"tickets_scheduledreply WHERE ticket_id = {ticket}") == 1


def test_a_macro_that_is_taken_back_stands_in_the_box_as_a_macro(
    page: Page, line: Instance, citizen: Citizen, ticket: int, keys: Keys
) -> None:
    canned(line, "Büyük iş: kapandı", "Sayın {ad}, çukur kapatıldı.", move_to="RESOLVED", note="Söylendi")
    open_ticket(page, line, ticket, "supervisor")
    keys.press("/")
    keys.types("büyük")
    expect(page.locator("#answers [role=option]").first).to_contain_text("Makro")
    keys.press("Enter")
    keys.press("Control+Enter")
    expect(page.locator("#head")).to_contain_text("Çözüldü")
    keys.press("z")
    expect(page.locator("#reply")).not_to_have_value("")
    expect(page.locator("#macro")).to_contain_text("Büyük iş: kapandı")
    keys.press("Control+Enter")
    expect(page.locator("#head")).to_contain_text("Çözüldü")


def test_whom_to_call_again_stands_in_the_list_when_it_is_time(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    open_ticket(page, line, ticket)
    at = datetime.now() + timedelta(hours=1)  # noqa: DTZ005 - as the browser has it
    page.keyboard.press("t")
    page.locator("#moves details[open] [name=again_at]").fill(f"{at:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Ulaşamadım").click()
    expect(page.locator("#thread")).to_contain_text("Telefonla arandı: Ulaşamadım")
    line.rows(f"UPDATE tickets_callback SET due_at = now() WHERE ticket_id = {ticket} RETURNING id")
    [(number,)] = line.rows(f"SELECT number FROM tickets_ticket WHERE id = {ticket}")
    page.goto(f"{line.url}/admin/bekleyenler/")
    expect(page.locator("#people")).to_contain_text(re.compile("ara", re.IGNORECASE))
    assert line.count(f"tickets_callback WHERE ticket_id = {ticket} AND ended_at IS NULL") == 1, number
