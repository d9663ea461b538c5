"""Ten everyday tasks by keyboard alone on a screen that is read at 400 % (320 CSS pixels wide).

Nothing is clicked and no field is filled past the keyboard: one comes to everything by letters and Tab, sees where one
is, and never has to scroll sideways.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import PATIENCE_MS, slow_down
from tests.browser.office import QUEUE
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser

ZOOM = 4
SCREEN = {"width": 1280 // ZOOM, "height": 1024 // ZOOM}
LOOKING = Path(__file__).with_name("looking.js")
FARTHEST = 90  # presses of Tab: more and nobody would come there
WORDS = "Alpaslan mahallesinde Gül Sokak 4 önünde yolda büyük bir çukur var, arabalar giriyor"


class Reader:
    """Somebody who has the page at 400 % and a keyboard."""

    def __init__(self, page: Page, line: Instance) -> None:
        self.page, self.line = page, line

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def types(self, words: str) -> None:
        self.page.keyboard.type(words)

    def signs_in(self, who: str, lands: str) -> None:
        """The field for the name has the focus when the page opens."""
        self.page.goto(f"{self.line.url}/admin/login/?next={lands}")
        expect(self.page.locator("[name=username]")).to_be_focused()
        self.types(who)
        self.comes_to(self.page.locator("[name=password]"))
        self.types(self.line.variables["DEMO_PASSWORD"])
        self.press("Enter")
        self.page.wait_for_url(self.line.url + lands)

    def comes_to(self, wanted: Locator) -> None:
        """Steps on until it has the focus, and sees it there."""
        wanted.first.wait_for(state="attached")
        for _ in range(FARTHEST):
            if wanted.first.evaluate("(each) => each === document.activeElement"):
                self.sees_where()
                return
            self.press("Tab")
        raise AssertionError(f"no way by Tab to {wanted}")

    def sees_where(self) -> None:
        """Whatever has the focus is on the screen, ringed and not covered; the page is no wider than the screen."""
        if not self.page.evaluate("'everyPage' in window"):
            self.page.evaluate(LOOKING.read_text("utf-8"))  # injected past the page's own policy
        at = self.page.evaluate("everyPage.focus()")
        assert at, "the focus is lost"
        assert (at["shown"], at["free"]) == (True, True), at["html"]
        self.fits()

    def fits(self) -> None:
        assert self.page.evaluate("document.documentElement.scrollWidth") <= SCREEN["width"]


@pytest.fixture
def reader(browser: Browser, line: Instance) -> Iterator[Reader]:
    context = browser.new_context(
        viewport=SCREEN,  # type: ignore[arg-type]  # its two numbers
        device_scale_factor=ZOOM,
        locale="tr-TR",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.on("page", slow_down)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield Reader(page, line)
    context.close()


@pytest.fixture
def on_its_page(reader: Reader, ticket: int) -> Reader:
    """An operator on the page of a new ticket."""
    path = f"{QUEUE}{ticket}/change/"
    reader.signs_in("operator", path)
    reader.page.locator("#ticket[data-ticket]").wait_for()
    return reader


def said(reader: Reader, words: str) -> None:
    expect(reader.page.locator("#act-said")).to_contain_text(words)
    reader.fits()


def number_of(line: Instance, ticket: int) -> str:
    [(found,)] = line.rows(f"SELECT number FROM tickets_ticket WHERE id = {ticket}")
    return str(found)


def test_1_a_ticket_is_found_by_its_number_and_opened(reader: Reader, ticket: int) -> None:
    reader.signs_in("operator", QUEUE)
    reader.press("/")
    number = number_of(reader.line, ticket)
    reader.types(number)
    reader.press("Enter")
    link = reader.page.locator("tr[data-row] a.number")
    expect(link).to_have_count(1)
    reader.comes_to(link)
    reader.press("Enter")
    reader.page.wait_for_url(f"**{QUEUE}{ticket}/change/")
    expect(reader.page.locator("h1, h2").filter(has_text=number).first).to_be_visible()
    reader.fits()


def test_2_a_citizen_is_answered(on_its_page: Reader) -> None:
    on_its_page.press("r")
    expect(on_its_page.page.locator("#reply")).to_be_focused()
    on_its_page.sees_where()
    on_its_page.types("Ekibimiz yola çıktı.")
    on_its_page.press("Control+Enter")
    expect(on_its_page.page.locator("#thread")).to_contain_text("Ekibimiz yola çıktı.")
    on_its_page.fits()


def test_3_a_note_is_left_for_colleagues(on_its_page: Reader) -> None:
    on_its_page.press("n")
    expect(on_its_page.page.locator("#composer textarea:focus")).to_be_visible()
    on_its_page.sees_where()
    on_its_page.types("Yarın bakılacak.")
    on_its_page.press("Control+Enter")
    expect(on_its_page.page.locator("#thread")).to_contain_text("Yarın bakılacak.")
    on_its_page.fits()


def test_4_the_subject_is_corrected(on_its_page: Reader) -> None:
    on_its_page.press("k")
    on_its_page.sees_where()
    on_its_page.types("kaldirim")
    expect(on_its_page.page.locator(".found [role=option]").first).to_contain_text("aldırım")
    on_its_page.press("Enter", "Enter")
    said(on_its_page, "Konu değişti")


def test_5_a_ticket_is_taken_and_work_begins_and_is_taken_back(on_its_page: Reader) -> None:
    on_its_page.press("b")
    said(on_its_page, "Atandı")
    on_its_page.press("z")
    expect(on_its_page.page.locator("#thread")).to_contain_text("Geri alındı: Sorumlu değişti")
    on_its_page.fits()


def test_6_a_call_is_taken_down(reader: Reader) -> None:
    reader.signs_in("operator", "/admin/bekleyenler/")
    reader.press("q")
    phone = reader.page.get_by_label("Telefon", exact=True)
    expect(phone).to_be_focused()
    reader.sees_where()
    reader.types("0555 111 40 00")
    expect(reader.page.locator("#caller")).to_contain_text("ilk kez arıyor")
    reader.comes_to(reader.page.get_by_label("Ne anlatıyor?"))
    reader.types(WORDS)
    expect(reader.page.locator("#proposed")).to_contain_text("Fen İşleri")
    reader.press("Control+Enter")
    expect(reader.page.get_by_text("Başvuru açıldı. Vatandaşa söyleyin:")).to_be_visible()
    reader.fits()


def test_7_somebody_who_waits_is_answered(reader: Reader) -> None:
    citizen = Citizen(reader.line)
    citizen.say("text", text="müdürünüzle görüşmek istiyorum")
    citizen.hears(1)
    reader.signs_in("operator", "/admin/bekleyenler/")
    reader.comes_to(reader.page.get_by_role("link", name="müdürünüzle görüşmek istiyorum"))
    reader.press("Enter")
    reader.page.locator("#talk .bubble", has_text="müdürünüzle").first.wait_for()
    reader.press("r")
    expect(reader.page.get_by_role("textbox", name="Vatandaşa cevap")).to_be_focused()
    reader.sees_where()
    reader.types("Buyurun, dinliyorum")
    reader.press("Control+Enter")
    assert "Buyurun, dinliyorum" in str(citizen.hears(2)[-1]["body"])
    reader.fits()


@pytest.fixture
def danger(line: Instance, ticket: int) -> Iterator[int]:
    """A danger that nobody has claimed."""
    changed = "danger = 'gas_in', urgent = true, urgent_reason = 'bodrum, gaz kokusu'"
    line.rows(f"UPDATE tickets_ticket SET {changed} WHERE id = {ticket} RETURNING id")
    yield ticket
    line.rows(f"UPDATE tickets_ticket SET danger = '', urgent = false WHERE id = {ticket} RETURNING id")


def test_8_a_danger_is_claimed_and_told_to_112(reader: Reader, danger: int) -> None:
    reader.signs_in("operator", "/admin/bekleyenler/")
    reader.page.locator("#dangers kbd:not([hidden])").wait_for()
    reader.press("d")
    expect(reader.page.get_by_role("button", name="112 için kopyala")).to_be_focused()
    reader.sees_where()
    reader.press("Enter")
    expect(reader.page.get_by_text("Kopyalandı.")).to_be_visible()
    assert reader.page.url.endswith(f"{QUEUE}{danger}/change/")


def test_9_a_crew_starts_on_a_job(reader: Reader, ticket: int) -> None:
    reader.line.rows(
        "UPDATE tickets_ticket SET status = 'ASSIGNED', department_id ="
        f" (SELECT id FROM departments_department WHERE code = 'FEN') WHERE id = {ticket} RETURNING id"
    )
    number = number_of(reader.line, ticket)
    reader.signs_in("crew_fen", f"/admin/saha/{number}/")
    reader.comes_to(reader.page.get_by_role("button", name="İşe başla"))
    reader.press("Enter")
    expect(reader.page.get_by_text("İşe başlandı")).to_be_visible()
    reader.fits()


def test_10_the_open_ones_of_a_subject_are_read_off_the_panels_list(reader: Reader, ticket: int) -> None:
    reader.signs_in("supervisor", "/admin/")
    reader.comes_to(reader.page.get_by_role("link", name="açık başvurular", exact=True))
    reader.press("Enter")
    reader.page.wait_for_url(f"**{QUEUE}?tab=tumu*")
    reader.page.locator("tr[data-row] a.number").first.wait_for()
    reader.fits()
