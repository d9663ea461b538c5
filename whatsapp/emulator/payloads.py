"""Webhook bodies as Meta writes them, byte for byte. Pure."""

import base64
import hashlib
import hmac
import json
import secrets

from whatsapp.emulator.config import Config
from whatsapp.emulator.records import Json, Person


def dump(body: Json) -> bytes:
    r"""JSON as Meta writes it: no spaces, \uXXXX for everything beyond ASCII, and every slash escaped."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def signature(secret: str, body: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def envelope(waba_id: str, changes: list[Json]) -> Json:
    """The whole body around one or more changes."""
    return {"object": "whatsapp_business_account", "entry": [{"id": waba_id, "changes": changes}]}


def wamid(address: str, *, outgoing: bool) -> str:
    """A new message id in Meta's format: the other side's address and a random key, in base64."""
    key = secrets.token_hex(9).upper() if outgoing else "3A" + secrets.token_hex(9).upper()
    direction = b"\x11\x18\x12" if outgoing else b"\x12\x18\x14"
    number = address.encode()
    raw = b"\x1d\x18" + bytes([len(number)]) + number + b"\x15\x02\x00" + direction + key.encode() + b"\x00"
    return "wamid." + base64.b64encode(raw).decode()


def messages_change(config: Config, **parts: list[Json]) -> Json:
    """A change of the field "messages" holding contacts, messages, statuses or errors."""
    metadata = {
        "display_phone_number": config.display_phone_number,
        "phone_number_id": config.phone_number_id,
    }
    return {"value": {"messaging_product": "whatsapp", "metadata": metadata, **parts}, "field": "messages"}


def contact(person: Person, now: float) -> Json:
    """`contacts[]`: without wa_id for people who show no number."""
    profile = {"name": person.name} | ({"username": person.username} if person.username else {})
    shown: Json = {"profile": profile, "user_id": person.user_id}
    return shown | ({"wa_id": person.phone} if person.shows_phone(now) else {})


def sender(person: Person, now: float) -> Json:
    """`from` and `from_user_id` of a message."""
    shown: Json = {"from_user_id": person.user_id}
    return ({"from": person.phone} if person.shows_phone(now) else {}) | shown


def status(
    *,
    message_id: str,
    kind: str,
    at: float,
    person: Person | None,
    address: str,
    callback_data: str | None,
    category: str,
    errors: list[Json],
) -> Json:
    """An entry of `statuses[]`. `address` is the number or user id that was sent to, used when `person` is unknown."""
    body: Json = {"id": message_id, "status": kind, "timestamp": str(int(at))}
    if person is None:
        body["recipient_user_id" if "." in address else "recipient_id"] = address
    else:
        body |= {"recipient_id": person.phone} if person.shows_phone(at) else {}
        body["recipient_user_id"] = person.user_id
    if callback_data is not None:
        body["biz_opaque_callback_data"] = callback_data
    if errors:
        return body | {"errors": errors}
    if kind in ("sent", "delivered"):
        body["conversation"] = {
            "id": hashlib.md5(address.encode(), usedforsecurity=False).hexdigest(),
            "origin": {"type": category},
        }
        body["pricing"] = {"billable": category != "service", "pricing_model": "PMP", "category": category}
    return body
