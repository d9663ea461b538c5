"""Validation of outgoing messages by Meta's limits. Pure. Lengths are counted in UTF-16 code units."""

import re
from collections.abc import Callable
from typing import Any

from whatsapp.emulator.errors import GraphError
from whatsapp.emulator.records import Json

BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
MEDIA_TYPES: dict[str, tuple[int, frozenset[str]]] = {
    "image": (5 << 20, frozenset({"image/jpeg", "image/png"})),
    "video": (16 << 20, frozenset({"video/mp4", "video/3gpp"})),
    "audio": (16 << 20, frozenset({"audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg"})),
    "document": (
        100 << 20,
        frozenset(
            {
                "text/plain",
                "application/pdf",
                "application/msword",
                "application/vnd.ms-excel",
                "application/vnd.ms-powerpoint",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            }
        ),
    ),
    "sticker": (500 << 10, frozenset({"image/webp"})),
}
"""For each kind of message the largest file in bytes and the MIME types of its files."""


def units(text: str) -> int:
    """The length Meta counts: UTF-16 code units, two for most emoji."""
    return len(text.encode("utf-16-le")) // 2


def check_message(request: Json) -> None:
    """Checks shape and limits of a message; what needs the store (recipient, media, window) is checked elsewhere.

    Raises:
        GraphError: 100, 131008 or 131009, saying which parameter is wrong.
    """
    kind = request.get("type", "text")
    check = CHECKS.get(kind)
    if check is None:
        raise GraphError(131009, f"Unexpected message type: {kind}")
    if request.get("recipient_type", "individual") != "individual":
        raise GraphError(131009, "recipient_type must be individual")
    content = request.get(kind)
    if not isinstance(content, dict if kind != "contacts" else list):
        raise GraphError(131008, f"{kind} is required")
    _text(request, "biz_opaque_callback_data", 512, required=False)
    if "context" in request:
        _text(_object(request, "context"), "message_id", None)
    check(content)


def check_address(request: Json) -> None:
    """Checks `to` (a telephone number) or `recipient` (a business-scoped user id); one of them must be there."""
    if "to" in request:
        number = request["to"]
        if not isinstance(number, str) or not re.fullmatch(r"\+?[0-9 ()-]{5,24}", number):
            raise GraphError(100, "to is not a valid phone number")
    elif "recipient" in request:
        user_id = request["recipient"]
        if not isinstance(user_id, str) or not BSUID.fullmatch(user_id):
            raise GraphError(100, "recipient is not a valid business-scoped user id")
    else:
        raise GraphError(131008, "to or recipient is required")


def _object(holder: Json, name: str) -> Json:
    value = holder.get(name)
    if not isinstance(value, dict):
        raise GraphError(131008, f"{name} is required")
    return value


def _items(holder: Json, name: str, most: int) -> list[Json]:
    value = holder.get(name)
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise GraphError(131008, f"{name} is required")
    if len(value) > most:
        raise GraphError(131009, f"{name}: at most {most} allowed, got {len(value)}")
    return value


def _text(holder: Json, name: str, most: int | None, *, required: bool = True, code: int = 131009) -> str:
    value = holder.get(name)
    if value is None and not required:
        return ""
    if value is None:
        raise GraphError(131008, f"{name} is required")
    if not isinstance(value, str) or not value.strip():
        raise GraphError(code, f"{name} must be a text that is not empty")
    if most is not None and units(value) > most:
        raise GraphError(code, f"Param {name} must be at most {most} characters long.")
    return value


def _unique(values: list[str], name: str) -> None:
    if len(set(values)) != len(values):
        raise GraphError(131009, f"Duplicated {name}")


def _check_text(content: Json) -> None:
    _text(content, "body", 4096, code=100)


def _check_media(kind: str) -> Callable[[Json], None]:
    def check(content: Json) -> None:
        if ("id" in content) == ("link" in content):
            raise GraphError(100, f"{kind}: exactly one of id and link is required")
        if "link" in content and not re.match(r"https?://[^/\s]+", str(content["link"])):
            raise GraphError(100, "link is not a valid http or https URL")
        if "caption" in content and kind in ("audio", "sticker"):
            raise GraphError(100, f"{kind} has no caption")
        _text(content, "caption", 1024, required=False, code=100)
        _text(content, "filename", None, required=False, code=100)

    return check


def _check_location(content: Json) -> None:
    for name, limit in (("latitude", 90), ("longitude", 180)):
        try:
            value = float(content[name])
        except KeyError:
            raise GraphError(131008, f"{name} is required") from None
        except (TypeError, ValueError):
            raise GraphError(131009, f"{name} must be a number") from None
        if not abs(value) <= limit:
            raise GraphError(131009, f"{name} must be between -{limit} and {limit}")


def _check_contacts(contacts: list[Any]) -> None:
    if not contacts or not all(isinstance(contact, dict) for contact in contacts):
        raise GraphError(131008, "contacts is required")
    for contact in contacts:
        name = _object(contact, "name")
        _text(name, "formatted_name", None)
        if not name.keys() & {"first_name", "last_name", "middle_name", "prefix", "suffix"}:
            raise GraphError(131009, "name needs one more part besides formatted_name")


def _check_reaction(content: Json) -> None:
    _text(content, "message_id", None)
    if not isinstance(content.get("emoji"), str):
        raise GraphError(131008, "emoji is required; an empty one removes the reaction")


def _check_template(content: Json) -> None:
    _text(content, "name", 512)
    _text(_object(content, "language"), "code", None)


def _check_interactive(content: Json) -> None:
    kind = content.get("type")
    check = INTERACTIVE.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise GraphError(131009, f"Unexpected interactive type: {kind}")
    check(content)


def _frame(content: Json, body: int) -> Json:
    """Checks header, body and footer around the action, which is returned."""
    _text(_object(content, "body"), "text", body)
    if "footer" in content:
        _text(_object(content, "footer"), "text", 60)
    if "header" in content:
        header = _object(content, "header")
        kind = header.get("type")
        if kind == "text":
            _text(header, "text", 60)
        elif kind in ("image", "video", "document"):
            _check_media(kind)(_object(header, kind))
        else:
            raise GraphError(131009, f"Unexpected header type: {kind}")
    return _object(content, "action")


def _check_buttons(content: Json) -> None:
    replies = [_object(button, "reply") for button in _items(_frame(content, 1024), "buttons", 3)]
    _unique([_text(reply, "title", 20) for reply in replies], "button title")
    _unique([_text(reply, "id", 256) for reply in replies], "button id")


def _check_list(content: Json) -> None:
    action = _frame(content, 4096)
    if content.get("header", {}).get("type", "text") != "text":
        raise GraphError(131009, "The header of a list must be text")
    _text(action, "button", 20)
    sections = _items(action, "sections", 10)
    for section in sections:
        _text(section, "title", 24, required=len(sections) > 1)
    rows = [row for section in sections for row in _items(section, "rows", 10)]
    if len(rows) > 10:
        raise GraphError(131009, f"Total row count exceed max allowed count: 10, got {len(rows)}")
    for row in rows:
        _text(row, "title", 24)
        _text(row, "description", 72, required=False)
    _unique([_text(row, "id", 200) for row in rows], "row id")


def _check_request(action_name: str) -> Callable[[Json], None]:
    def check(content: Json) -> None:
        if content.keys() & {"header", "footer"}:
            raise GraphError(131009, f"{content['type']} has neither header nor footer")
        if _frame(content, 1024).get("name") != action_name:
            raise GraphError(131009, f"action.name must be {action_name}")

    return check


def _check_link_button(content: Json) -> None:
    action = _frame(content, 1024)
    if action.get("name") != "cta_url":
        raise GraphError(131009, "action.name must be cta_url")
    parameters = _object(action, "parameters")
    _text(parameters, "display_text", 20)
    if not re.match(r"https?://[^/\s]+", _text(parameters, "url", None)):
        raise GraphError(131009, "url is not a valid http or https URL")


INTERACTIVE: dict[str, Callable[[Json], None]] = {
    "button": _check_buttons,
    "list": _check_list,
    "location_request_message": _check_request("send_location"),
    "request_contact_info": _check_request("request_contact_info"),
    "cta_url": _check_link_button,
}
CHECKS: dict[str, Callable[[Any], None]] = {
    "text": _check_text,
    **{kind: _check_media(kind) for kind in MEDIA_TYPES},
    "location": _check_location,
    "contacts": _check_contacts,
    "reaction": _check_reaction,
    "interactive": _check_interactive,
    "template": _check_template,
}
