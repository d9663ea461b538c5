"""How many keys a clerk presses from opening the app to done, typing aside; and who is first where two press the same.

Taking a call down: test_new_ticket.py, which begins at the desk, too.
"""

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
LIST = "/admin/bekleyenler/"


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


def opened(page: Page, line: Instance, who: str = "operator", lands: str = LIST) -> None:
    """The app is opened: whoever signs in is on their first page, where the count begins."""
    page.goto(f"{line.url}/admin/login/")
    page.locator("[name=username]").fill(who)
    page.locator("[name=password]").fill(line.variables["DEMO_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url(line.url + lands)


def on_top(line: Instance, *keys: int) -> None:
    """These tickets have waited longest, in this order."""
    for place, key in enumerate(keys):
        line.rows(
            f"UPDATE tickets_ticket SET created_at = '2020-01-01'::timestamptz + interval '{place} hours',"
            f" status = 'NEW', department_id = NULL WHERE id = {key} RETURNING id"
        )


@pytest.fixture
def desk(page: Page, line: Instance, reported: list[int]) -> Iterator[list[int]]:
    """The first page of an operator, whose two tickets stand on top of it; the first is open by itself."""
    on_top(line, *reported)
    opened(page, line)
    page.locator(f"#ticket[data-ticket='{reported[0]}']").wait_for()
    yield reported
    for key in reported:
        line.rows(f"UPDATE tickets_ticket SET created_at = now() WHERE id = {key} RETURNING id")


def status(line: Instance, key: int) -> str:
    [(found,)] = line.rows(f"SELECT status FROM tickets_ticket WHERE id = {key}")
    return str(found)


def test_a_reply_takes_two_keys(page: Page, line: Instance, keys: Keys, desk: list[int]) -> None:
    keys.press("r")
    page.keyboard.type("Ekibimiz yola çıktı.")
    keys.press("Control+Enter")
    expect(page.locator("#act-said")).to_contain_text("cevap gönderiliyor")
    assert keys.pressed == 2


def test_a_canned_reply_takes_three_keys_with_its_search(
    page: Page, line: Instance, keys: Keys, desk: list[int]
) -> None:
    line.rows(
        "INSERT INTO tickets_cannedanswer (title, text, status, active) VALUES ('Asfalt programı',"
        " 'Asfalt ekibimiz programa aldı.', '', true) ON CONFLICT (title) DO UPDATE SET active = true RETURNING id"
    )
    keys.press("/")
    page.keyboard.type("asfalt prog")
    expect(page.locator("#answers [role=option]")).to_have_count(1)
    keys.press("Enter")
    expect(page.locator("#reply")).to_have_value("Asfalt ekibimiz programa aldı.")
    keys.press("Control+Enter")
    expect(page.locator("#act-said")).to_contain_text("cevap gönderiliyor")
    assert keys.pressed == 3


def test_the_next_ticket_takes_one_key(page: Page, line: Instance, keys: Keys, desk: list[int]) -> None:
    keys.press("j")
    page.locator(f"#ticket[data-ticket='{desk[1]}']").wait_for()
    assert keys.pressed == 1
    page.keyboard.press("u")
    page.locator(f"#ticket[data-ticket='{desk[0]}']").wait_for()


def test_the_next_ticket_of_the_queue_takes_one_key_and_the_list_one(
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


def test_taking_a_ticket_takes_one_key(page: Page, line: Instance, keys: Keys, desk: list[int]) -> None:
    keys.press("b")
    expect(page.locator("#act-said")).to_contain_text("Atandı")
    expect(page.locator("#talk-head .has-it")).to_have_text("Sizde")
    assert keys.pressed == 1


def test_the_right_subject_takes_three_keys(page: Page, line: Instance, keys: Keys, desk: list[int]) -> None:
    keys.press("k")
    page.keyboard.type("kaldirim")
    expect(page.locator(".found [role=option]").first).to_contain_text("aldırım")
    keys.press("Enter", "Enter")
    expect(page.locator("#act-said")).to_contain_text("Konu değişti")
    assert keys.pressed == 3


def test_joining_a_ticket_that_is_not_near_takes_three_keys(
    page: Page, line: Instance, keys: Keys, desk: list[int]
) -> None:
    keys.press("m")
    page.keyboard.type(number(line, desk[1]))
    keys.press("Enter")
    expect(page.locator("#act-said")).to_contain_text("Birleştirildi")
    assert status(line, desk[0]) == "DUPLICATE"
    assert keys.pressed <= 3


def test_redirecting_what_is_another_bodys_takes_one_key_and_another_takes_it_back(
    page: Page, line: Instance, keys: Keys, reported: list[int]
) -> None:
    key = reported[0]
    line.rows(
        "UPDATE tickets_ticket SET proposed_agency_id ="
        f" (SELECT id FROM departments_agency WHERE code = 'kaski') WHERE id = {key} RETURNING id"
    )
    on_top(line, key)
    opened(page, line)
    page.locator(f"#ticket[data-ticket='{key}']").wait_for()
    keys.press("y")
    expect(page.locator("#act-said")).to_contain_text("Kuruma yönlendirildi")
    assert (status(line, key), keys.pressed) == ("REDIRECTED", 1)
    keys.press("z")
    expect(page.locator("#act-said")).to_contain_text("geri alındı")
    assert status(line, key) == "NEW"


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
    opened(page, line)
    page.locator("#dangers kbd:not([hidden])").wait_for()
    keys.press("d")
    expect(page.get_by_role("button", name="112 için kopyala")).to_be_focused()
    assert page.url.endswith(f"{QUEUE}{danger}/change/")
    assert keys.pressed == 1
    keys.press("Enter")
    expect(page.get_by_text("Kopyalandı.")).to_be_visible()


def test_of_two_who_claim_the_same_danger_one_has_it_and_the_other_is_told_who(
    page: Page, browser: Browser, line: Instance, danger: int
) -> None:
    sign_in(page, line, "operator", f"{QUEUE}{danger}/change/")
    other = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="tr-TR").new_page()
    sign_in(other, line, "supervisor", f"{QUEUE}{danger}/change/")
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
    opened(page, line, "crew_fen", "/admin/saha/")
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
