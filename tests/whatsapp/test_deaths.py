"""Work that kills its process: it was counted before it began, and after the third death it is parked and shown."""

import os
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.utils import timezone

from melikgazi.processes.forks import Deadline, ProcessPool, Worker
from tests.process_crashes import die_of, killed_at
from tests.tooling.trial import eventually
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.sending import say, talk_with
from tests.whatsapp.wire import AYSE
from tickets.attachments import uploads
from tickets.attachments.uploads import attach_after_photo
from tickets.files import storing
from tickets.models import Attachment, PendingUpload
from tickets.record.permissions import actor_of
from whatsapp import tasks
from whatsapp.conversation import engine
from whatsapp.graph import client, webhook_payloads
from whatsapp.media import fetch
from whatsapp.models import InboundDelivery, Media, Message, Outbox
from whatsapp.outbox import send
from whatsapp.turns import events, runner
from whatsapp.webhook import ingest

pytestmark = pytest.mark.slow

MEHMET = wire.Person("Mehmet Kaya", "905331112233", "TR.900000000000002")
LONGEST_LEASE = timedelta(minutes=2)  # until nobody waits for a dead worker any more


def dies_thrice(line: Line, work: Callable[[], object]) -> None:
    for _ in range(3):
        assert killed_at(work)
        line.now += LONGEST_LEASE


def test_a_delivery_that_kills_who_reads_it(real_line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line = real_line
    line.arrives(wire.text(AYSE, "durum"))
    with monkeypatch.context() as patch:
        patch.setattr(webhook_payloads, "parse", die_of)
        dies_thrice(line, lambda: ingest.ingest_batch(line.now))
    assert InboundDelivery.objects.get().attempts == 3
    line.work()
    parked = InboundDelivery.objects.get()
    assert (parked.state, "3 kez" in parked.error) == (InboundDelivery.State.PARKED, True)


def test_a_message_that_kills_who_takes_its_turn(real_line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line = real_line
    line.arrives(wire.text(AYSE, "durum"))
    line.ingest_all()
    with monkeypatch.context() as patch:
        patch.setattr(engine, "advance", die_of)
        dies_thrice(line, partial(runner.run_due, line.clock))
    line.work()
    parked = Message.objects.get()
    assert (parked.state, bool(parked.error)) == (Message.State.PARKED, True)


def test_a_message_that_hangs_its_worker_is_parked_and_the_next_citizen_answered(
    real_line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, build = real_line, events.build_event
    line.now = timezone.now()
    hung = wire.text(AYSE, "durum")

    def hangs_at_one(message: Any, state: Any) -> Any:
        if message.wamid == hung["id"]:
            time.sleep(600)
        return build(message, state)

    monkeypatch.setattr(events, "build_event", hangs_at_one)
    monkeypatch.setattr(runner, "LEASE", timedelta(seconds=0.5))
    monkeypatch.setattr(tasks.work_inbox, "time_limit", 1)
    line.arrives(hung)
    line.arrives(wire.text(MEHMET, "durum"), by=MEHMET)
    became = {AYSE.name: Message.State.PARKED, MEHMET.name: Message.State.HANDLED}
    messages = Message.objects.values_list("conversation__citizen__name", "state")
    with forked_inbox():
        assert eventually(lambda: dict(messages.all()) == became)


@contextmanager
def forked_inbox() -> Iterator[None]:
    """The worker of the inbox as a process watched by a parent, neither of which is this one."""

    def work(deadline: Deadline) -> None:
        while True:
            deadline.set(tasks.work_inbox.time_limit)
            tasks.work_inbox()

    connections.close_all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parent = os.fork()
    if parent == 0:
        os._exit(ProcessPool([Worker("inbox", work, Deadline())]).watch())
    try:
        yield
    finally:
        os.kill(parent, signal.SIGTERM)
        os.waitpid(parent, 0)


def test_a_file_that_kills_who_fetches_it(
    real_line: Line, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = real_line
    line.meta.files |= {"bad": jpeg, "good": jpeg}
    line.ingest_all(wire.said(wire.photo(AYSE, "bad")))
    with monkeypatch.context() as patch:
        patch.setattr(storing, "store", die_of)
        dies_thrice(line, partial(fetch.work, line.clock))
    assert Media.objects.get().unfinished == 3
    line.ingest_all(wire.said(wire.photo(AYSE, "good")))
    line.work()
    bad, good = Media.objects.order_by("id")
    assert (bad.state, bad.error) == (Media.State.REFUSED, storing.KILLS)
    assert good.state == Media.State.STORED


def test_an_upload_that_kills_who_makes_it_safe(
    real_line: Line, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = real_line
    line.hear(wire.text(AYSE, "Alpaslan mahallesi, yolda büyük çukur var"))
    line.later(seconds=10)
    clerk = actor_of(User.objects.create_superuser("clerk"))
    attach_after_photo(ticket=line.ticket(), actor=clerk, now=line.now, file=BytesIO(jpeg))
    with monkeypatch.context() as patch:
        patch.setattr(storing, "store", die_of)
        for attempt in (1, 2, 3):
            assert killed_at(partial(uploads.work, line.clock))
            assert PendingUpload.objects.get().attempts == attempt
            line.now += LONGEST_LEASE
    uploads.work(line.clock)
    attachment = line.ticket().attachments.get()
    assert attachment.state == Attachment.State.REFUSED
    assert attachment.of_ticket.events.filter(note=storing.KILLS).exists()


HALF_A_MINUTE = timedelta(seconds=28)  # and two more until the beat has somebody look


def test_a_file_whose_worker_is_killed_is_there_within_half_a_minute(
    real_line: Line, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = real_line
    line.meta.files["m1"] = jpeg
    line.ingest_all(wire.said(wire.photo(AYSE, "m1")))
    with monkeypatch.context() as patch:
        patch.setattr(storing, "store", die_of)
        assert killed_at(partial(fetch.work, line.clock))
    line.now += timedelta(seconds=25)
    fetch.work(line.clock)
    assert Media.objects.get().state == Media.State.STORED


def test_an_upload_whose_worker_is_killed_is_there_within_half_a_minute(
    real_line: Line, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = real_line
    line.hear(wire.text(AYSE, "Alpaslan mahallesi, yolda büyük çukur var"))
    line.later(seconds=10)
    clerk = actor_of(User.objects.create_superuser("clerk"))
    attach_after_photo(ticket=line.ticket(), actor=clerk, now=line.now, file=BytesIO(jpeg))
    with monkeypatch.context() as patch:
        patch.setattr(storing, "store", die_of)
        assert killed_at(partial(uploads.work, line.clock))
    line.now += HALF_A_MINUTE
    uploads.work(line.clock)
    assert line.ticket().attachments.get().state == Attachment.State.STORED


def test_what_a_killed_sender_had_in_hand_leaves_within_half_a_minute(
    real_line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = real_line
    for number in range(12):
        who = wire.Person(f"Kişi {number}", f"90532{number:07}", f"TR.{number}")
        say(line, "Merhaba", to=talk_with(line, who))
    with monkeypatch.context() as patch:
        patch.setattr(client, "send", die_of)
        assert killed_at(partial(send.send_due, line.clock))
    assert Outbox.objects.filter(state=Outbox.State.SENDING).exists()
    until = line.now + HALF_A_MINUTE
    while line.now < until:
        line.send_all()
        line.now += timedelta(seconds=2)
    assert set(Outbox.objects.values_list("state", flat=True)) == {Outbox.State.SENT}
    assert len(line.meta.sent) == 12
