"""Parses webhook bodies into typed values. Pure: no query, no settings, no clock.

Parses what docs/whatsapp-cloud-api.md names and keeps the rest as raw JSON. An update that cannot be parsed becomes an
`OtherUpdate`, not an exception, so that the others of the body are not lost; only a body that is no envelope at all
raises `UnreadableError`.
"""

import hashlib
import json
import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from departments.text.identity_numbers import masked

BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_TEXT_KEYS = {"text": "body", "button": "text", "system": "body", "order": "text"}
MEDIA_KINDS = frozenset({"image", "video", "audio", "document", "sticker"})
# Characters that PostgreSQL cannot store: NUL, and lone surrogates, which JSON escapes can contain.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# The keys under which people's own words stand; all else is Meta's, and may hold eleven digits by chance.
_WORDS = frozenset(
    {
        "body",
        "caption",
        "text",
        "title",
        "description",
        "filename",
        "name",
        "address",
        "formatted_name",
        "street",
    }
)
# Identifiers of people, and our callback data, in an unparsed body; Meta escapes no characters in them.
_NAMED = re.compile(
    rb'"(?:from|from_user_id|to|to_user_id|recipient_id|recipient_user_id|wa_id|user_id|biz_opaque_callback_data)"'
    rb'\s*:\s*"([\w.:+-]{1,200})"'
)
# Longer than any id of Meta's, and short enough for an index of PostgreSQL; longer ones are ignored.
ID_LENGTH = 512


class UnreadableError(ValueError):
    """The body is not a webhook envelope; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender's identifiers in a message. Any may be missing: people with a username have no `wa_id`."""

    bsuid: str = ""
    parent_bsuid: str = ""
    wa_id: str = ""
    name: str = ""

    def __bool__(self) -> bool:
        return bool(self.bsuid or self.wa_id)


@dataclass(frozen=True, slots=True)
class MediaRef:
    media_id: str
    mime_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """An inbound message; `raw` is its JSON, read by `place_of`, `choice_of`, `has_error`."""

    wamid: str
    kind: str
    sent_at: datetime | None
    sender: Sender
    text: str
    reply_to: str
    media: MediaRef | None
    group: bool
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Echo:
    """A message that staff sent from the telephone app on the same number."""

    wamid: str
    sent_at: datetime | None
    receiver: Sender
    text: str
    group: bool
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """A delivery status of a message of ours, matched by `wamid` or by our own `callback` data alone."""

    wamid: str
    status: str
    at: datetime | None
    callback: str
    digest: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OtherUpdate:
    """Any other update; `error` says why one that looked like a message could not be parsed."""

    field: str
    digest: str
    raw: Any
    error: str = ""


Item = Inbound | Echo | DeliveryStatus | OtherUpdate


@dataclass(frozen=True, slots=True)
class Update:
    """One update of a body and the phone number id it is for, '' where the body has none (account events)."""

    phone_number_id: str
    waba_id: str
    item: Item


def parse(body: bytes) -> list[Update]:
    """Every update of a webhook body, in order (docs/whatsapp-cloud-api.md, section 1). Raises `UnreadableError`.

    T.C. identity numbers are hidden in what it returns; the body itself is kept for its time, and masked when shown.
    """
    try:
        envelope = _clean(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"JSON değil: {type(error).__name__}") from error
    entries = _dict(envelope).get("entry")
    if not isinstance(entries, list):
        raise UnreadableError("entry listesi yok")
    return [update for entry in entries for update in _entry(entry)]


def _entry(entry: Any) -> Iterator[Update]:
    changes = entry.get("changes") if isinstance(entry, dict) else None
    if not isinstance(changes, list):
        yield Update("", "", OtherUpdate("unreadable", digest_of(entry), entry, "changes listesi yok"))
        return
    waba_id = _text(entry.get("id"))
    for change in changes:
        value = change.get("value") if isinstance(change, dict) else None
        phone_number_id = _text(_dict(_dict(value).get("metadata")).get("phone_number_id"))
        # The entry's time is part of the digest: else two equal account events on two days would count as one.
        for item in _change(change, value, stamp=entry.get("time")):
            yield Update(phone_number_id, waba_id, item)


def _change(change: Any, value: Any, stamp: Any) -> Iterator[Item]:
    field = _text(_dict(change).get("field")) or "messages"
    found = False
    for key, read in (("messages", _message), ("message_echoes", _echo), ("statuses", _status)):
        for raw in _list(_dict(value).get(key)):
            found = True
            yield read(raw, _dict(value))
    for raw in _list(_dict(value).get("errors")):
        found = True
        yield OtherUpdate("errors", digest_of([change, raw]), raw)
    if not found:
        yield OtherUpdate(field, digest_of([stamp, change]), change)


def _message(raw: Any, value: dict[str, Any]) -> Item:
    wamid = _id(_dict(raw).get("id"))
    if not wamid:
        return OtherUpdate("unreadable", digest_of([raw, value]), raw, "mesajın kimliği yok")
    kind = _text(raw.get("type")) or "unknown"
    return Inbound(
        wamid=wamid,
        kind=kind,
        sent_at=_moment(raw.get("timestamp")),
        sender=_sender(raw, _list(value.get("contacts"))),
        text=text_of(raw),
        reply_to=_text(_dict(raw.get("context")).get("id")),
        media=_media(raw.get(kind)) if kind in MEDIA_KINDS else None,
        group=bool(raw.get("group_id")),
        raw=raw,
    )


def _echo(raw: Any, value: dict[str, Any]) -> Item:
    wamid = _id(_dict(raw).get("id"))
    if not wamid:
        return OtherUpdate("unreadable", digest_of([raw, value]), raw, "mesajın kimliği yok")
    receiver = _named(raw.get("to"), raw.get("to_user_id"), raw.get("to_parent_user_id"))
    sent_at = _moment(raw.get("timestamp"))
    return Echo(wamid, sent_at, receiver, text_of(raw), bool(raw.get("group_id")), raw)


def _status(raw: Any, value: dict[str, Any]) -> Item:
    wamid = _id(_dict(raw).get("id"))
    if not wamid:
        return OtherUpdate("unreadable", digest_of([raw, value]), raw, "durumun mesaj kimliği yok")
    return DeliveryStatus(
        wamid=wamid,
        status=_text(raw.get("status")),
        at=_moment(raw.get("timestamp")),
        callback=_text(raw.get("biz_opaque_callback_data")),
        digest=digest_of(raw),
        raw=raw,
    )


def _sender(raw: dict[str, Any], contacts: list[Any]) -> Sender:
    own = _named(raw.get("from"), raw.get("from_user_id"), raw.get("from_parent_user_id"))
    known = [
        _named(c.get("wa_id"), c.get("user_id"), c.get("parent_user_id"), _dict(c.get("profile")).get("name"))
        for c in contacts
        if isinstance(c, dict)
    ]
    if not own:
        # A message without a sender gets the contact's identifiers only if the body has a single contact.
        return known[0] if len(known) == 1 else own
    for contact in known:
        if (own.bsuid and contact.bsuid == own.bsuid) or (own.wa_id and contact.wa_id == own.wa_id):
            return Sender(
                own.bsuid or contact.bsuid,
                own.parent_bsuid or contact.parent_bsuid,
                own.wa_id or contact.wa_id,
                contact.name,
            )
    return own


def _named(number: Any, bsuid: Any, parent: Any, name: Any = "") -> Sender:
    wa_id, user_id = _id(number), _id(bsuid)
    if BSUID.fullmatch(wa_id):  # older versions of the API put a BSUID into `wa_id`
        wa_id, user_id = "", user_id or wa_id
    return Sender(user_id, _id(parent), wa_id, _text(name))


def text_of(raw: dict[str, Any]) -> str:
    """The text of a raw message: its text, caption, or the title of the tapped button."""
    kind = _text(raw.get("type"))
    part = _dict(raw.get(kind))
    if kind == "interactive":
        return _text(_reply(part).get("title"))
    if kind == "edit":
        return text_of(_dict(part.get("message")))
    return _text(part.get(_TEXT_KEYS.get(kind, "caption")))


def choice_of(raw: dict[str, Any]) -> str:
    """The id of a tapped button or list row, or ''. It comes from the client and must not authorise anything."""
    if _text(raw.get("type")) == "button":
        return _text(_dict(raw.get("button")).get("payload"))
    return _text(_reply(_dict(raw.get("interactive"))).get("id"))


def place_of(raw: dict[str, Any]) -> tuple[float, float] | None:
    """(latitude, longitude) of a location message, None where it holds no usable pair."""
    location = _dict(raw.get("location"))
    try:
        lat, lon = float(location["latitude"]), float(location["longitude"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def address_of(raw: dict[str, Any]) -> str:
    """The address in words: a location's name and address, or the address in a shared contact."""
    location = _dict(raw.get("location"))
    parts = [_text(location.get("name")), _text(location.get("address"))]
    for contact in _list(raw.get("contacts")):
        for address in _list(_dict(contact).get("addresses"))[:1]:
            parts += [_text(_dict(address).get(key)) for key in ("street", "city")]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def own_number_of(raw: dict[str, Any]) -> str:
    """The sender's own number, shared on our request; other shared contacts are not verified as the sender's."""
    for contact in map(_dict, _list(raw.get("contacts"))):
        if contact.get("origin") == "contact_request":
            phones = [_dict(phone) for phone in _list(contact.get("phones"))]
            return next((n for p in phones if (n := _text(p.get("wa_id")) or _text(p.get("phone")))), "")
    return ""


def names_in(body: bytes) -> list[str]:
    """The identifiers of people and our callback data in a body, each once. Accepts any bytes, also invalid JSON."""
    return sorted({name.decode("ascii") for name in _NAMED.findall(body)})


def without(body: bytes, names: Collection[str]) -> bytes:
    """The body without the messages, statuses and whatever else names one of these; empty where it cannot be read, or
    names nobody else.
    """
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return b""
    rest = json.dumps(_without(read, frozenset(names)), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return rest if names_in(rest) else b""


def _without(value: Any, names: frozenset[str]) -> Any:
    """Of lists the innermost entries go that name one: a message, and not the bundle that it came in."""
    if isinstance(value, dict):
        return {key: _without(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [rest for rest in (_without(each, names) for each in value) if not _is_of(rest, names)]
    return value


def _is_of(value: Any, names: frozenset[str]) -> bool:
    if isinstance(value, dict):
        return any(_is_of(each, names) for each in value.values())
    return isinstance(value, str) and value in names


def changed_by(raw: dict[str, Any]) -> str:
    """The wamid of the message that an edit or a deletion changes, or ''."""
    part = _dict(raw.get(_text(raw.get("type"))))
    return _text(part.get("original_message_id"))


def has_error(raw: dict[str, Any], code: int) -> bool:
    """Whether a raw message or status has this error code."""
    return any(_dict(error).get("code") in (code, str(code)) for error in _list(raw.get("errors")))


def digest_of(raw: Any) -> str:
    """A hash for updates without an id: equal for equal content, whatever the order of keys."""
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()


def _reply(interactive: dict[str, Any]) -> dict[str, Any]:
    return _dict(interactive.get("button_reply")) or _dict(interactive.get("list_reply"))


def _media(part: Any) -> MediaRef | None:
    media_id = _text(_dict(part).get("id"))
    return MediaRef(media_id, _text(part.get("mime_type")), _text(part.get("sha256"))) if media_id else None


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _clean(value: Any, key: str = "") -> Any:
    if isinstance(value, str):
        storable = UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
        return masked(storable) if key in _WORDS else storable
    if isinstance(value, list):
        return [_clean(item, key) for item in value]
    if isinstance(value, dict):
        return {_clean(each): _clean(item, each) for each, item in value.items()}
    if isinstance(value, float) and not math.isfinite(
        value
    ):  # no valid JSON, but Python's parser accepts them
        return None
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _id(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= ID_LENGTH else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
