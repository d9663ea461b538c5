"""Records of the emulator: people, messages, media, webhook deliveries."""

from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

WINDOW_SECONDS = 24 * 3600
"""The customer service window: free messages may be sent this long after a person wrote."""
PHONE_CONTACT_SECONDS = 30 * 24 * 3600
"""A person with a username shows the phone number this long after the business wrote to that number."""


class ControlError(ValueError):
    """An invalid request to the control API; the message says why."""


@dataclass(frozen=True)
class Person:
    """A person with WhatsApp. `phone` is in digits with country code; a username hides it from the business."""

    id: int
    name: str
    username: str | None
    phone: str | None
    user_id: str
    phone_contact_at: float | None
    wrote_at: float | None
    auto_read: bool

    def shows_phone(self, now: float) -> bool:
        """Whether webhooks carry the number: always without a username, else only after recent phone contact."""
        if self.phone is None:
            return False
        if self.username is None:
            return True
        return self.phone_contact_at is not None and now - self.phone_contact_at < PHONE_CONTACT_SECONDS

    def window_closes_at(self) -> float | None:
        """The time until which free messages may be sent; None for somebody who never wrote."""
        return None if self.wrote_at is None else self.wrote_at + WINDOW_SECONDS

    def window_open(self, now: float) -> bool:
        closes = self.window_closes_at()
        return closes is not None and now < closes


@dataclass(frozen=True)
class Message:
    """One message of a chat: `direction` is "in" (to the business) or "out", `body` as it went over the wire.

    `shown` is what the person sees of an outgoing message (`text`, `options`), `statuses` its delivery statuses.
    `changed` grows whenever the message changes, so that a reader can ask for changes since then.
    """

    seq: int
    changed: int
    person: int | None
    direction: str
    wamid: str
    at: float
    body: Json
    shown: Json
    statuses: list[Json]


@dataclass(frozen=True)
class File:
    """A file that a person sends or the business uploads."""

    name: str | None
    mime_type: str
    data: bytes


@dataclass(frozen=True)
class Media:
    """A stored file and the time at which its id expires."""

    id: str
    mime_type: str
    sha256: str
    filename: str | None
    expires_at: float
    data: bytes


@dataclass(frozen=True)
class Delivery:
    """A webhook to deliver: the changes in its body and every attempt so far. Held back while `due_at` is None."""

    id: int
    changes: list[Json]
    created_at: float
    due_at: float | None
    done_at: float | None
    forged: bool
    tries: list[Json]
