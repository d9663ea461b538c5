"""The control API over HTTP, through its client."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.emulator.conftest import PHONE, Business, Receiver
from tests.timeouts import PATIENCE
from whatsapp.emulator.client import LONGEST_POLL, ControlClient, EmulatorOffError
from whatsapp.emulator.records import ControlError, File, Json, Person
from whatsapp.emulator.server import Emulator


@pytest.fixture
def control(emulator: Emulator) -> ControlClient:
    return ControlClient(emulator.url)


def test_people_are_added_and_listed(control: ControlClient) -> None:
    added = control.add_person("Ayşe", phone="0532 111 22 33")
    assert (added["phone"], added["window_open"]) == (PHONE, False)
    assert control.people() == [added]


def test_somebody_without_a_name_is_refused(control: ControlClient) -> None:
    with pytest.raises(ControlError):
        control.add_person("", phone=PHONE)
    assert control.people() == []


def test_files_go_in_and_can_be_looked_at(
    control: ControlClient, emulator: Emulator, citizen: Person
) -> None:
    photos = [File("1.jpg", "image/jpeg", b"one"), File("2.jpg", "image/jpeg", b"two")]
    sent = control.say(citizen.id, "image", photos, caption="çukur")
    media = [message["body"]["image"]["id"] for message in sent]
    shown = [requests.get(f"{emulator.url}/control/media/{one}", timeout=PATIENCE).content for one in media]
    assert shown == [b"one", b"two"]


def test_a_chat_shows_both_directions_and_then_only_what_changed(
    control: ControlClient, business: Business, citizen: Person
) -> None:
    business.text("Buyurun")
    page = control.chat(citizen.id)
    assert [message["direction"] for message in page["messages"]] == ["in", "out"]
    assert [status["status"] for status in page["messages"][1]["statuses"]] == ["sent", "delivered"]
    assert control.chat(citizen.id, after=page["last"])["messages"] == []
    control.read(citizen.id)
    changed = control.chat(citizen.id, after=page["last"])["messages"]
    assert [message["statuses"][-1]["status"] for message in changed] == ["read"]


def test_a_poll_waits_for_the_next_answer(
    control: ControlClient, business: Business, citizen: Person
) -> None:
    timer = threading.Timer(0.2, business.text)
    timer.start()
    began = time.monotonic()
    page = control.outbound(wait=LONGEST_POLL)
    timer.join()
    assert time.monotonic() - began < LONGEST_POLL
    assert [message["person"] for message in page["messages"]] == [citizen.id]
    assert control.outbound(after=page["last"])["messages"] == []


def test_a_poll_ends_empty_when_nothing_comes(control: ControlClient) -> None:
    assert control.outbound(wait=0.1) == {"messages": [], "last": 0}


@pytest.mark.slow
def test_answers_come_until_it_is_quiet(control: ControlClient, business: Business, citizen: Person) -> None:
    last = control.chat(citizen.id)["last"]
    business.text("Alındı")
    timer = threading.Timer(0.1, business.text, ["Bir şey daha"])
    timer.start()
    came = [
        answer["shown"]["text"] for answer in control.answers(citizen.id, after=last, seconds=5, quiet=0.5)
    ]
    timer.join()
    assert came == ["Alındı", "Bir şey daha"]


def test_the_line_is_told_by_how_much_its_clock_is_ahead_also_after_a_restart(
    start: Callable[..., Emulator], tmp_path: Path
) -> None:
    told, state = tmp_path / "clock", str(tmp_path / "state.sqlite3")
    emulator = start(state=state, clock=told)
    emulator.clock.forward(3600)
    emulator.clock.forward(60, line=False)
    assert float(told.read_text()) == 3600
    emulator.stop()
    told.unlink()
    start(state=state, clock=told)
    assert float(told.read_text()) == 3600


def test_the_clock_moves_forward_and_never_back(control: ControlClient) -> None:
    assert control.forward(3600) > time.time() + 3590
    with pytest.raises(ControlError):
        control.forward(-1)


def test_faults_are_set_and_what_they_held_is_released_when_cleared(
    control: ControlClient, citizen: Person, receiver: Receiver
) -> None:
    receiver.wait(1)
    control.set_fault("hold")
    control.say(citizen.id, "text", text="x")
    assert control.deliveries()[1]["due_at"] is None
    control.clear_faults()
    assert len(receiver.wait(2)) == 2


def test_held_webhooks_can_be_released_as_one(
    control: ControlClient, citizen: Person, receiver: Receiver
) -> None:
    receiver.wait(1)
    control.set_fault("hold", 2)
    control.say(citizen.id, "text", text="a")
    control.say(citizen.id, "text", text="b")
    assert control.release(batch=True) == 1
    assert len(receiver.wait(2)[1].values) == 2


def test_the_log_shows_each_try_and_the_body(
    control: ControlClient, citizen: Person, receiver: Receiver
) -> None:
    receiver.answers = [503]
    control.say(citizen.id, "text", text="ğ")
    receiver.wait(3)
    deadline = time.monotonic() + PATIENCE
    while any(delivery["done_at"] is None for delivery in control.deliveries()):
        assert time.monotonic() < deadline
    tries = sorted(tuple(one["status"] for one in delivery["tries"]) for delivery in control.deliveries())
    assert tries == [(200,), (503, 200)]
    assert {delivery["body"].encode() for delivery in control.deliveries()} == {
        post.body for post in receiver.posts
    }


def test_any_change_can_be_published(control: ControlClient, receiver: Receiver) -> None:
    control.publish("account_update", {"event": "ACCOUNT_RESTRICTION"})
    assert receiver.wait(1)[0].values == [{"event": "ACCOUNT_RESTRICTION"}]


def test_a_paused_template_cannot_be_sent(
    control: ControlClient, business: Business, citizen: Person
) -> None:
    body = [{"type": "BODY", "text": "x"}]
    control.add_template(
        {"name": "t", "language": "tr", "category": "UTILITY", "components": body, "status": "PAUSED"}
    )
    template = {"name": "t", "language": {"code": "tr"}}
    answer = business.post({"to": f"+{citizen.phone}", "type": "template", "template": template})
    assert answer.json()["error"]["code"] == 132015


def test_the_handshake_is_done_on_demand(control: ControlClient) -> None:
    assert control.verify()["ok"] is True


@pytest.mark.parametrize(
    "headers", [{"Host": "emulator.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_a_foreign_page_cannot_reach_it(emulator: Emulator, headers: dict[str, str]) -> None:
    answer = requests.post(
        f"{emulator.url}/control/people",
        json={"name": "x", "username": "x"},
        headers=headers,
        timeout=PATIENCE,
    )
    assert answer.status_code == 403
    assert emulator.store.people() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "people/99/chat", 400),
        ("GET", "outbound?after=x", 400),
        ("GET", "media/404", 400),
        ("GET", "nowhere", 404),
        ("DELETE", "people", 405),
    ],
)
def test_nonsense_is_told_as_json(emulator: Emulator, method: str, path: str, status: int) -> None:
    answer = requests.request(method, f"{emulator.url}/control/{path}", timeout=PATIENCE)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_nobody_at_the_address_is_told_as_such() -> None:
    with pytest.raises(EmulatorOffError):
        ControlClient("http://127.0.0.1:9").people()


def test_news_of_every_chat_come_in_one_poll_with_people_time_and_faults(
    control: ControlClient, emulator: Emulator, citizen: Person
) -> None:
    other = emulator.people.add("Can", username="can")
    control.set_fault("hold", 1)
    emulator.people.say(other.id, "text", text="Selam")
    control.set_fault("dead_token")
    news = get(emulator, "news")
    assert [message["person"] for message in news["messages"]] == [citizen.id, other.id]
    assert [person["id"] for person in news["people"]] == [citizen.id, other.id]
    assert (news["held"], [fault["kind"] for fault in news["faults"]]) == (1, ["dead_token"])
    assert news["now"] == pytest.approx(emulator.clock.now(), abs=5)


def test_news_after_a_cursor_hold_only_what_changed_since(
    control: ControlClient, emulator: Emulator, citizen: Person
) -> None:
    last = get(emulator, "news")["last"]
    assert get(emulator, f"news?after={last}")["messages"] == []
    [said] = control.say(citizen.id, "text", text="durum")
    assert [message["seq"] for message in get(emulator, f"news?after={last}")["messages"]] == [said["seq"]]


@pytest.mark.parametrize(
    "change",
    [
        lambda control: control.forward(60),
        lambda control: control.set_fault("dead_token"),
        lambda control: control.add_person("Can", username="can"),
    ],
    ids=["clock", "faults", "people"],
)
def test_news_come_at_once_when_clock_faults_or_people_change(
    control: ControlClient, emulator: Emulator, change: Callable[[ControlClient], object]
) -> None:
    mark = get(emulator, "news")["mark"]
    timer = threading.Timer(0.2, change, [control])
    timer.start()
    began = time.monotonic()
    news = get(emulator, f"news?wait={LONGEST_POLL}&mark={mark}")
    timer.join()
    assert time.monotonic() - began < LONGEST_POLL
    assert news["mark"] != mark


def test_the_end_of_the_webhook_log_comes_newest_first(
    control: ControlClient, emulator: Emulator, citizen: Person
) -> None:
    for text in ("bir", "iki", "üç"):
        control.say(citizen.id, "text", text=text)
    everything = [delivery["id"] for delivery in control.deliveries()]
    latest = [delivery["id"] for delivery in get(emulator, "deliveries?latest=2")["deliveries"]]
    assert latest == everything[:-3:-1]


def test_the_faults_there_are_come_with_their_options(emulator: Emulator) -> None:
    answer = get(emulator, "faults")
    assert answer["kinds"]["batch"] == {"size": 3}
    assert "delivered" in answer["choices"]["status"]


def get(emulator: Emulator, path: str) -> Json:
    answer = requests.get(f"{emulator.url}/control/{path}", timeout=PATIENCE)
    assert answer.status_code == 200
    body: Json = answer.json()
    return body
