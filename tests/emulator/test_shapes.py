"""The emulator invents nothing: whatever it writes stands in a body that Meta has been seen to write, or in the
written contract. The collection of bodies lies beside the checkout; without it there is nothing to compare."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.conftest import PHONE, Business, Receiver
from whatsapp.emulator.records import File
from whatsapp.emulator.server import Emulator

SEEN = Path(__file__).resolve().parents[3] / "shared" / "payloads"
CONTRACT = {
    "messages.from_user_id",
    "messages.system.user_id",
    "messages.system.previous_user_id",
    "messages.contacts.origin",
    "messages.edit.message.text",
    "messages.edit.message.text.body",
    "messages.contacts.phones.type",
    "statuses.recipient_user_id",
    "statuses.biz_opaque_callback_data",
}
"""Fields of the written contract that the collected bodies happen not to show."""
JPEG = (File("a.jpg", "image/jpeg", b"x"),)
SAID: dict[str, tuple[str, tuple[File, ...], dict[str, Any]]] = {
    "text": ("text", (), {"text": "x"}),
    "image": ("image", JPEG, {"caption": "x"}),
    "video": ("video", (File("a.mp4", "video/mp4", b"x"),), {"caption": "x"}),
    "voice": ("voice", (File("a.ogg", "audio/ogg; codecs=opus", b"x"),), {}),
    "document": ("document", (File("a.pdf", "application/pdf", b"x"),), {"caption": "x"}),
    "sticker": ("sticker", (File("a.webp", "image/webp", b"x"),), {}),
    "location": ("location", (), {"latitude": 1, "longitude": 2, "name": "x", "address": "x"}),
    "contacts": ("contacts", (), {"name": "Ali Veli", "phone": "+905320000001", "wa_id": "905320000001"}),
    "reaction": ("reaction", (), {"message_id": "x", "emoji": "👍"}),
    "edit": ("edit", (), {"message_id": "x", "text": "x"}),
    "revoke": ("revoke", (), {"message_id": "x"}),
    "unsupported": ("unsupported", (), {"subtype": "poll"}),
    "interactive-nfm-reply": ("flow", (), {"response": "{}"}),
    "order": ("order", (), {"text": "x"}),
    "system-user-changed-number": ("number_change", (), {"phone": "+905320000001"}),
    "system-user-changed-user-id": ("user_id_change", (), {}),
}
"""For the start of a collected body's name what a person says to get such a one."""


def seen(start: str) -> list[Path]:
    return sorted(SEEN.glob(f"{start}-*.json"))


def values(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in body["entry"]:
        for change in entry["changes"]:
            yield change["value"]


def paths(value: Any, prefix: str = "") -> set[str]:
    """Every field in it, dotted, lists looked through."""
    if isinstance(value, list):
        return {path for item in value for path in paths(item, prefix)}
    if not isinstance(value, dict):
        return set()
    found = {f"{prefix}{name}" for name in value}
    return found | {path for name, part in value.items() for path in paths(part, f"{prefix}{name}.")}


def known(starts: list[str]) -> set[str]:
    """Every field of the collected bodies of these names, and those that any kind of message may have."""
    found: set[str] = set()
    for file in [file for start in (*starts, "text", "bsuid", "text-context") for file in seen(start)]:
        for value in values(json.loads(file.read_text(encoding="utf-8"))):
            found |= paths(value)
    return found | CONTRACT


@pytest.mark.parametrize("kind", [kind for kind in SAID if seen(kind)])
def test_a_message_has_only_fields_that_were_seen(emulator: Emulator, receiver: Receiver, kind: str) -> None:
    person = emulator.people.add("Ayşe", phone=PHONE)
    said, files, fields = SAID[kind]
    emulator.people.say(person.id, said, files, **fields)
    value = receiver.wait(1)[0].values[0]
    assert paths(value) - known([kind]) == set()


@pytest.mark.parametrize("kind", [kind for kind in ("status-sent", "status-delivered") if seen(kind)])
def test_a_status_has_only_fields_that_were_seen(emulator: Emulator, receiver: Receiver, kind: str) -> None:
    person = emulator.people.add("Ayşe", phone=PHONE)
    emulator.people.say(person.id, "text", text="x")
    Business(emulator.url).text(biz_opaque_callback_data="x")
    receiver.statuses(2)
    for post in receiver.posts:
        for value in post.values:
            assert paths(value) - known(["status"]) == set()


@pytest.mark.parametrize("file", seen("request"), ids=lambda file: file.stem)
def test_a_request_that_others_send_is_understood(emulator: Emulator, file: Path) -> None:
    """Its placeholders may name nothing, but never is a part of it missing or a field of it unknown."""
    person = emulator.people.add("Ayşe", phone=PHONE)
    message = emulator.people.say(person.id, "text", text="x")[0].wamid
    body = json.loads(file.read_text(encoding="utf-8"))
    if "to" in body:
        body["to"] = f"+{PHONE}"
    for holder in (body, body.get("context", {}), body.get("reaction", {})):
        if "message_id" in holder:
            holder["message_id"] = message
    answer = Business(emulator.url).post(body)
    # Example titles and ids are longer or less unique than allowed, files and templates do not exist here.
    assert answer.status_code == 200 or answer.json()["error"]["code"] in (100, 131009, 132001)


@pytest.mark.parametrize("file", seen("response-media-url"), ids=lambda file: file.stem)
def test_a_file_is_described_with_the_fields_that_were_seen(emulator: Emulator, file: Path) -> None:
    person = emulator.people.add("Ayşe", phone=PHONE)
    media = emulator.people.say(person.id, "image", JPEG)[0].body["image"]["id"]
    described = Business(emulator.url).call("GET", media).json()
    assert described.keys() == json.loads(file.read_text(encoding="utf-8")).keys()
