"""Handles POST {phone_number_id}/messages: messages and read receipts of the business."""

from dataclasses import replace

from whatsapp.emulator import templates
from whatsapp.emulator.clock import Bucket
from whatsapp.emulator.config import COUNTRY_CODE
from whatsapp.emulator.errors import GraphError
from whatsapp.emulator.limits import MEDIA_TYPES, check_address, check_message
from whatsapp.emulator.line import Line
from whatsapp.emulator.payloads import wamid
from whatsapp.emulator.records import Json, Message, Person
from whatsapp.emulator.shown import shown

PAIR_BURST, PAIR_SECONDS = 45, 6.0
TYPING = "typing"
LATE = "Message failed to send because more than 24 hours have passed since the customer last replied."


class Sending:
    """Accepts or refuses messages of the business."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._pairs: dict[str, Bucket] = {}

    def post(self, request: Json) -> Json:
        """The answer to a message or to a read receipt.

        Raises:
            GraphError: refused; nothing was stored.
        """
        if request.get("messaging_product") != "whatsapp":
            raise GraphError(100, "The parameter messaging_product is required.")
        return self._receipt(request) if "status" in request else self._message(request)

    def _receipt(self, request: Json) -> Json:
        """Marks the person's messages as read (blue ticks); with typing_indicator also shows "is writing"."""
        found = self._line.store.message(str(request.get("message_id")), "in")
        if request["status"] != "read" or found is None:
            raise GraphError(131009, "status must be read and message_id one of a received message")
        typing = request.get("typing_indicator")
        if typing not in (None, {"type": "text"}):
            raise GraphError(131009, "typing_indicator.type must be text")
        now = self._line.clock.now()
        self._line.store.add_status(found.seq, {"status": "read", "at": now})
        if typing:
            self._line.store.add_status(found.seq, {"status": TYPING, "at": now})
        return {"success": True}

    def _message(self, request: Json) -> Json:
        check_message(request)
        check_address(request)
        store, now = self._line.store, self._line.clock.now()
        address, person, answered = self._recipient(request)
        self._keep_pace(address, now)
        template = self._template(request)
        late = template is None and person is not None and not person.window_open(now)
        if late and not self._line.faults.take("window_as_status"):
            raise GraphError(131047, LATE)
        self._check_references(request, now)
        if person is not None and "to" in request:
            store.set_phone_contact_at(person.id, now)
            person = replace(person, phone_contact_at=now)
        seen = shown(request, template) | {
            "address": address,
            "category": template["category"].lower() if template else "service",
        }
        message = store.add_message(
            person=person.id if person else None,
            direction="out",
            wamid=wamid(address, outgoing=True),
            at=now,
            body=request,
            shown=seen,
        )
        self._report(message, person, 131047 if late else None)
        return {
            "messaging_product": "whatsapp",
            "contacts": [answered],
            "messages": [{"id": message.wamid}],
        }

    def _recipient(self, request: Json) -> tuple[str, Person | None, Json]:
        """The address, its person (None: the message is accepted and fails later) and the answer's contact."""
        if "to" not in request:
            user_id = request["recipient"]
            return user_id, self._line.store.person(user_id=user_id), {"input": user_id, "user_id": user_id}
        digits = "".join(filter(str.isdigit, request["to"]))
        # A number without a plus sign counts as a local one: Meta puts the business's own country code before it.
        phone = digits if request["to"].startswith("+") else COUNTRY_CODE + digits
        if phone == self._line.config.display_phone_number:
            raise GraphError(131021, "The sender cannot be the recipient")
        return phone, self._line.store.person(phone=phone), {"input": request["to"], "wa_id": phone}

    def _keep_pace(self, address: str, now: float) -> None:
        if not self._line.config.paced:
            return
        if not self._line.traffic.take(now):
            raise GraphError(130429, "Cloud API message throughput has been reached.")
        pair = self._pairs.setdefault(address, Bucket(PAIR_BURST, 1 / PAIR_SECONDS))
        if not pair.take(now):
            raise GraphError(131056, "Too many messages to the same phone number in a short period of time.")

    def _template(self, request: Json) -> Json | None:
        if request.get("type") != "template":
            return None
        content = request["template"]
        return templates.find(self._line.store.templates(), content["name"], content["language"]["code"])

    def _check_references(self, request: Json, now: float) -> None:
        """Checks the references of a message: the message replied or reacted to, the file."""
        kind = request.get("type", "text")
        replied = request.get("context", {}).get("message_id")
        reacted = request["reaction"]["message_id"] if kind == "reaction" else None
        for message_id in filter(None, (replied, reacted)):
            if self._line.store.message(message_id) is None:
                raise GraphError(131009, f"Message {message_id} is unknown")
        content = request.get(kind)
        if kind in MEDIA_TYPES and isinstance(content, dict) and "id" in content:
            self._check_file(kind, str(content["id"]), now)

    def _check_file(self, kind: str, media_id: str, now: float) -> None:
        media = self._line.store.media(media_id)
        if media is None or media.expires_at <= now:
            raise GraphError(
                100, f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
            )
        largest, types = MEDIA_TYPES[kind]
        if media.mime_type.split(";")[0] not in types or len(media.data) > largest:
            raise GraphError(131053, f"The file is not one that can be sent as {kind}")

    def _report(self, message: Message, person: Person | None, failure: int | None) -> None:
        """Reports sent, delivered and, for people who read at once, read; or failed (131026 without a person)."""
        pause = self._line.config.status_seconds
        if fault := self._line.faults.take("failed_status"):
            failure = fault.options["code"]
        if failure or person is None:
            error = GraphError(failure or 131026)
            self._line.report_status(message, person, "failed", delay=pause, error=error)
            return
        kinds = ("sent", "delivered", "read") if person.auto_read else ("sent", "delivered")
        for place, kind in enumerate(kinds, start=1):
            self._line.report_status(message, person, kind, delay=place * pause)
