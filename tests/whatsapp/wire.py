"""Webhook bodies as the Cloud API contract has them, written by hand: one function for each kind of update."""

import hashlib
import hmac
import itertools
import json
from dataclasses import dataclass
from typing import Any

PHONE_NUMBER_ID = "100200300400500"
WABA_ID = "900800700600500"
SECRET = "test-app-secret"

_ids = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """A citizen as WhatsApp knows them; `phone` is empty for people with a username only."""

    name: str = "Ayşe Yılmaz"
    phone: str = "905321112233"
    bsuid: str = "TR.1111111111"

    def contact(self) -> dict[str, Any]:
        contact = {"profile": {"name": self.name}, "wa_id": self.phone, "user_id": self.bsuid}
        return {key: value for key, value in contact.items() if value}

    def sender(self) -> dict[str, Any]:
        return {key: value for key, value in (("from", self.phone), ("from_user_id", self.bsuid)) if value}


OTHER_NUMBER = "999999999999999"

AYSE = Person()
VELI = Person("Veli Demir", "", "TR.2222222222")  # username only


def message(person: Person, kind: str, content: Any = None, *, at: int = 0, **more: Any) -> dict[str, Any]:
    """A messages[] entry; `more` adds or replaces keys (id, context, errors …)."""
    raw = {"id": f"wamid.TEST{next(_ids)}", "timestamp": str(at or 1795680000), "type": kind}
    if content is not None:
        raw[kind] = content
    return person.sender() | raw | more


def text(person: Person, body: str, **more: Any) -> dict[str, Any]:
    return message(person, "text", {"body": body}, **more)


def photo(person: Person, media_id: str = "", caption: str = "", **more: Any) -> dict[str, Any]:
    content = {"id": media_id or f"media{next(_ids)}", "mime_type": "image/jpeg", "sha256": "x"}
    return message(person, "image", content | ({"caption": caption} if caption else {}), **more)


def place(person: Person, lat: float, lon: float, **more: Any) -> dict[str, Any]:
    return message(person, "location", {"latitude": lat, "longitude": lon}, **more)


def status(wamid: str, state: str, **more: Any) -> dict[str, Any]:
    return {"id": wamid, "status": state, "timestamp": "1795680001", "recipient_id": AYSE.phone} | more


def value(
    person: Person | None = None, phone_number_id: str = PHONE_NUMBER_ID, **updates: Any
) -> dict[str, Any]:
    """The value of a change: metadata, the contacts of the sender, and messages=[…] or statuses=[…]."""
    metadata = {"display_phone_number": "905302539191", "phone_number_id": phone_number_id}
    contacts = {"contacts": [person.contact()]} if person else {}
    return {"messaging_product": "whatsapp", "metadata": metadata} | contacts | updates


def envelope(*values: dict[str, Any], field: str = "messages", waba_id: str = WABA_ID) -> dict[str, Any]:
    changes = [{"field": field, "value": each} for each in values]
    return {"object": "whatsapp_business_account", "entry": [{"id": waba_id, "changes": changes}]}


def said(*messages: dict[str, Any], by: Person = AYSE) -> bytes:
    """A body with these messages of one person."""
    return dump(envelope(value(by, messages=list(messages))))


def dump(body: Any) -> bytes:
    """The bytes that Meta signs: non-ASCII and slashes escaped."""
    return json.dumps(body).replace("/", "\\/").encode()


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
