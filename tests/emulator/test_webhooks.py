"""Webhooks: bodies, signature, retries, verification, and state after a restart."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emulator.conftest import PHONE, Receiver
from tests.timeouts import PATIENCE
from whatsapp.emulator.payloads import dump
from whatsapp.emulator.records import Person
from whatsapp.emulator.server import Emulator
from whatsapp.emulator.webhooks import KEPT_SECONDS, retry_pause

DAY = 24 * 3600


def settled(emulator: Emulator, count: int) -> list[list[int | None]]:
    """The status codes of each delivery's tries, once that many deliveries are done."""
    deadline = time.monotonic() + PATIENCE
    while True:
        deliveries = emulator.store.deliveries(0)
        if sum(delivery.done_at is not None for delivery in deliveries) >= count:
            return [[attempt["status"] for attempt in delivery.tries] for delivery in deliveries]
        assert time.monotonic() < deadline, deliveries
        time.sleep(0.005)


def test_the_body_is_pure_ascii_with_escaped_slashes_and_no_spaces() -> None:
    assert dump({"a": "ğ/😀", "b": [1, "\\"]}) == rb'{"a":"\u011f\/\ud83d\ude00","b":[1,"\\"]}'


def test_the_body_says_what_was_written(emulator: Emulator, citizen: Person, receiver: Receiver) -> None:
    emulator.people.say(citizen.id, "text", text="İstasyon Cad. 5/A önü 🕳 \\ şöyle")
    receiver.wait(2)
    bodies = {message["text"]["body"] for message in receiver.messages(2)}
    assert "İstasyon Cad. 5/A önü 🕳 \\ şöyle" in bodies


def test_the_signature_is_over_the_bytes_as_sent(citizen: Person, receiver: Receiver) -> None:
    post = receiver.wait(1)[0]
    expected = hmac.new(b"secret", post.body, hashlib.sha256).hexdigest()
    assert post.signature == f"sha256={expected}"
    assert json.dumps(json.loads(post.body)).encode() != post.body


def test_a_wrong_secret_signs_wrongly(emulator: Emulator, citizen: Person, receiver: Receiver) -> None:
    receiver.wait(1)
    emulator.faults.set("wrong_secret", 1)
    emulator.people.say(citizen.id, "text", text="x")
    post = receiver.wait(2)[1]
    assert post.signature != f"sha256={hmac.new(b'secret', post.body, hashlib.sha256).hexdigest()}"


@pytest.mark.parametrize("refusal", [500, 503, 401, 404, 301, 201, 204])
def test_anything_but_200_is_sent_again_with_the_same_bytes(
    emulator: Emulator, receiver: Receiver, refusal: int
) -> None:
    receiver.answers = [refusal]
    person = emulator.people.add("Ayşe", phone=PHONE)
    emulator.people.say(person.id, "text", text="x")
    posts = receiver.wait(2)
    assert posts[0] == posts[1]
    assert settled(emulator, 1) == [[refusal, 200]]


def test_nothing_is_sent_again_after_200(emulator: Emulator, citizen: Person, receiver: Receiver) -> None:
    assert settled(emulator, 1) == [[200]]
    emulator.clock.forward(DAY)
    emulator.people.say(citizen.id, "text", text="x")
    assert settled(emulator, 2) == [[200], [200]]
    assert len(receiver.posts) == 2


def test_a_webhook_nobody_answers_is_tried_again(start: Callable[..., Emulator]) -> None:
    emulator = start(webhook_url="http://127.0.0.1:9/")
    person = emulator.people.add("Ayşe", phone=PHONE)
    emulator.people.say(person.id, "text", text="x")
    deadline = time.monotonic() + PATIENCE
    while len(tries := emulator.store.deliveries(0)[0].tries) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert tries[0]["status"] is None
    assert tries[0]["error"] == "ConnectionError"


def test_the_pauses_grow_from_seconds_to_hours() -> None:
    pauses = [retry_pause(tries) for tries in range(1, 20)]
    assert pauses[:4] == [2, 6, 18, 54]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 6 * 3600


def test_a_webhook_is_given_up_after_seven_days(emulator: Emulator, receiver: Receiver) -> None:
    receiver.answers = [500] * 1000
    person = emulator.people.add("Ayşe", phone=PHONE)
    emulator.people.say(person.id, "text", text="x")
    receiver.wait(2)
    assert emulator.store.deliveries(0)[0].done_at is None
    emulator.clock.forward(KEPT_SECONDS)
    assert set(settled(emulator, 1)[0]) == {500}


def test_the_handshake_succeeds_with_the_right_token(emulator: Emulator) -> None:
    assert emulator.webhooks.verify()["ok"] is True


def test_the_handshake_fails_with_a_wrong_token(start: Callable[..., Emulator]) -> None:
    handshake = start(verify_token="wrong").webhooks.verify()
    assert (handshake["ok"], handshake["status"]) == (False, 403)


def test_the_handshake_fails_when_nobody_is_there(start: Callable[..., Emulator]) -> None:
    assert start(webhook_url="http://127.0.0.1:9/").webhooks.verify()["ok"] is False


def test_a_restart_keeps_people_chats_clock_and_undelivered_webhooks(
    start: Callable[..., Emulator], receiver: Receiver, tmp_path: Path
) -> None:
    state = str(tmp_path / "state.sqlite3")
    before = start(state=state, webhook_url="http://127.0.0.1:9/")
    person = before.people.add("Ayşe", phone=PHONE)
    before.people.say(person.id, "text", text="kaybolma")
    now = before.clock.forward(3600)
    before.stop()

    after = start(state=state)
    assert receiver.messages()[0]["text"]["body"] == "kaybolma"
    assert [message.body["text"]["body"] for message in after.store.chat(person.id)] == ["kaybolma"]
    assert after.people.get(person.id).name == "Ayşe"
    assert after.clock.now() >= now


def test_a_restart_sends_what_a_fault_held(
    start: Callable[..., Emulator], receiver: Receiver, tmp_path: Path
) -> None:
    state = str(tmp_path / "state.sqlite3")
    before = start(state=state)
    before.faults.set("hold")
    person = before.people.add("Ayşe", phone=PHONE)
    before.people.say(person.id, "text", text="tutuldu")
    before.stop()
    assert receiver.posts == []
    start(state=state)
    assert receiver.messages()[0]["text"]["body"] == "tutuldu"


class TestFault:
    """What can go wrong on the way to the webhook."""

    def say(self, emulator: Emulator, person: Person, count: int = 1) -> None:
        for number in range(count):
            emulator.people.say(person.id, "text", text=str(number))

    def test_duplicate_sends_the_same_bytes_again(
        self, emulator: Emulator, citizen: Person, receiver: Receiver
    ) -> None:
        receiver.wait(1)
        emulator.faults.set("duplicate", 1, copies=2)
        self.say(emulator, citizen)
        posts = receiver.wait(4)
        assert posts[1].body == posts[2].body == posts[3].body

    def test_hold_keeps_back_until_released(
        self, emulator: Emulator, citizen: Person, receiver: Receiver
    ) -> None:
        receiver.wait(1)
        emulator.faults.set("hold", 3)
        self.say(emulator, citizen, 3)
        assert settled(emulator, 1) == [[200], [], [], []]
        assert emulator.webhooks.release(shuffle=True) == 3
        assert len(receiver.messages(4)) == 4

    def test_released_as_a_batch_all_come_in_one_body(
        self, emulator: Emulator, citizen: Person, receiver: Receiver
    ) -> None:
        receiver.wait(1)
        emulator.faults.set("hold", 3)
        self.say(emulator, citizen, 3)
        emulator.webhooks.release(batch=True)
        bodies = [value["messages"][0]["text"]["body"] for value in receiver.wait(2)[1].values]
        assert bodies == ["0", "1", "2"]

    def test_batch_collects_by_itself(self, emulator: Emulator, citizen: Person, receiver: Receiver) -> None:
        receiver.wait(1)
        emulator.faults.set("batch", 1, size=2)
        self.say(emulator, citizen, 3)
        receiver.messages(4)
        assert sorted(len(post.values) for post in receiver.posts) == [1, 1, 2]

    def test_delay_makes_it_late(self, emulator: Emulator, citizen: Person, receiver: Receiver) -> None:
        receiver.wait(1)
        emulator.faults.set("delay", seconds=3600)
        self.say(emulator, citizen)
        assert emulator.store.deliveries(1)[0].tries == []
        emulator.clock.forward(3600)
        assert len(receiver.wait(2)) == 2

    def test_shuffle_scatters_within_the_time_given(
        self, emulator: Emulator, citizen: Person, receiver: Receiver
    ) -> None:
        receiver.wait(1)
        emulator.faults.set("shuffle", seconds=1000)
        self.say(emulator, citizen, 20)
        due = [delivery.due_at or 0.0 for delivery in emulator.store.deliveries(1)]
        assert due != sorted(due)
        assert all(0 <= late - emulator.clock.now() + 5 <= 1005 for late in due)
