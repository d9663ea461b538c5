"""Taking a call down: who calls, what is added to what, and nothing of the last caller."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.office import sign_in
from tests.browser.test_access import expect_accessible
from tests.browser.test_answering import Keys
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser

INTAKE = "/admin/yeni/"
WORDS = "Alpaslan mahallesinde Gül Sokak 4 önünde yolda büyük bir çukur var, arabalar giriyor"


@pytest.fixture
def keys(page: Page) -> Keys:
    return Keys(page)


def known(line: Instance, name: str, phone: str) -> None:
    line.rows(
        f"INSERT INTO tickets_citizen (name, phone) SELECT '{name}', '{phone}' WHERE NOT EXISTS"
        f" (SELECT FROM tickets_citizen WHERE phone = '{phone}') RETURNING id"
    )


def take_down(page: Page, line: Instance, phone: str, words: str = WORDS) -> str:
    """Opens a ticket for the caller and returns its number."""
    page.goto(line.url + INTAKE)
    page.get_by_label("Telefon", exact=True).fill(phone)
    page.get_by_label("Ne anlatıyor?").fill(words)
    expect(page.locator("#suggestion")).to_contain_text("Öneri")
    page.keyboard.press("Control+Enter")
    told = page.get_by_text("Vatandaşa söyleyin:")
    expect(told).to_be_visible()
    found = re.search(r"MG-\d+-\d+", told.inner_text())
    assert found
    return found[0]


def tickets(line: Instance) -> int:
    return line.count("tickets_ticket")


def test_a_call_is_taken_down_from_the_desk_with_three_keys(page: Page, line: Instance, keys: Keys) -> None:
    known(line, "Kezban Arayan", "+905551110001")
    sign_in(page, line, "operator", "/admin/bekleyenler/")
    keys.press("q")
    expect(page.get_by_label("Telefon", exact=True)).to_be_focused()
    keys.types("0555 111 00 01")
    expect(page.locator("#caller")).to_contain_text("Kezban Arayan")
    keys.press("Enter")
    keys.types(WORDS)
    expect(page.locator("#proposed")).to_contain_text("Fen İşleri")
    keys.press("Control+Enter")
    expect(page.get_by_text("Başvuru açıldı. Vatandaşa söyleyin:")).to_be_visible()
    assert keys.count == 3


def test_somebody_is_recognised_by_the_last_four_digits(page: Page, line: Instance) -> None:
    known(line, "Fadime Son", "+905551118642")
    sign_in(page, line, "operator", INTAKE)
    take_down(page, line, "0555 111 86 42")
    page.goto(line.url + INTAKE)
    page.get_by_label("Telefon", exact=True).fill("8642")
    page.get_by_role("radio", name="Fadime Son").check()
    expect(page.get_by_label("Ad soyad")).to_have_value("Fadime Son")
    expect(page.locator("#caller")).to_contain_text("MG-")
    expect_accessible(page, "caller")


def test_what_is_said_of_an_own_ticket_is_added_to_it(page: Page, line: Instance) -> None:
    known(line, "Hacer Ek", "+905551110002")
    sign_in(page, line, "operator", INTAKE)
    number = take_down(page, line, "0555 111 00 02")
    before = tickets(line)
    page.goto(line.url + INTAKE)
    page.get_by_label("Telefon", exact=True).fill("0555 111 00 02")
    page.get_by_label("Ne anlatıyor?").fill("Çukur daha da büyüdü")
    page.locator("#caller").get_by_role("radio", name="Buna ekle").check()
    expect(page.locator("#added-to")).to_contain_text(f"{number} başvurusuna eklenecek")
    expect_accessible(page, "added to")
    page.get_by_role("button", name="Başvuruya ekle").click()
    expect(page.get_by_text(f"Başvuruya eklendi. Vatandaşa söyleyin: {number}")).to_be_visible()
    assert tickets(line) == before


def test_another_number_leaves_nothing_of_the_caller_before(page: Page, line: Instance) -> None:
    known(line, "Zeliha Bir", "+905551110003")
    sign_in(page, line, "operator", INTAKE)
    take_down(page, line, "0555 111 00 03")
    page.goto(line.url + INTAKE)
    phone = page.get_by_label("Telefon", exact=True)
    phone.fill("0555 111 00 03")
    page.locator("#caller").get_by_role("radio", name="Buna ekle").check()
    expect(page.get_by_label("Ad soyad")).to_have_value("Zeliha Bir")
    phone.fill("0555 111 99 87")
    expect(page.locator("#caller")).to_contain_text("ilk kez arıyor")
    expect(page.get_by_label("Ad soyad")).to_have_value("")
    expect(page.locator("#added-to")).to_be_hidden()
    expect(page.locator("[name=same_as]")).to_have_value("")


def test_a_similar_ticket_can_be_chosen_and_left_again(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", INTAKE)
    number = take_down(page, line, "0555 111 00 04")
    page.goto(line.url + INTAKE)
    page.get_by_label("Ne anlatıyor?").fill(WORDS)
    similar = page.locator("#suggestion fieldset")
    similar.get_by_role("radio", name=re.compile(number)).check()
    expect(page.locator("#added-to")).to_contain_text(f"{number} ile aynı konu")
    page.get_by_role("button", name="Yeni başvuru aç").click()
    expect(page.locator("#added-to")).to_be_hidden()
    similar.get_by_role("radio", name=re.compile(number)).check()
    page.get_by_label("Ne anlatıyor?").fill("Parktaki ağacın dalları budansın istiyoruz")
    expect(page.locator("#added-to")).to_be_hidden()


def test_a_call_that_was_given_up_is_not_the_next_callers(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", INTAKE)
    page.get_by_label("Telefon", exact=True).fill("0555 111 00 05")
    page.get_by_label("Ne anlatıyor?").fill("Vazgeçti")
    page.goto(f"{line.url}/admin/bekleyenler/")
    page.goto(line.url + INTAKE)
    expect(page.get_by_label("Ne anlatıyor?")).to_have_value("")
    page.get_by_label("Ne anlatıyor?").fill("Yine vazgeçti")
    page.get_by_role("link", name="Temizle").click()
    page.wait_for_load_state()
    expect(page.get_by_label("Ne anlatıyor?")).to_have_value("")
    expect(page.get_by_label("Telefon", exact=True)).to_have_value("")


def test_a_proposal_that_is_sure_no_longer_is_taken_out_again(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", INTAKE)
    page.get_by_label("Ne anlatıyor?").fill(WORDS)
    category = page.locator("select[name=category]")
    expect(category).not_to_have_value("")
    page.get_by_label("Ne anlatıyor?").fill("Zart zurt fisman")  # of which it knows nothing
    expect(category).to_have_value("")
    page.keyboard.press("F2")
    expect(category).to_have_value("")


def test_two_presses_open_one_ticket(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", INTAKE)
    before = tickets(line)
    page.get_by_label("Ne anlatıyor?").fill(WORDS)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Vatandaşa söyleyin:")).to_be_visible()
    assert tickets(line) == before + 1


def test_a_danger_is_named_beside_its_box_and_opened_as_one(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", INTAKE)
    page.get_by_label("Ne anlatıyor?").fill("Evimiz yanıyor, alevler çatıya çıktı, içeriden duman geliyor")
    expect(page.locator("#read-danger")).to_contain_text("yangın")
    page.get_by_label("Acil: can güvenliği").check()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Tehlike", exact=True)).to_contain_text("yangın")
    [(key,)] = line.rows("SELECT max(id) FROM tickets_ticket")
    line.rows(f"UPDATE tickets_ticket SET danger = '', urgent = false WHERE id = {key} RETURNING id")
