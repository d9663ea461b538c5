"""Messages of people, as they arrive at the webhook."""

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import PHONE, Business, Receiver
from whatsapp.emulator.people import wa_id
from whatsapp.emulator.records import ControlError, File, Person
from whatsapp.emulator.server import Emulator

Json = dict[str, Any]
MENU: Json = {
    "type": "list",
    "body": {"text": "Seçin"},
    "action": {
        "button": "Puan",
        "sections": [{"rows": [{"id": "5", "title": "Çok iyi", "description": "5 yıldız"}]}],
    },
}
BUTTONS: Json = {
    "type": "button",
    "body": {"text": "Çözüldü mü?"},
    "action": {"buttons": [{"type": "reply", "reply": {"id": "yes", "title": "Evet"}}]},
}


@pytest.fixture
def say(emulator: Emulator, citizen: Person, receiver: Receiver) -> Callable[..., Json]:
    """Says something as Ayşe and returns the webhook's value."""
    receiver.wait(1)

    def say(kind: str, files: tuple[File, ...] = (), **fields: object) -> Json:
        count = len(receiver.posts)
        emulator.people.say(citizen.id, kind, files, **fields)
        return receiver.wait(count + 1)[count].values[0]

    return say


def send(business: Business, interactive: Json) -> str:
    answer = business.post({"to": f"+{PHONE}", "type": "interactive", "interactive": interactive})
    message: str = answer.json()["messages"][0]["id"]
    return message


def test_a_message_names_its_sender_twice(say: Callable[..., Json], citizen: Person) -> None:
    value = say("text", text="Merhaba")
    message = value["messages"][0]
    assert value["metadata"] == {"display_phone_number": "903520000000", "phone_number_id": "100200"}
    assert value["contacts"] == [
        {"profile": {"name": "Ayşe Yılmaz"}, "user_id": citizen.user_id, "wa_id": PHONE}
    ]
    assert (message["from"], message["from_user_id"]) == (PHONE, citizen.user_id)
    assert message["timestamp"].isdigit()
    assert (message["type"], message["text"]) == ("text", {"body": "Merhaba"})


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (
            "location",
            {"latitude": 38.72, "longitude": 35.49, "name": "Meydan"},
            {"latitude": 38.72, "longitude": 35.49, "name": "Meydan"},
        ),
        ("reaction", {"message_id": "wamid.x", "emoji": "👍"}, {"message_id": "wamid.x", "emoji": "👍"}),
        ("reaction", {"message_id": "wamid.x", "emoji": ""}, {"message_id": "wamid.x"}),
        (
            "edit",
            {"message_id": "wamid.x", "text": "y"},
            {"original_message_id": "wamid.x", "message": {"type": "text", "text": {"body": "y"}}},
        ),
        ("revoke", {"message_id": "wamid.x"}, {"original_message_id": "wamid.x"}),
        ("unsupported", {"subtype": "poll"}, {"type": "poll"}),
    ],
)
def test_a_kind_has_its_part(say: Callable[..., Json], kind: str, fields: Json, expected: Json) -> None:
    message = say(kind, **fields)["messages"][0]
    assert (message["type"], message[kind]) == (kind, expected)


def test_an_album_is_one_message_for_each_picture(
    emulator: Emulator, citizen: Person, receiver: Receiver
) -> None:
    files = tuple(File(f"{number}.jpg", "image/jpeg", bytes([number])) for number in range(3))
    emulator.people.say(citizen.id, "image", files, caption="çukur")
    pictures = [message["image"] for message in receiver.messages(4) if message["type"] == "image"]
    assert len({picture["id"] for picture in pictures}) == 3
    assert sorted(picture.get("caption", "") for picture in pictures) == ["", "", "çukur"]


def test_a_voice_note_is_a_sound_with_voice(say: Callable[..., Json]) -> None:
    message = say("voice", (File("a.ogg", "audio/ogg; codecs=opus", b"OggS"),))["messages"][0]
    assert message["type"] == "audio"
    assert (message["audio"]["voice"], message["audio"]["mime_type"]) == (True, "audio/ogg; codecs=opus")


def test_a_document_has_the_name_its_sender_gave(say: Callable[..., Json]) -> None:
    message = say("document", (File("../dilekçe.pdf", "application/pdf", b"%PDF"),))["messages"][0]
    assert message["document"]["filename"] == "../dilekçe.pdf"


def test_a_tap_on_a_button_answers_its_message(
    say: Callable[..., Json], business: Business, receiver: Receiver
) -> None:
    asked = send(business, BUTTONS)
    receiver.statuses(2)  # else one of them may come before the tap
    message = say("tap", choice="Evet")["messages"][0]
    assert message["interactive"] == {"type": "button_reply", "button_reply": {"id": "yes", "title": "Evet"}}
    assert message["context"] == {"from": "903520000000", "id": asked}


def test_a_tap_on_a_row_brings_its_description(
    say: Callable[..., Json], business: Business, receiver: Receiver
) -> None:
    send(business, MENU)
    receiver.statuses(2)
    message = say("tap", choice="5")["messages"][0]
    assert message["interactive"]["list_reply"] == {
        "id": "5",
        "title": "Çok iyi",
        "description": "5 yıldız",
    }


def test_a_tap_on_a_quick_reply_of_a_template_is_a_button(
    emulator: Emulator, say: Callable[..., Json], business: Business, receiver: Receiver
) -> None:
    parts: list[Json] = [
        {"type": "BODY", "text": "x"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Evet"}]},
    ]
    emulator.graph.add_template({"name": "t", "language": "tr", "category": "UTILITY", "components": parts})
    template = {"name": "t", "language": {"code": "tr"}}
    business.post({"to": f"+{PHONE}", "type": "template", "template": template})
    receiver.statuses(2)
    message = say("tap", choice="Evet")["messages"][0]
    assert (message["type"], message["button"]) == ("button", {"payload": "Evet", "text": "Evet"})


def test_a_tap_on_what_is_not_there_is_refused(emulator: Emulator, citizen: Person) -> None:
    with pytest.raises(ControlError):
        emulator.people.say(citizen.id, "tap", choice="Evet")


def test_a_reply_carries_what_it_answers(
    emulator: Emulator, say: Callable[..., Json], citizen: Person
) -> None:
    own = emulator.store.chat(citizen.id)[0].wamid
    message = say("text", text="onu düzeltiyorum", reply_to=own)["messages"][0]
    assert message["context"] == {"from": PHONE, "id": own}


def test_a_forwarded_message_says_so(say: Callable[..., Json]) -> None:
    assert say("text", text="x", forwarded=True)["messages"][0]["context"] == {"forwarded": True}


def test_a_group_message_carries_the_group(say: Callable[..., Json]) -> None:
    assert say("text", text="x", group_id="1203630@g.us")["messages"][0]["group_id"] == "1203630@g.us"


def test_a_ghost_is_followed_by_the_real_message_of_the_same_id(
    emulator: Emulator, citizen: Person, receiver: Receiver
) -> None:
    receiver.wait(1)
    emulator.people.say(citizen.id, "ghost", text="Merhaba", seconds=0.05)
    ghost, real = receiver.messages(3)[1:]
    assert (ghost["type"], ghost["errors"][0]["code"]) == ("unsupported", 131060)
    assert (real["type"], real["text"]["body"], real["id"]) == ("text", "Merhaba", ghost["id"])


def test_a_broken_reply_has_errors_in_place_of_its_object(say: Callable[..., Json]) -> None:
    message = say("broken_reply")["messages"][0]
    assert "interactive" not in message
    assert message["errors"][0]["code"] == 131000


@pytest.mark.parametrize("kind", ["order", "welcome", "contacts", "flow"])
def test_the_rarer_kinds_arrive_too(say: Callable[..., Json], kind: str) -> None:
    types = {"welcome": "request_welcome", "flow": "interactive"}
    fields = {"name": "Ali Veli", "phone": "+905320000001", "response": "{}"}
    assert say(kind, **fields)["messages"][0]["type"] == types.get(kind, kind)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("hologram", {}),
        ("text", {}),
        ("location", {"latitude": 38.7}),
        ("location", {"latitude": "x", "longitude": 1}),
        ("image", {}),
        ("reaction", {}),
        ("text", {"text": "x", "reply_to": "wamid.unknown"}),
        ("number_change", {"phone": "yok"}),
    ],
)
def test_nonsense_is_refused_and_sends_nothing(
    emulator: Emulator, citizen: Person, kind: str, fields: Json
) -> None:
    with pytest.raises(ControlError):
        emulator.people.say(citizen.id, kind, **fields)
    assert len(emulator.store.chat(citizen.id)) == 1
    assert len(emulator.store.deliveries(0)) == 1


class TestUsername:
    """Somebody whose username hides the number."""

    @pytest.fixture
    def hidden(self, emulator: Emulator) -> Person:
        return emulator.people.add("Deniz", phone="905330000001", username="deniz")

    def test_shows_no_number_anywhere(self, emulator: Emulator, hidden: Person, receiver: Receiver) -> None:
        emulator.people.say(hidden.id, "text", text="x")
        Business(emulator.url).post({"recipient": hidden.user_id, "type": "text", "text": {"body": "x"}})
        receiver.statuses(2)
        assert all(b"905330000001" not in post.body for post in receiver.posts)
        for message in receiver.messages() + receiver.statuses(2):
            assert b"905330000001" not in b64decode(message["id"].removeprefix("wamid."))
        value = receiver.posts[0].values[0]
        assert value["contacts"][0]["profile"] == {"name": "Deniz", "username": "deniz"}
        assert value["messages"][0]["from_user_id"] == hidden.user_id

    def test_shows_the_number_for_30_days_after_the_business_used_it(
        self, emulator: Emulator, hidden: Person
    ) -> None:
        emulator.people.say(hidden.id, "text", text="x")
        Business(emulator.url).text(to="+905330000001")
        shown = emulator.people.say(hidden.id, "text", text="x")[0].body
        emulator.clock.forward(30 * 24 * 3600)
        gone = emulator.people.say(hidden.id, "text", text="x")[0].body
        assert (shown["from"], "from" in gone) == ("905330000001", False)

    def test_can_share_the_own_number_when_asked(
        self, emulator: Emulator, hidden: Person, receiver: Receiver
    ) -> None:
        emulator.people.say(hidden.id, "contact_request")
        card = receiver.messages()[0]["contacts"][0]
        assert (card["origin"], card["phones"][0]["wa_id"]) == ("contact_request", "905330000001")

    def test_hides_a_changed_number_too(self, emulator: Emulator, hidden: Person, receiver: Receiver) -> None:
        emulator.people.say(hidden.id, "number_change", phone="905330000002")
        message = receiver.messages()[0]
        assert message["system"]["type"] == "user_changed_user_id"
        assert message["system"]["previous_user_id"] == hidden.user_id
        assert b"90533" not in receiver.posts[0].body
        assert emulator.people.get(hidden.id).phone == "905330000002"

    def test_may_have_no_number_at_all(self, emulator: Emulator, receiver: Receiver) -> None:
        unknown = emulator.people.add("Umut", username="umut")
        emulator.people.say(unknown.id, "text", text="x")
        assert "from" not in receiver.messages()[0]
        with pytest.raises(ControlError):
            emulator.people.say(unknown.id, "contact_request")

    def test_or_number_belongs_to_one_person(self, emulator: Emulator, hidden: Person) -> None:
        with pytest.raises(ControlError):
            emulator.people.add("Başkası", username="deniz")
        with pytest.raises(ControlError):
            emulator.people.add("Başkası", phone="0533 000 00 01")
        assert [person.id for person in emulator.store.people()] == [hidden.id]


class TestChange:
    def test_of_number_brings_a_new_user_id_without_contacts(
        self, emulator: Emulator, say: Callable[..., Json], citizen: Person
    ) -> None:
        value = say("number_change", phone="+905329990000")
        message, now = value["messages"][0], emulator.people.get(citizen.id)
        assert "contacts" not in value
        assert message["from"] == PHONE
        assert message["system"] == {
            "body": f"Ayşe Yılmaz changed from {PHONE} to 905329990000",
            "wa_id": "905329990000",
            "user_id": now.user_id,
            "previous_user_id": citizen.user_id,
            "type": "user_changed_number",
        }
        assert (now.phone, now.user_id != citizen.user_id) == ("905329990000", True)

    def test_of_user_id_keeps_the_number(
        self, emulator: Emulator, say: Callable[..., Json], citizen: Person
    ) -> None:
        system = say("user_id_change")["messages"][0]["system"]
        now = emulator.people.get(citizen.id)
        assert (system["type"], system["previous_user_id"]) == ("user_changed_user_id", citizen.user_id)
        assert (now.phone, now.user_id) == (PHONE, system["user_id"])

    def test_to_a_number_in_use_is_refused(self, emulator: Emulator, citizen: Person) -> None:
        emulator.people.add("Ali", phone="905329990000")
        with pytest.raises(ControlError):
            emulator.people.say(citizen.id, "number_change", phone="905329990000")
        assert emulator.people.get(citizen.id) == citizen


@pytest.mark.parametrize("form", ["0532 111 22 33", "532 111 22 33", "+90 (532) 111-22-33", PHONE])
def test_numbers_are_kept_in_digits_with_country_code(form: str) -> None:
    assert wa_id(form) == PHONE


def test_ids_look_like_the_real_ones(emulator: Emulator, citizen: Person) -> None:
    assert citizen.user_id.startswith("TR.")
    assert emulator.store.chat(citizen.id)[0].wamid.startswith("wamid.HRg")


def test_what_is_stored_is_what_was_sent(emulator: Emulator, citizen: Person, receiver: Receiver) -> None:
    assert json.dumps(emulator.store.chat(citizen.id)[0].body) == json.dumps(receiver.messages()[0])
