"""Builds the content of people's messages in Meta's format from fields of the control API. Pure."""

from collections.abc import Callable
from typing import Any

from whatsapp.emulator.errors import GraphError
from whatsapp.emulator.records import ControlError, Json

MEDIA_KINDS = ("image", "video", "audio", "voice", "document", "sticker")


def content(kind: str, fields: Json) -> Json:
    """`type` and the part named by it, for every kind that needs neither a file nor the chat.

    Raises:
        ControlError: no such kind, or a field is missing.
    """
    builder = BUILDERS.get(kind)
    if builder is None:
        raise ControlError(
            f"No such kind of message: {kind}. There are: {', '.join((*BUILDERS, *MEDIA_KINDS))}"
        )
    return builder(fields)


def media_content(kind: str, media: Json, *, filename: str | None, caption: str | None) -> Json:
    """A file: `media` is `{id, mime_type, sha256}`. A voice note is an audio message with `voice`."""
    wire_type = "audio" if kind == "voice" else kind
    part: Json = ({"caption": caption} if caption else {}) | media
    if kind == "document" and filename:
        part = {"filename": filename} | part
    if wire_type == "audio":
        part["voice"] = kind == "voice"
    if kind == "sticker":
        part["animated"] = False
    return {"type": wire_type, wire_type: part}


def tap(option: Json) -> Json:
    """A tap on a reply button, a list row or a template's quick reply."""
    if option["kind"] == "button":
        return {"type": "button", "button": {"payload": option["id"], "text": option["title"]}}
    reply = {name: option[name] for name in ("id", "title", "description") if name in option}
    return {"type": "interactive", "interactive": {"type": option["kind"], option["kind"]: reply}}


def contact_card(name: str, phone: str, wa_id: str | None, *, own: bool) -> Json:
    """A shared contact; `own` marks the sender's own number, given on request, the only trustworthy one."""
    phones = [{"phone": phone} | ({"wa_id": wa_id} if wa_id else {}) | {"type": "CELL"}]
    card: Json = {"name": {"first_name": name.split()[0], "formatted_name": name}, "phones": phones}
    return {"type": "contacts", "contacts": [card | ({"origin": "contact_request"} if own else {})]}


def unsupported(code: int, subtype: str | None = None) -> Json:
    """A message that Meta does not pass on, with the error that says why."""
    details = {131051: "Message type is currently not supported."}.get(code, "")
    part = {"errors": [GraphError(code, details).in_webhook()], "type": "unsupported"}
    return part | ({"unsupported": {"type": subtype}} if subtype else {})


def system(kind: str, body: str, **identity: str) -> Json:
    """A system notice, such as a changed number."""
    return {"type": "system", "system": {"body": body, **identity, "type": kind}}


def _field(fields: Json, name: str) -> Any:
    value = fields.get(name)
    if value is None or value == "":
        raise ControlError(f"{name} is required")
    return value


def _number(fields: Json, name: str) -> float:
    try:
        return float(_field(fields, name))
    except (TypeError, ValueError):
        raise ControlError(f"{name} must be a number") from None


def _text(fields: Json) -> Json:
    return {"text": {"body": _field(fields, "text")}, "type": "text"}


def _location(fields: Json) -> Json:
    place: Json = {name: _number(fields, name) for name in ("latitude", "longitude")}
    place |= {name: fields[name] for name in ("name", "address", "url") if fields.get(name)}
    return {"location": place, "type": "location"}


def _contacts(fields: Json) -> Json:
    return contact_card(_field(fields, "name"), _field(fields, "phone"), fields.get("wa_id"), own=False)


def _reaction(fields: Json) -> Json:
    reaction = {"message_id": _field(fields, "message_id")}
    return {
        "reaction": reaction | ({"emoji": fields["emoji"]} if fields.get("emoji") else {}),
        "type": "reaction",
    }


def _edit(fields: Json) -> Json:
    edited = {"type": "text", "text": {"body": _field(fields, "text")}}
    return {"type": "edit", "edit": {"original_message_id": _field(fields, "message_id"), "message": edited}}


def _revoke(fields: Json) -> Json:
    return {"type": "revoke", "revoke": {"original_message_id": _field(fields, "message_id")}}


def _unsupported(fields: Json) -> Json:
    return unsupported(int(fields.get("code", 131051)), fields.get("subtype"))


def _broken_reply(_fields: Json) -> Json:
    errors = [GraphError(131000, "Unsupported webhook payload").in_webhook()]
    return {"type": "interactive", "errors": errors}


def _flow(fields: Json) -> Json:
    reply = {"response_json": _field(fields, "response"), "body": "Sent", "name": "flow"}
    return {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}}


def _order(fields: Json) -> Json:
    item = {"product_retailer_id": "FIDAN", "quantity": 2, "item_price": 30, "currency": "TRY"}
    order = {"catalog_id": "354160437058781", "text": fields.get("text", ""), "product_items": [item]}
    return {"type": "order", "order": order}


def _welcome(_fields: Json) -> Json:
    return {"type": "request_welcome"}


BUILDERS: dict[str, Callable[[Json], Json]] = {
    "text": _text,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "unsupported": _unsupported,
    "broken_reply": _broken_reply,
    "flow": _flow,
    "order": _order,
    "welcome": _welcome,
}
