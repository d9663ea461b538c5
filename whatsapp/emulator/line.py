"""The state of the emulated business number, shared by the Graph API and the citizens' side."""

from dataclasses import dataclass, field

from whatsapp.emulator.clock import Bucket, TrialClock
from whatsapp.emulator.config import Config
from whatsapp.emulator.errors import GraphError
from whatsapp.emulator.faults import Faults
from whatsapp.emulator.payloads import contact, messages_change, status
from whatsapp.emulator.records import Json, Message, Person
from whatsapp.emulator.store import Store
from whatsapp.emulator.webhooks import Webhooks


@dataclass(frozen=True)
class Line:
    """One business number: settings, store, clock, faults, webhooks."""

    config: Config
    store: Store
    clock: TrialClock
    faults: Faults
    webhooks: Webhooks
    # 80 messages a second, in and out together.
    traffic: Bucket = field(default_factory=lambda: Bucket(80, 80))

    def report_status(
        self,
        message: Message,
        person: Person | None,
        kind: str,
        *,
        delay: float = 0.0,
        error: GraphError | None = None,
    ) -> None:
        """Stores a status of an outgoing message and posts it to the webhook `delay` seconds from now."""
        at = self.clock.now() + delay
        errors = [error.in_webhook()] if error else []
        self.store.add_status(
            message.seq, {"status": kind, "at": at} | ({"errors": errors} if errors else {})
        )
        if self.faults.take("missing_status", status=kind):
            return
        body = status(
            message_id=message.wamid,
            kind=kind,
            at=at,
            person=person,
            address=message.shown["address"],
            callback_data=message.body.get("biz_opaque_callback_data"),
            category=message.shown["category"],
            errors=errors,
        )
        parts: dict[str, list[Json]] = {"contacts": [contact(person, at)]} if person else {}
        if fault := self.faults.take("late_status", status=kind):
            delay += fault.options["seconds"]
        fault = self.faults.take("duplicate_status", status=kind)
        for _ in range(1 + (fault.options["copies"] if fault else 0)):
            self.webhooks.publish(messages_change(self.config, **parts, statuses=[body]), delay=delay)
