"""Work that kills its process: it was counted before it began, and after the third death it is parked and shown."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from django.contrib.auth.models import User

from tests.deaths import die_of, killed_at
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.sending import say, talk_with
from tests.whatsapp.wire import AYSE
from tickets import services
from tickets.files import storing
from tickets.models import Attachment, PendingUpload
from tickets.permissions import actor_of
from tickets.services import uploads
from whatsapp.graph import client
from whatsapp.media import fetch
from whatsapp.models import InboundDelivery, Media, Message, Outbox
from whatsapp.outbox import send
from whatsapp.turns import runner
from whatsapp.webhook import ingest

LONGEST_LEASE = timedelta(minutes=2)  # until nobody waits for a dead worker any more


def dies_thrice(line: Line, work: Callable[[], object]) -> None:
    for _ in range(3):
        assert killed_at(work)
        line.now += LONGEST_LEASE


def test_a_delivery_that_kills_who_reads_it(real_line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line = real_line
    line.arrives(wire.text(AYSE, "durum"))
    with monkeypatch.context() as patch:
        patch.setattr(ingest, "_parse", die_of)
        dies_thrice(line, lambda: ingest.ingest_due(line.now))
    assert InboundDelivery.objects.get().attempts == 3
    line.work()
    parked = InboundDelivery.objects.get()
    assert (parked.state, "3 kez" in parked.error) == (InboundDelivery.State.PARKED, True)


def test_a_message_that_kills_who_takes_its_turn(real_line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line = real_line
    line.arrives(wire.text(AYSE, "durum"))
    line.ingest_all()
    with monkeypatch.context() as patch:
        patch.setattr(runner, "_turn", die_of)
        dies_thrice(line, partial(runner.run_due, line.clock))
    line.work()
    parked = Message.objects.get()
    assert (parked.state, bool(parked.error)) == (Message.State.PARKED, True)


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
    services.attach_after_photo(ticket=line.ticket(), actor=clerk, now=line.now, file=BytesIO(jpeg))
    with monkeypatch.context() as patch:
        patch.setattr(storing, "store", die_of)
        for attempt in (1, 2, 3):
            assert killed_at(partial(uploads.work, line.clock))
            assert PendingUpload.objects.get().attempts == attempt
            line.now += LONGEST_LEASE
    uploads.work(line.clock)
    attachment = line.ticket().attachments.get()
    assert attachment.state == Attachment.State.REFUSED
    assert attachment.ticket.events.filter(note=storing.KILLS).exists()


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
    services.attach_after_photo(ticket=line.ticket(), actor=clerk, now=line.now, file=BytesIO(jpeg))
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
