"""A line with a clock of its own, between bodies that a test writes and a Meta that a test instructs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pytest_django import Settings

from departments.loading import load_base_data
from tests.whatsapp import wire
from tests.whatsapp.meta import Meta
from tickets.models import Ticket
from whatsapp import cloud_api, dialogue, inbox, media, outbox, relay
from whatsapp.models import Delivery

MORNING = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Kayseri


@pytest.fixture
def meta(settings: Settings) -> Iterator[Meta]:
    server = Meta()
    settings.WHATSAPP_GRAPH_URL = server.url
    settings.WHATSAPP_MEDIA_HOSTS = [server.host]
    cloud_api._session.cache_clear()
    yield server
    cloud_api._session().close()
    cloud_api._session.cache_clear()
    server.stop()


class Line:
    """The inbox and the outbox worked by hand, at the time that the test says it is."""

    def __init__(self, meta: Meta) -> None:
        self.now = MORNING
        self.meta = meta

    def clock(self) -> datetime:
        return self.now

    def receive(self, body: bytes) -> Delivery:
        """Stores a body as the webhook does, without working on it."""
        return Delivery.objects.create(body=body, received_at=self.now)

    def hear(self, *messages: dict[str, Any], by: wire.Person = wire.AYSE) -> None:
        """These messages of one person arrive, in one body, and everything due is worked on."""
        self.receive(wire.said(*messages, by=by))
        self.work()

    def work(self) -> None:
        while inbox.take_in(self.now):
            pass
        dialogue.work(self.clock)
        relay.work(self.now)
        outbox.work(self.clock)
        media.work(self.clock)

    def later(self, **time: float) -> None:
        """Time passes, second by second where something may be due."""
        until = self.now + timedelta(**time)
        while self.now < until:
            self.now = min(self.now + timedelta(seconds=max((until - self.now).total_seconds() / 50, 0.5)), until)
            self.work()

    def ticket(self) -> Ticket:
        """The only ticket there is."""
        return Ticket.objects.get()


@pytest.fixture
def base_data(db: None) -> None:
    load_base_data()


@pytest.fixture
def line(base_data: None, meta: Meta) -> Line:
    return Line(meta)


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A small photo."""
    out = BytesIO()
    Image.new("RGB", (640, 480), "gray").save(out, "JPEG")
    return out.getvalue()
