"""How many keys a clerk presses from the page to done, typing aside; and who is first where two press the same."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import NARROW, WIDE
from tests.browser.office import QUEUE, sign_in
from tests.chaos.instance import Instance
from tests.pictures import photo

pytestmark = pytest.mark.browser


class Keys:
    """A keyboard that counts; words that are typed do not."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.pressed += len(keys)


@pytest.fixture
def keys(page: Page) -> Keys:
    return Keys(page)


@pytest.fixture
def reported(line: Instance) -> list[int]:
    """The keys of two tickets about potholes far from each other, the older first."""
    for text in ("Köşk mahallesinde yolda büyük çukur var", "Alpaslan mahallesinde yolda derin çukur var"):
        asking = Citizen(line)
        asking.say("text", text=text)
        asking.hears()
    rows = line.rows("SELECT id FROM tickets_ticket ORDER BY id DESC LIMIT 2")
    return sorted(int(key) for (key,) in rows)


def number(line: Instance, key: int) -> str:
    [(found,)] = line.rows(f"SELECT number FROM tickets_ticket WHERE id = {key}")
    return str(found)


def open_page(page: Page, line: Instance, key: int, who: str = "operator") -> None:
    sign_in(page, line, who, f"{QUEUE}{key}/change/")


def test_the_next_ticket_of_the_list_takes_one_key_and_the_list_one(
    page: Page, line: Instance, keys: Keys, reported: list[int]
) -> None:
    sign_in(page, line, "operator", f"{QUEUE}?tab=tumu&q=cukur")
    page.locator("tr[data-row] a.number").first.click()
    page.wait_for_url("**/change/")
    first = page.url
    keys.press("j")
    page.wait_for_url(lambda url: url.endswith("/change/") and url != first)
    assert keys.pressed == 1
    page.keyboard.press("u")
    page.wait_for_url(first)
    page.keyboard.press("Escape")
    page.wait_for_url(f"**{QUEUE}?tab=tumu&q=cukur")


def test_taking_a_ticket_takes_one_key(page: Page, line: Instance, keys: Keys, reported: list[int]) -> None:
    open_page(page, line, reported[0])
    keys.press("b")
    expect(page.locator("#act-said")).to_contain_text("Atandı")
    assert keys.pressed == 1


def test_joining_a_ticket_that_is_not_near_takes_three_keys(
    page: Page, line: Instance, keys: Keys, reported: list[int]
) -> None:
    open_page(page, line, reported[1])
    keys.press("m")
    page.keyboard.type(number(line, reported[0]))
    keys.press("Enter")
    expect(page.locator(".badge.status")).to_have_text("Mükerrer")
    assert keys.pressed <= 3


def test_redirecting_what_is_another_bodys_takes_one_key_and_another_takes_it_back(
    page: Page, line: Instance, keys: Keys, reported: list[int]
) -> None:
    key = reported[0]
    line.rows(
        "UPDATE tickets_ticket SET status = 'NEW', department_id = NULL, proposed_agency_id ="
        f" (SELECT id FROM departments_agency WHERE code = 'kaski') WHERE id = {key} RETURNING id"
    )
    open_page(page, line, key)
    keys.press("y")
    expect(page.locator(".badge.status")).to_have_text("İlgili kuruma yönlendirildi")
    assert keys.pressed == 1
    keys.press("z")
    expect(page.locator(".badge.status")).to_have_text("Alındı")


@pytest.fixture
def danger(line: Instance, reported: list[int]) -> Iterator[int]:
    """A danger that nobody has claimed."""
    key = reported[0]
    changed = "danger = 'gas_in', urgent = true, urgent_reason = 'bodrum, gaz kokusu'"
    line.rows(f"UPDATE tickets_ticket SET {changed} WHERE id = {key} RETURNING id")
    yield key
    line.rows(f"UPDATE tickets_ticket SET danger = '', urgent = false WHERE id = {key} RETURNING id")


def test_claiming_a_danger_takes_one_key_and_what_112_needs_is_next(
    page: Page, line: Instance, keys: Keys, danger: int
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, line, danger)
    keys.press("d")
    expect(page.get_by_role("button", name="112 için kopyala")).to_be_focused()
    assert page.url.endswith(f"{QUEUE}{danger}/change/")
    assert keys.pressed == 1
    keys.press("Enter")
    expect(page.get_by_text("Kopyalandı.")).to_be_visible()


def test_of_two_who_claim_the_same_danger_one_has_it_and_the_other_is_told_who(
    page: Page, browser: Browser, line: Instance, danger: int
) -> None:
    open_page(page, line, danger)
    other = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="tr-TR").new_page()
    open_page(other, line, danger, "supervisor")
    page.keyboard.press("d")
    other.keyboard.press("d")
    expect(page.get_by_role("region", name="Tehlike", exact=True)).to_contain_text("üstlendi")
    expect(other.get_by_role("region", name="Tehlike", exact=True)).to_contain_text("üstlendi")
    claimed = "tickets_ticket t JOIN auth_user u ON u.id = t.claimed_by_id"
    [(owner,)] = line.rows(f"SELECT u.username FROM {claimed} WHERE t.id = {danger}")
    loser = other if owner == "operator" else page
    expect(loser.locator(".toasts")).to_contain_text(re.compile(f"{owner}.*üstlendi"))
    other.context.close()


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_a_crew_starts_and_finishes_a_job_with_a_photo_in_four_taps_and_lands_on_its_jobs(
    page: Page, line: Instance, reported: list[int], tmp_path: Path
) -> None:
    page.goto(f"{line.url}/admin/login/")
    page.locator("[name=username]").fill("crew_fen")
    page.locator("[name=password]").fill(line.variables["DEMO_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/saha/")
    taps = 0
    page.get_by_role("listitem").filter(has_text=number(line, reported[0])).get_by_role("link").click()
    taps += 1
    page.get_by_role("button", name="İşe başla").click()
    taps += 1
    expect(page.get_by_text("İşe başlandı")).to_be_visible()
    picture = tmp_path / "foto.jpg"
    picture.write_bytes(photo((640, 480)))
    page.get_by_label("Ne yaptınız?").fill("Çukur asfaltla kapatıldı.")
    page.get_by_label("İşin bitmiş hâlinin fotoğrafı").set_input_files(picture)
    taps += 1
    page.get_by_role("button", name="Bitti, gönder").click()
    taps += 1
    expect(page.get_by_text("İş bitti")).to_be_visible()
    assert taps <= 4
    page.get_by_role("button", name="Geri al").click()
    expect(page.get_by_text("Kimseye haber gitmedi.")).to_be_visible()
    assert line.count(f"tickets_ticket WHERE id = {reported[0]} AND status = 'IN_PROGRESS'") == 1
