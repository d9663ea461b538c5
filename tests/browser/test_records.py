"""What is kept of people and numbers beside their words: notes, blocks, the registries, notices."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.citizen import Citizen
from tests.browser.office import QUEUE, sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser


def number_of(line: Instance, ticket: int) -> str:
    [(number,)] = line.rows(f"SELECT number FROM tickets_ticket WHERE id = {ticket}")
    return str(number)


def test_a_note_on_a_person_and_a_block_stand_on_their_page(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    [(key,)] = line.rows(f"SELECT citizen_id FROM tickets_ticket WHERE id = {ticket}")
    sign_in(page, line, "supervisor", f"/admin/tickets/citizen/{key}/change/")
    page.get_by_label("Ne için?").select_option(index=1)
    page.locator("form[action$='/note_citizen/'] [name=text]").fill("Öğleden sonra aransın")
    page.get_by_role("button", name="Not ekle").click()
    expect(page.locator(".citizen")).to_contain_text("Öğleden sonra aransın")
    page.get_by_text("Engelle…").click()
    page.get_by_label("Neden?").fill("Küfür")
    page.get_by_label("Hangi güne kadar?").fill(f"{date.today() + timedelta(days=3):%Y-%m-%d}")  # noqa: DTZ011
    page.get_by_role("button", name="Engelle", exact=True).click()
    expect(page.locator(".citizen")).to_contain_text("Küfür")
    expect_accessible(page, "citizen with a block")
    page.get_by_role("button", name="Engeli kaldır").click()
    expect(page.get_by_text("Engelle…")).to_be_visible()


def test_a_number_of_the_registry_is_written_down_and_finds_the_ticket(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    sign_in(page, line, "operator", f"{QUEUE}{ticket}/change/")
    page.get_by_text("Evrak ve CİMER numarası").click()
    written = f"E-17-{ticket}"
    page.get_by_label("Evrak no (EBYS)").fill(written)
    page.get_by_role("button", name="Numaraları kaydet").click()
    expect(page.locator("#registry dd").first).to_have_text(written)
    page.goto(f"{line.url}{QUEUE}")
    page.locator(".queue-search input").fill(written)
    page.keyboard.press("Enter")
    rows = page.locator("#queue-live tr[data-row]")
    expect(rows).to_have_count(1)
    expect(rows.locator("a.number")).to_have_attribute("href", re.compile(f"/{ticket}/change/"))


def test_the_citizen_hears_the_number_of_the_ticket_that_was_split_off(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    sign_in(page, line, "operator", f"{QUEUE}{ticket}/change/")
    page.keyboard.press("i")
    page.get_by_label("İkinci başvurunun konusu").fill("Sokak lambası da yanmıyor")
    page.get_by_role("button", name="İkinci başvuruyu aç").click()
    expect(page.get_by_text("ikinci başvuru açıldı")).to_be_visible()
    [(number,)] = line.rows("SELECT number FROM tickets_ticket ORDER BY id DESC LIMIT 1")
    assert number in str(citizen.hears(2)[-1])


def test_notices_of_one_ticket_are_one_line_with_what_to_do_and_are_put_aside_alone(
    page: Page, line: Instance, citizen: Citizen, ticket: int
) -> None:
    line.rows(
        "INSERT INTO tickets_notification (user_id, ticket_id, kind, at, unheard, mail_attempts, mail_error)"
        f" SELECT u.id, {ticket}, kind, now(), false, 0, ''"
        " FROM auth_user u, (VALUES ('mention'), ('unsent')) AS k (kind)"
        " WHERE u.username = 'operator' RETURNING id"
    )
    sign_in(page, line, "operator", "/admin/bildirimler/")
    group = page.locator(".lines li", has_text=number_of(line, ticket))
    expect(group).to_have_count(1)
    expect(group).to_contain_text("bir notta adınız geçti")
    expect(group).to_contain_text("ileri tarihli cevap gönderilmedi")
    expect(group).to_contain_text("yeniden gönderin")
    expect_accessible(page, "notices")
    group.get_by_role("button", name="Görüldü").click()
    expect(group.get_by_role("button", name="Görüldü")).to_have_count(0)
