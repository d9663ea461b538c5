"""Fault injection: faults of the Graph API and of statuses, and setting them."""

import time

import pytest
import requests

from tests.emulator.conftest import Business, Receiver
from whatsapp.emulator.faults import Faults
from whatsapp.emulator.records import ControlError, Person
from whatsapp.emulator.server import Emulator

pytestmark = pytest.mark.usefixtures("citizen")


def test_a_lost_answer_leaves_the_message_sent(
    emulator: Emulator, business: Business, citizen: Person, receiver: Receiver
) -> None:
    emulator.faults.set("lost_answer", 1)
    with pytest.raises(requests.ConnectionError):
        business.text(biz_opaque_callback_data="outbox-7")
    assert [message.person for message in emulator.store.outbound(0)] == [citizen.id]
    assert receiver.statuses(2)[0]["biz_opaque_callback_data"] == "outbox-7"
    assert business.text().status_code == 200


def test_a_lost_answer_may_take_its_time(emulator: Emulator, business: Business) -> None:
    emulator.faults.set("lost_answer", how="timeout", seconds=5.0)
    with pytest.raises(requests.Timeout):
        requests.post(
            f"{business.url}/v23.0/100200/messages",
            headers=business.headers,
            json={
                "messaging_product": "whatsapp",
                "to": "+905321112233",
                "type": "text",
                "text": {"body": "x"},
            },
            timeout=0.2,
        )
    assert len(emulator.store.outbound(0)) == 1


def test_a_slow_answer_comes_after_its_statuses(
    emulator: Emulator, business: Business, receiver: Receiver
) -> None:
    emulator.faults.set("slow_answer", 1, seconds=0.3)
    began = time.monotonic()
    assert business.text().status_code == 200
    assert time.monotonic() - began >= 0.3
    assert {status["status"] for status in receiver.statuses(2)} == {"sent", "delivered"}


def test_a_server_error_accepts_nothing(emulator: Emulator, business: Business) -> None:
    emulator.faults.set("http_500", 1)
    assert business.text().status_code == 500
    assert emulator.store.outbound(0) == []
    assert business.text().status_code == 200


@pytest.mark.parametrize("code", [130429, 131056, 80007, 131047])
def test_any_error_can_be_the_answer(emulator: Emulator, business: Business, code: int) -> None:
    emulator.faults.set("error", 1, code=code)
    answer = business.text()
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert emulator.store.outbound(0) == []


def test_a_dead_token_refuses_everything_until_cleared(emulator: Emulator, business: Business) -> None:
    emulator.faults.set("dead_token")
    answers = [business.text(), business.call("GET", "100200"), business.upload(b"x", "image/jpeg")]
    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in answers} == {(401, 190)}
    emulator.faults.clear()
    assert business.text().status_code == 200


def test_an_error_may_be_for_one_kind_of_call(emulator: Emulator, business: Business) -> None:
    emulator.faults.set("http_500", on="upload")
    assert business.upload(b"x", "image/jpeg").status_code == 500
    assert business.text().status_code == 200


@pytest.mark.parametrize("code", [131026, 131047, 131049])
def test_an_accepted_send_can_fail_later(
    emulator: Emulator, business: Business, receiver: Receiver, code: int
) -> None:
    emulator.faults.set("failed_status", 1, code=code)
    assert business.text().status_code == 200
    status = receiver.statuses()[0]
    assert (status["status"], status["errors"][0]["code"]) == ("failed", code)


def test_a_status_can_be_missing(emulator: Emulator, business: Business, receiver: Receiver) -> None:
    emulator.faults.set("missing_status", status="sent")
    business.text()
    business.text()
    assert [status["status"] for status in receiver.statuses(2)] == ["delivered", "delivered"]


def test_a_status_can_come_late(emulator: Emulator, business: Business, receiver: Receiver) -> None:
    emulator.faults.set("late_status", 1, status="sent", seconds=0.2)
    business.text()
    assert [status["status"] for status in receiver.statuses(2)] == ["delivered", "sent"]


def test_a_status_can_come_twice(emulator: Emulator, business: Business, receiver: Receiver) -> None:
    emulator.faults.set("duplicate_status", 1, status="delivered")
    business.text()
    kinds = sorted(status["status"] for status in receiver.statuses(3))
    assert kinds == ["delivered", "delivered", "sent"]


def test_a_fault_with_a_count_wears_off() -> None:
    faults = Faults()
    faults.set("hold", 2)
    assert [faults.take("hold") is not None for _ in range(3)] == [True, True, False]


def test_a_fault_without_a_count_stays_until_cleared() -> None:
    faults = Faults()
    faults.set("hold")
    assert [faults.take("hold") is not None for _ in range(3)] == [True, True, True]
    faults.clear("hold")
    assert faults.take("hold") is None


@pytest.mark.parametrize(
    ("kind", "count", "options"),
    [
        ("earthquake", None, {}),
        ("hold", 0, {}),
        ("delay", None, {"minutes": 1}),
        ("delay", None, {"seconds": "soon"}),
        ("error", None, {"on": "mesages"}),
        ("late_status", None, {"status": "lost"}),
    ],
)
def test_a_fault_that_could_never_fire_is_refused(
    kind: str, count: int | None, options: dict[str, object]
) -> None:
    faults = Faults()
    with pytest.raises(ControlError):
        faults.set(kind, count, **options)
    assert faults.listed() == []
