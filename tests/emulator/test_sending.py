"""POST {phone_number_id}/messages: who may send what to whom, and the statuses at the webhook."""

from typing import Any

import pytest

from tests.emulator.conftest import PHONE, Business, Receiver
from whatsapp.emulator.records import Person
from whatsapp.emulator.server import Emulator

Json = dict[str, Any]
DAY = 24 * 3600
TEMPLATE: Json = {
    "name": "durum",
    "language": "tr",
    "category": "UTILITY",
    "components": [{"type": "BODY", "text": "Başvuru no: {{1}}"}],
}
SENT_TEMPLATE: Json = {
    "to": f"+{PHONE}",
    "type": "template",
    "template": {
        "name": "durum",
        "language": {"code": "tr"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "MG-1"}]}],
    },
}


def code_of(answer: Any) -> int:
    assert answer.status_code >= 400
    code: int = answer.json()["error"]["code"]
    return code


def test_a_send_to_a_number_is_answered_with_its_wa_id(business: Business, citizen: Person) -> None:
    answer = business.text()
    assert answer.status_code == 200
    assert answer.json()["contacts"] == [{"input": f"+{PHONE}", "wa_id": PHONE}]
    assert answer.json()["messages"][0]["id"].startswith("wamid.")


def test_a_send_to_a_user_id_is_answered_with_the_user_id(business: Business, citizen: Person) -> None:
    answer = business.post({"recipient": citizen.user_id, "type": "text", "text": {"body": "x"}})
    assert answer.json()["contacts"] == [{"input": citizen.user_id, "user_id": citizen.user_id}]


def test_the_number_wins_over_the_user_id(business: Business, citizen: Person) -> None:
    assert business.text(recipient="TR.999").json()["contacts"][0] == {"input": f"+{PHONE}", "wa_id": PHONE}


def test_a_number_without_a_plus_gets_the_own_country_code(business: Business, citizen: Person) -> None:
    assert business.text(to=PHONE[2:]).json()["contacts"][0]["wa_id"] == PHONE
    assert business.text(to=PHONE).json()["contacts"][0]["wa_id"] == f"90{PHONE}"


def test_a_send_is_reported_as_sent_and_delivered_with_its_callback_data(
    business: Business, citizen: Person, receiver: Receiver
) -> None:
    message = business.text(biz_opaque_callback_data="outbox-7").json()["messages"][0]["id"]
    statuses = sorted(receiver.statuses(2), key=lambda status: status["status"])
    assert [status["status"] for status in statuses] == ["delivered", "sent"]
    for status in statuses:
        assert status["id"] == message
        assert status["biz_opaque_callback_data"] == "outbox-7"
        assert status["recipient_id"] == PHONE
        assert status["recipient_user_id"] == citizen.user_id
        assert isinstance(status["timestamp"], str)
        assert status["pricing"] == {"billable": False, "pricing_model": "PMP", "category": "service"}


def test_a_reading_person_reports_read(emulator: Emulator, business: Business, receiver: Receiver) -> None:
    reader = emulator.people.add("Ali", phone="905320000001", auto_read=True)
    emulator.people.say(reader.id, "text", text="x")
    business.text(to="+905320000001")
    assert {status["status"] for status in receiver.statuses(3)} == {"sent", "delivered", "read"}


def test_opening_the_chat_reports_read_once(
    emulator: Emulator, business: Business, citizen: Person, receiver: Receiver
) -> None:
    business.text()
    receiver.statuses(2)
    assert [emulator.people.read(citizen.id), emulator.people.read(citizen.id)] == [1, 0]
    assert receiver.statuses(3)[2]["status"] == "read"


def test_a_send_to_nobody_is_accepted_and_fails_later(business: Business, receiver: Receiver) -> None:
    assert business.text(to="+905329999999").status_code == 200
    status = receiver.statuses()[0]
    assert status["status"] == "failed"
    assert status["recipient_id"] == "905329999999"
    assert status["errors"][0]["code"] == 131026


def test_a_send_to_an_unknown_user_id_fails_with_that_user_id(business: Business, receiver: Receiver) -> None:
    business.post({"recipient": "TR.404", "type": "text", "text": {"body": "x"}})
    status = receiver.statuses()[0]
    assert (status["recipient_user_id"], status["errors"][0]["code"]) == ("TR.404", 131026)
    assert "recipient_id" not in status


def test_the_own_number_is_no_recipient(business: Business) -> None:
    assert code_of(business.text(to="+903520000000")) == 131021


@pytest.mark.parametrize("field", ["messaging_product", "to"])
def test_a_send_without_its_basics_is_refused(business: Business, citizen: Person, field: str) -> None:
    body: Json = {"messaging_product": "whatsapp", "to": f"+{PHONE}", "type": "text", "text": {"body": "x"}}
    del body[field]
    answer = business.call("POST", "100200/messages", json=body)
    assert code_of(answer) == (100 if field == "messaging_product" else 131008)


def test_a_refused_send_leaves_nothing_behind(
    emulator: Emulator, business: Business, citizen: Person
) -> None:
    assert code_of(business.text("x" * 4097)) == 100
    assert emulator.store.outbound(0) == []


@pytest.mark.usefixtures("citizen")
class TestWindow:
    """The 24 hours after a person wrote."""

    def test_is_open_until_24_hours_after_the_last_message(
        self, emulator: Emulator, business: Business
    ) -> None:
        emulator.clock.forward(DAY - 60)
        assert business.text().status_code == 200

    def test_is_closed_after_24_hours(self, emulator: Emulator, business: Business) -> None:
        emulator.clock.forward(DAY)
        assert code_of(business.text()) == 131047

    def test_is_closed_for_somebody_who_never_wrote(self, emulator: Emulator, business: Business) -> None:
        emulator.people.add("Ali", phone="905320000001")
        assert code_of(business.text(to="+905320000001")) == 131047

    def test_opens_again_with_the_next_message(
        self, emulator: Emulator, business: Business, citizen: Person
    ) -> None:
        emulator.clock.forward(2 * DAY)
        emulator.people.say(citizen.id, "text", text="Hâlâ bekliyorum")
        assert business.text().status_code == 200

    def test_lets_an_approved_template_through_when_closed(
        self, emulator: Emulator, business: Business
    ) -> None:
        emulator.graph.add_template(TEMPLATE)
        emulator.clock.forward(2 * DAY)
        assert business.post(SENT_TEMPLATE).status_code == 200

    def test_may_refuse_by_a_failed_status_instead(
        self, emulator: Emulator, business: Business, receiver: Receiver
    ) -> None:
        emulator.clock.forward(2 * DAY)
        emulator.faults.set("window_as_status")
        assert business.text().status_code == 200
        assert receiver.statuses()[0]["errors"][0]["code"] == 131047

    def test_is_not_opened_by_a_notice_of_the_network(
        self, emulator: Emulator, business: Business, citizen: Person
    ) -> None:
        emulator.clock.forward(2 * DAY)
        emulator.people.say(citizen.id, "user_id_change")
        assert code_of(business.text()) == 131047


@pytest.mark.usefixtures("citizen")
class TestPace:
    """The rates of the number and of each pair."""

    def test_lets_a_burst_of_45_to_one_person_through_and_no_more(self, business: Business) -> None:
        assert {business.text().status_code for _ in range(45)} == {200}
        assert code_of(business.text()) == 131056

    def test_lets_one_more_through_after_6_seconds(self, emulator: Emulator, business: Business) -> None:
        for _ in range(45):
            business.text()
        emulator.clock.forward(6)
        assert business.text().status_code == 200
        assert code_of(business.text()) == 131056

    def test_can_be_switched_off(self, start: Any) -> None:
        emulator = start(paced=False)
        person = emulator.people.add("Ayşe", phone=PHONE)
        emulator.people.say(person.id, "text", text="x")
        business = Business(emulator.url)
        assert {business.text().status_code for _ in range(50)} == {200}


@pytest.mark.usefixtures("citizen")
class TestTemplate:
    def test_is_refused_when_unknown(self, business: Business) -> None:
        answer = business.post(SENT_TEMPLATE)
        assert (answer.status_code, code_of(answer)) == (404, 132001)

    def test_is_priced_by_its_category(
        self, emulator: Emulator, business: Business, receiver: Receiver
    ) -> None:
        emulator.graph.add_template(TEMPLATE)
        business.post(SENT_TEMPLATE)
        assert receiver.statuses()[0]["pricing"]["category"] == "utility"

    def test_is_seen_by_the_person_with_its_parameters(self, emulator: Emulator, business: Business) -> None:
        emulator.graph.add_template(TEMPLATE)
        business.post(SENT_TEMPLATE)
        assert emulator.store.outbound(0)[0].shown["text"] == "Başvuru no: MG-1"


@pytest.mark.usefixtures("citizen")
class TestReferences:
    def test_a_reply_to_an_unknown_message_is_refused(self, business: Business) -> None:
        assert code_of(business.text(context={"message_id": "wamid.unknown"})) == 131009

    def test_a_reply_to_a_message_of_the_chat_passes(
        self, emulator: Emulator, business: Business, citizen: Person
    ) -> None:
        theirs = emulator.store.chat(citizen.id)[0].wamid
        assert business.text(context={"message_id": theirs}).status_code == 200

    def test_a_reaction_to_an_unknown_message_is_refused(self, business: Business) -> None:
        reaction = {"message_id": "wamid.unknown", "emoji": "👍"}
        answer = business.post({"to": f"+{PHONE}", "type": "reaction", "reaction": reaction})
        assert code_of(answer) == 131009

    def test_an_uploaded_file_can_be_sent(self, business: Business) -> None:
        media = business.upload(b"jpeg", "image/jpeg").json()["id"]
        assert business.post({"to": f"+{PHONE}", "type": "image", "image": {"id": media}}).status_code == 200

    def test_an_unknown_file_is_refused(self, business: Business) -> None:
        assert code_of(business.post({"to": f"+{PHONE}", "type": "image", "image": {"id": "404"}})) == 100

    def test_a_file_of_another_kind_is_refused(self, business: Business) -> None:
        media = business.upload(b"%PDF", "application/pdf").json()["id"]
        assert code_of(business.post({"to": f"+{PHONE}", "type": "image", "image": {"id": media}})) == 131053

    def test_an_uploaded_file_is_gone_after_30_days(
        self, emulator: Emulator, business: Business, citizen: Person
    ) -> None:
        media = business.upload(b"jpeg", "image/jpeg").json()["id"]
        emulator.clock.forward(30 * DAY)
        emulator.people.say(citizen.id, "text", text="x")
        assert code_of(business.post({"to": f"+{PHONE}", "type": "image", "image": {"id": media}})) == 100


class TestReceipt:
    def test_of_a_received_message_gives_blue_ticks(
        self, emulator: Emulator, business: Business, citizen: Person
    ) -> None:
        theirs = emulator.store.chat(citizen.id)[0].wamid
        assert business.post({"status": "read", "message_id": theirs}).json() == {"success": True}
        assert [status["status"] for status in emulator.store.chat(citizen.id)[0].statuses] == ["read"]

    def test_may_show_that_somebody_is_writing(
        self, emulator: Emulator, business: Business, citizen: Person
    ) -> None:
        theirs = emulator.store.chat(citizen.id)[0].wamid
        business.post({"status": "read", "message_id": theirs, "typing_indicator": {"type": "text"}})
        assert emulator.store.chat(citizen.id)[0].statuses[-1]["status"] == "typing"

    @pytest.mark.parametrize(
        "wrong", [{"status": "seen"}, {"message_id": "wamid.unknown"}, {"typing_indicator": {"type": "x"}}]
    )
    def test_of_anything_else_is_refused_and_changes_nothing(
        self, emulator: Emulator, business: Business, citizen: Person, wrong: Json
    ) -> None:
        theirs = emulator.store.chat(citizen.id)[0].wamid
        assert code_of(business.post({"status": "read", "message_id": theirs} | wrong)) == 131009
        assert emulator.store.chat(citizen.id)[0].statuses == []
