"""Every fault of the panel: it can be set there, and the line recovers from it."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import expect

from tests.browser.citizen import Citizen
from tests.browser.telephone import Telephone
from tests.chaos.instance import Instance, wait_for
from tests.timeouts import PATIENCE
from whatsapp.emulator.client import ControlClient
from whatsapp.emulator.faults import KINDS
from whatsapp.emulator.records import File

pytestmark = pytest.mark.browser

REPORT = "Köşk mahallesinde yolda büyük çukur var"
# Each befalls one message or its answer; the citizen notices nothing but a pause.
PASSING: list[tuple[str, dict[str, Any]]] = [
    ("duplicate", {"copies": 3}),
    ("shuffle", {"seconds": 0.5}),
    ("delay", {"seconds": 0.5}),
    ("late_status", {"seconds": 2.0}),
    ("missing_status", {}),
    ("duplicate_status", {"copies": 2}),
    ("lost_answer", {"how": "close"}),
    ("slow_answer", {"seconds": 1.0}),
    ("http_500", {}),
    ("error", {"code": 130429}),
    ("error", {"code": 131056}),
    ("error", {"code": 80007}),
    ("error", {"code": 131000}),
    ("error", {"code": 131047}),
]
# What becomes of the photo; the talep is opened in any case.
OF_FILES: list[tuple[str, dict[str, Any], str]] = [
    ("media_gone", {}, "stored"),
    ("media_url_expired", {}, "stored"),
    ("media_wrong_sha", {}, "refused"),
    ("media_truncated", {}, "stored"),
    ("media_oversized", {"bytes": 6 << 20}, "refused"),
    ("media_redirect", {}, "refused"),
]


@pytest.fixture
def emulator(line: Instance) -> Iterator[ControlClient]:
    yield line.emulator
    line.emulator.clear_faults()


@pytest.fixture
def citizen(line: Instance) -> Citizen:
    return Citizen(line)


@pytest.mark.parametrize(("kind", "options"), PASSING)
def test_one_question_gets_one_answer_though_the_network_fails(
    emulator: ControlClient, citizen: Citizen, kind: str, options: dict[str, Any]
) -> None:
    emulator.set_fault(kind, 1, **options)
    citizen.ask()
    citizen.hears(1)


@pytest.mark.parametrize(("kind", "options", "state"), OF_FILES)
def test_a_talep_is_opened_though_its_photo_is_in_trouble(
    emulator: ControlClient, citizen: Citizen, kind: str, options: dict[str, Any], state: str
) -> None:
    emulator.set_fault(kind, 1, **options)
    wamid = citizen.say("image", (photo(),), caption=REPORT)
    wait_for(lambda: state_of_photo(citizen.line, wamid) == state)
    wait_for(lambda: "no: MG-" in "".join(each["shown"]["text"] for each in citizen.answers))


def test_what_was_held_is_answered_when_it_is_released(emulator: ControlClient, citizen: Citizen) -> None:
    emulator.set_fault("hold", 1)
    citizen.ask()
    other = Citizen(citizen.line)
    other.ask()
    other.hears(1)
    assert citizen.answers == []
    emulator.release()
    citizen.hears(1)


def test_messages_of_several_people_in_one_body_are_all_answered(
    emulator: ControlClient, line: Instance
) -> None:
    people = [Citizen(line) for _ in range(3)]
    emulator.set_fault("batch", 1, size=3)
    for person in people:
        person.ask()
    for person in people:
        person.hears(1)


def test_a_forged_webhook_leaves_no_trace_and_the_next_one_is_answered(
    emulator: ControlClient, citizen: Citizen
) -> None:
    emulator.set_fault("wrong_secret", 1)
    wamid = citizen.say("text", text="Sahte")
    wait_for(lambda: tried(emulator, wamid))
    citizen.ask()
    citizen.hears(1)
    assert tried(emulator, wamid)[0] == 401
    assert citizen.line.count(f"whatsapp_message WHERE wamid = '{wamid}'") == 0


def test_a_message_that_fails_for_good_does_not_hold_up_the_next(
    emulator: ControlClient, citizen: Citizen
) -> None:
    emulator.set_fault("failed_status", 1, code=131026)
    citizen.ask()
    wait_for(lambda: citizen.line.count("whatsapp_outbox WHERE error_code = 131026") == 1)
    citizen.ask()
    citizen.hears(1)


def test_while_the_token_is_dead_messages_are_kept_and_answered_afterwards(
    emulator: ControlClient, citizen: Citizen
) -> None:
    emulator.set_fault("dead_token")
    citizen.ask()
    stopped = "whatsapp_channelstate WHERE state = 'stopped'"
    wait_for(lambda: citizen.line.count(stopped) == 1)
    emulator.clear_faults()
    # The line tries again by itself every five minutes; these are over now.
    citizen.line.rows("UPDATE whatsapp_channelstate SET resume_at = now() RETURNING 1")
    citizen.hears(1)
    assert citizen.line.count(stopped) == 0


def test_every_fault_can_be_set_and_ended_on_the_panel(telephone: Telephone) -> None:
    panel = telephone.section("Arızalar")
    shown = panel.locator(".fault")
    expect(shown).to_have_count(len(KINDS))
    for fault in shown.all():
        fault.locator("summary").click()
        fault.get_by_role("button", name="Aç", exact=True).click()
        expect(fault.locator(".badge")).to_have_text("açık")
    assert {each["kind"] for each in faults(telephone.line)} == set(KINDS)
    panel.get_by_role("button", name="Tüm arızaları kaldır").click()
    wait_for(lambda: faults(telephone.line) == [])


def test_holding_and_releasing_is_done_from_the_panel(telephone: Telephone) -> None:
    panel = telephone.section("Arızalar")
    hold = panel.locator("[data-kind=hold]")
    hold.locator("summary").click()
    hold.get_by_role("spinbutton", name="Kaç kez").fill("1")
    hold.get_by_role("button", name="Aç", exact=True).click()
    expect(hold.locator(".badge")).to_have_text("açık, 1 kez")
    telephone.write("durum")
    expect(panel.get_by_text("Tutulan webhook: 1")).to_be_visible()
    panel.get_by_role("button", name="Bırak", exact=True).click()
    expect(telephone.front.locator(".theirs")).to_contain_text("Bu hattan yaptığınız bir başvuru yok")


def test_the_log_shows_each_webhook_with_its_result_and_body(telephone: Telephone) -> None:
    telephone.write("durum")
    log = telephone.section("Webhook günlüğü")
    row = log.locator("tbody tr", has=telephone.page.get_by_role("cell", name="text", exact=True)).first
    expect(row).to_contain_text("200")
    row.get_by_role("button").click()
    expect(telephone.page.get_by_role("dialog").locator("pre").last).to_contain_text('"body": "durum"')


def state_of_photo(line: Instance, wamid: str) -> str:
    query = (
        "SELECT media.state FROM whatsapp_media media JOIN whatsapp_message message"
        f" ON message.id = media.message_id WHERE message.wamid = '{wamid}'"
    )
    return str(next(iter(line.rows(query)), ("",))[0])


def tried(emulator: ControlClient, wamid: str) -> list[int]:
    """What the tries to deliver that message were answered with."""
    [delivery] = [each for each in emulator.deliveries() if wamid.replace("/", "\\/") in each["body"]]
    return [attempt["status"] for attempt in delivery["tries"]]


def faults(line: Instance) -> list[dict[str, Any]]:
    answer = requests.get(f"{line.url}/emulator/control/faults", timeout=PATIENCE)
    found: list[dict[str, Any]] = answer.json()["faults"]
    return found


def photo() -> File:
    out = io.BytesIO()
    Image.effect_noise((400, 300), 60).save(out, "JPEG")
    return File("cukur.jpg", "image/jpeg", out.getvalue())
