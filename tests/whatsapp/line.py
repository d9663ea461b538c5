"""The whole line worked by hand, at the time that the test says it is."""

from concurrent.futures import wait
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.whatsapp import wire
from tests.whatsapp.meta import Meta
from tickets.attachments import uploads
from tickets.models import Ticket
from whatsapp.media import fetch
from whatsapp.models import InboundDelivery, Message
from whatsapp.outbox import announce, read_receipts, send
from whatsapp.turns import runner
from whatsapp.webhook import ingest

MOMENT = timedelta(milliseconds=10)
MORNING = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Kayseri


class Line:
    def __init__(self, meta: Meta) -> None:
        self.now = MORNING
        self.meta = meta

    def clock(self) -> datetime:
        return self.now

    def receive(self, body: bytes) -> InboundDelivery:
        """Stores a body as the webhook does, without working on it."""
        return InboundDelivery.objects.keep(body, self.now)

    def ingest_all(self, body: bytes = b"") -> InboundDelivery | None:
        """Takes in all that waits, this body too, and nothing more; returns its delivery."""
        delivery = self.receive(body) if body else None
        while ingest.ingest_batch(self.now):
            pass
        if delivery:
            delivery.refresh_from_db()
        return delivery

    def hear(self, *messages: dict[str, Any], by: wire.Person = wire.AYSE) -> None:
        """These messages of one person arrive, in one body and now, and everything due is worked on."""
        self.arrives(*messages, by=by)
        self.work()

    def arrives(self, *messages: dict[str, Any], by: wire.Person = wire.AYSE) -> None:
        """The same, before anybody has looked."""
        stamp = str(int(self.now.timestamp()))
        self.receive(wire.said(*(message | {"timestamp": stamp} for message in messages), by=by))

    def told(self, *statuses: dict[str, Any]) -> None:
        """Meta tells what became of messages of ours."""
        self.receive(wire.dump(wire.envelope(wire.value(statuses=list(statuses)))))
        self.work()

    def work(self) -> datetime | None:
        """Does all that is due, and returns when the next thing will be."""
        self.ingest_all()
        woken = runner.run_due(self.clock)
        uploads.work(self.clock)
        more = announce.announce_events(self.now)
        due = (woken, more, send.send_due(self.clock), fetch.work(self.clock))
        wait(read_receipts.show(self.now))
        return min((at for at in due if at), default=None)

    def later(self, **time: float) -> None:
        """All that is due is done, then time passes."""
        self.wait(self.work(), **time)

    def wait(self, due: datetime | None = None, **time: float) -> datetime | None:
        """Time passes. Whatever falls due on the way, at `due` first of all, is done at its moment, and what is due
        without anybody having been told of it at the end. Returns when the next thing will be.
        """
        until = self.now + timedelta(**time)
        while self.now < until:
            self.now = min(max(due or until, self.now + MOMENT), until)
            due = self.work()
        return due

    def breathe(self, **time: float) -> datetime | None:
        """Does all that is due now and falls due in a time so short that nobody looks for anything else; returns when
        the next thing will be."""
        until = self.now + timedelta(**time)
        due = self.work()
        while due and due <= until:
            self.now = max(due, self.now + MOMENT)
            due = self.work()
        self.now = max(self.now, until)
        return due

    def send_all(self) -> None:
        """Sends until nothing that may leave is left, passing the time that the pace takes."""
        while due := send.send_due(self.clock):
            self.now = max(due, self.now)

    def ticket(self) -> Ticket:
        """The only ticket there is."""
        return Ticket.objects.get()

    def message(self) -> Message:
        """The newest message."""
        return Message.objects.latest("id")
