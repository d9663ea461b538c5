"""The citizens' side: people with WhatsApp, and the messages they send."""

import re
import secrets
import sqlite3
from dataclasses import replace

from whatsapp.emulator import message_content
from whatsapp.emulator.config import COUNTRY_CODE
from whatsapp.emulator.line import Line
from whatsapp.emulator.media import MediaShelf
from whatsapp.emulator.payloads import contact, messages_change, sender, wamid
from whatsapp.emulator.records import ControlError, File, Json, Message, Person
from whatsapp.emulator.shown import TAPPABLE

REAL_AFTER_GHOST_SECONDS = 0.2


class People:
    """Adds people and lets them write, tap, read and change their numbers."""

    def __init__(self, line: Line, shelf: MediaShelf) -> None:
        self._line, self._shelf = line, shelf

    def add(
        self, name: str, *, phone: str | None = None, username: str | None = None, auto_read: bool = False
    ) -> Person:
        """Adds a person with a number, a username (which hides the number) or both.

        Raises:
            ControlError: neither is given, or somebody has it already.
        """
        if not name.strip() or not (phone or username):
            raise ControlError("A person needs a name and a phone or a username.")
        digits = wa_id(phone) if phone else None
        try:
            person = self._line.store.add_person(name, username, digits, new_user_id(), auto_read)
        except sqlite3.IntegrityError:
            raise ControlError("Somebody has this phone or username already.") from None
        return self.get(person)

    def get(self, person: int) -> Person:
        found = self._line.store.person(person)
        if found is None:
            raise ControlError(f"No person {person}.")
        return found

    def say(self, person: int, kind: str, files: tuple[File, ...] = (), /, **fields: object) -> list[Message]:
        """One message of that kind, or one for each file of an album, sent at once.

        `fields` are those of the kind, and for every kind `reply_to` (a wamid), `forwarded`, `referral`, `group_id`.

        Raises:
            ControlError: no such person or kind, a field is missing, or there is nothing to tap.
        """
        sayer = self.get(person)
        if kind in message_content.MEDIA_KINDS:
            return self._send_files(sayer, kind, files, fields)
        if kind in ("number_change", "user_id_change"):
            return [self._change_identity(sayer, kind, fields)]
        if kind == "ghost":
            return self._send_ghost(sayer, fields)
        if kind == "tap":
            message, option = self._find_option(sayer, str(fields.get("choice", "")))
            return [self._send(sayer, message_content.tap(option), fields | {"reply_to": message.wamid})]
        if kind == "contact_request":
            return [self._send(sayer, self._own_card(sayer), fields)]
        return [self._send(sayer, message_content.content(kind, fields), fields)]

    def read(self, person: int, *, kind: str = "read") -> int:
        """Opens the chat: every outgoing message not yet read is reported as read; returns how many."""
        reader = self.get(person)
        if kind not in ("read", "played"):
            raise ControlError("kind is read or played")
        unread = [
            message
            for message in self._line.store.chat(person)
            if message.direction == "out"
            and not {status["status"] for status in message.statuses} & {kind, "failed"}
        ]
        for message in unread:
            self._line.report_status(message, reader, kind)
        return len(unread)

    def _send_files(self, person: Person, kind: str, files: tuple[File, ...], fields: Json) -> list[Message]:
        if not files:
            raise ControlError(f"{kind} needs a file")
        captions = [fields.get("caption"), *[None] * (len(files) - 1)]
        parts = [
            message_content.media_content(
                kind, self._shelf.receive(file), filename=file.name, caption=caption
            )
            for file, caption in zip(files, captions, strict=True)
        ]
        return [self._send(person, part, fields) for part in parts]

    def _send_ghost(self, person: Person, fields: Json) -> list[Message]:
        """An unsupported message (131060) first, and the real one a moment later under the same id."""
        real = message_content.content("text", fields)
        ghost = self._send(person, message_content.unsupported(131060), fields)
        pause = float(fields.get("seconds", REAL_AFTER_GHOST_SECONDS))
        return [ghost, self._send(person, real, fields, message_id=ghost.wamid, delay=pause)]

    def _find_option(self, person: Person, choice: str) -> tuple[Message, Json]:
        """The newest option whose id or title is `choice`."""
        for message in reversed(self._line.store.chat(person.id)):
            for option in message.shown.get("options", []):
                if option["kind"] in TAPPABLE and choice in (option["id"], option["title"]):
                    return message, option
        raise ControlError(f"There is nothing to tap called {choice!r}.")

    @staticmethod
    def _own_card(person: Person) -> Json:
        if person.phone is None:
            raise ControlError(f"{person.name} has no phone to share.")
        return message_content.contact_card(person.name, f"+{person.phone}", person.phone, own=True)

    def _change_identity(self, person: Person, kind: str, fields: Json) -> Message:
        """Changes the number, and with it the user id, or the user id alone."""
        changed = replace(person, user_id=new_user_id())
        ids = {"user_id": changed.user_id, "previous_user_id": person.user_id}
        if kind == "number_change":
            changed = replace(changed, phone=wa_id(str(fields.get("phone", ""))))
        # A hidden number stays hidden: the notice has the new user id alone.
        if kind == "number_change" and person.shows_phone(self._line.clock.now()):
            body = f"{person.name} changed from {person.phone} to {changed.phone}"
            part = message_content.system("user_changed_number", body, wa_id=str(changed.phone), **ids)
        else:
            body = f"User {person.name} changed from {person.user_id} to {changed.user_id}"
            part = message_content.system("user_changed_user_id", body, **ids)
        try:
            self._line.store.set_identity(person.id, phone=changed.phone, user_id=changed.user_id)
        except sqlite3.IntegrityError:
            raise ControlError("Somebody has this phone already.") from None
        # The notice still comes from the old identity.
        return self._send(person, part, fields)

    def _send(
        self, person: Person, part: Json, fields: Json, *, message_id: str | None = None, delay: float = 0.0
    ) -> Message:
        """Stores a message and posts its webhook. System notices carry no contacts and open no 24-hour window."""
        now = self._line.clock.now()
        notice = part["type"] == "system"
        body: Json = self._around(fields)
        identity = sender(person, now)
        address = identity.get("from", person.user_id)
        # A notice of a changed user id has no sender; it names the old and the new one.
        body |= {} if part.get("system", {}).get("type") == "user_changed_user_id" else identity
        body |= {"id": message_id or wamid(address, outgoing=False), "timestamp": str(int(now))} | part
        message = self._line.store.add_message(
            person=person.id, direction="in", wamid=body["id"], at=now, body=body, shown={}
        )
        self._line.traffic.take(now)
        parts: dict[str, list[Json]] = {} if notice else {"contacts": [contact(person, now)]}
        if not notice:
            self._line.store.set_wrote_at(person.id, now)
        self._line.webhooks.publish(messages_change(self._line.config, **parts, messages=[body]), delay=delay)
        return message

    def _around(self, fields: Json) -> Json:
        """`context`, `referral` and `group_id`, where given."""
        around: Json = {name: fields[name] for name in ("referral", "group_id") if fields.get(name)}
        if fields.get("forwarded"):
            around["context"] = {"forwarded": True}
        if reply_to := fields.get("reply_to"):
            replied = self._line.store.message(str(reply_to))
            if replied is None:
                raise ControlError(f"No message {reply_to}.")
            own = replied.direction == "in"
            author = replied.body.get("from") if own else self._line.config.display_phone_number
            around["context"] = ({"from": author} if author else {}) | {"id": replied.wamid}
        return around


def new_user_id() -> str:
    """A business-scoped user id of Turkey."""
    return f"TR.{secrets.randbelow(9 * 10**15) + 10**15}"


def wa_id(phone: str) -> str:
    """A number in digits with country code; local Turkish forms are completed."""
    digits = re.sub(r"[ ()+-]", "", phone)
    if not re.fullmatch(r"[0-9]{10,15}", digits):
        raise ControlError(f"Not a phone number: {phone!r}")
    if digits.startswith("0"):
        return COUNTRY_CODE + digits.lstrip("0")
    return COUNTRY_CODE + digits if len(digits) == 10 else digits
