"""Somebody with a telephone who is served through the emulator, beside any browser."""

import itertools
from typing import Any

from tests.chaos.instance import Instance, wait_for
from tests.timeouts import PATIENCE
from whatsapp.emulator.records import File

_numbers = itertools.count(1)
PENDING = (
    "(SELECT 1 FROM whatsapp_inbounddelivery WHERE state = 'new' UNION ALL"
    " SELECT 1 FROM whatsapp_message WHERE state = 'new' UNION ALL"
    " SELECT 1 FROM whatsapp_outbox WHERE state IN ('held', 'queued', 'sending') UNION ALL"
    " SELECT 1 FROM tickets_ticketevent WHERE announce AND announced_at IS NULL) AS pending"
)


class Citizen:
    """One person and what the line says to them."""

    def __init__(self, line: Instance) -> None:
        self.line, self.emulator = line, line.emulator
        number = next(_numbers)
        self.id = self.emulator.add_person(f"Yurttaş {number}", phone=f"0555 300 {number:04}")["id"]

    def say(self, kind: str, files: tuple[File, ...] = (), **fields: object) -> str:
        """Sends a message (of several the last counts) and returns its wamid."""
        wamid: str = self.emulator.say(self.id, kind, files, **fields)[-1]["wamid"]
        return wamid

    def ask(self) -> None:
        """Something that is answered at once, with one message."""
        self.say("text", text="durum")

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The messages that reached the telephone."""
        chat = self.emulator.chat(self.id)["messages"]
        return [
            message
            for message in chat
            if message["direction"] == "out"
            and not any(status["status"] == "failed" for status in message["statuses"])
        ]

    def hears(self, count: int = 1, *, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """The answers, once there are that many and neither the network nor the line has anything left to do."""
        wait_for(lambda: len(self.answers) >= count, seconds, every=0.1)
        wait_for(self._is_quiet, seconds, every=0.1)
        assert len(self.answers) == count, self.answers
        return self.answers

    def _is_quiet(self) -> bool:
        under_way = [
            delivery
            for delivery in self.emulator.deliveries()
            if delivery["done_at"] is None and delivery["due_at"] is not None and not delivery["forged"]
        ]
        return not under_way and self.line.count(PENDING) == 0
