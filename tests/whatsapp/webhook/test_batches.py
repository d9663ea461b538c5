"""Deliveries ingested together: what a batch costs, and what one bad delivery or worker does to the others."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.sending import conversation_with, say
from tests.whatsapp.statements import statements
from tests.whatsapp.webhook.test_ingest import GHOST, refuse, take_all
from tests.whatsapp.wire import AYSE, Person
from whatsapp.graph import webhook_payloads
from whatsapp.models import (
    ChannelState,
    InboundDelivery,
    Message,
    Outbox,
    StatusUpdate,
    UnhandledUpdate,
)
from whatsapp.webhook import ingest

DONE, NEW, PARKED = InboundDelivery.State.DONE, InboundDelivery.State.NEW, InboundDelivery.State.PARKED


def people(count: int, start: int = 0) -> list[Person]:
    return [Person(f"Kişi {n}", f"90532{n:07}", f"TR.{n:010}") for n in range(start, start + count)]


def each_says(line: Line, words: str, persons: list[Person]) -> None:
    for person in persons:
        line.receive(wire.said(wire.text(person, words), by=person))


def sent_to(line: Line, count: int) -> list[Outbox]:
    """Messages of ours that have left, each to somebody else."""
    rows = []
    for n, person in enumerate(people(count)):
        row = say(line, "Merhaba", to=conversation_with(person, line.now))
        row.wamid, row.state = f"wamid.SENT{n}", Outbox.State.SENT
        row.save()
        rows.append(row)
    return rows


def told(line: Line, wamid: str | None, state: str, **more: Any) -> None:
    line.receive(wire.dump(wire.envelope(wire.value(statuses=[wire.status(wamid or "", state, **more)]))))


def claim(line: Line, limit: int) -> list[InboundDelivery]:
    """What a worker does before it begins."""
    return InboundDelivery.objects.claim(line.now, limit=limit, size=ingest.BATCH_BYTES, lease=ingest.LEASE)


def states() -> list[tuple[str, int]]:
    return list(InboundDelivery.objects.order_by("id").values_list("state", "attempts"))


# --- what a batch costs --------------------------------------------------------------------------------------
def test_an_empty_look_costs_one_statement(real_line: Line):
    with statements() as said:
        assert ingest.ingest_batch(real_line.now) == 0
    assert len(said) == 1


@pytest.mark.parametrize(("count", "start"), [(5, 0), (ingest.BATCH, 100)], ids=["five", "fifty"])
def test_messages_of_any_number_of_newcomers_cost_the_same_dozen_statements(
    real_line: Line, count: int, start: int
):
    each_says(real_line, "çukur", people(count, start))
    with statements() as said:
        assert ingest.ingest_batch(real_line.now) == count
    assert len(said) == 11
    assert not [line for line in said if "SAVEPOINT" in line]


@pytest.mark.parametrize("count", [5, ingest.BATCH], ids=["five", "fifty"])
def test_statuses_of_any_number_of_messages_cost_the_same_few_statements(real_line: Line, count: int):
    for row in sent_to(real_line, count):
        told(real_line, row.wamid, "delivered")
    with statements() as said:
        assert ingest.ingest_batch(real_line.now) == count
    assert len(said) == 8
    assert Outbox.objects.filter(state=Outbox.State.DELIVERED).count() == count


# --- accounting ----------------------------------------------------------------------------------------------
def test_a_message_that_comes_twice_in_a_batch_is_new_in_the_older_delivery(line: Line):
    body = wire.said(wire.text(AYSE, "çukur"))
    line.receive(body)
    line.receive(body)
    take_all(line)
    accounts = InboundDelivery.objects.order_by("id").values_list("updates", "created", "duplicates")
    assert list(accounts) == [(1, 1, 0), (1, 0, 1)]


def test_a_ghost_and_its_message_in_one_batch_are_one_message(line: Line):
    line.receive(wire.said(wire.message(AYSE, "unsupported", id="wamid.G", **GHOST)))
    line.receive(wire.said(wire.photo(AYSE, "m1", id="wamid.G")))
    take_all(line)
    assert list(InboundDelivery.objects.values_list("created", flat=True)) == [1, 1]
    assert (line.message().kind, line.message().media.media_id) == ("image", "m1")


def test_messages_of_one_second_keep_their_order_across_the_deliveries_of_a_batch(line: Line):
    words = [str(n) for n in range(9)]
    for word in words:
        line.receive(wire.said(wire.text(AYSE, word, id=f"wamid.{9 - int(word)}")))
    take_all(line)
    assert [m.text for m in Message.objects.order_by("sent_at", "id")] == words


@pytest.mark.parametrize("order", [("sent", "read", "delivered"), ("read", "sent"), ("delivered", "read")])
def test_statuses_of_one_message_in_one_batch_end_at_the_furthest(line: Line, order: tuple[str, ...]):
    (row,) = sent_to(line, 1)
    for state in order:
        told(line, row.wamid, state)
    assert ingest.ingest_batch(line.now) == len(order)
    row.refresh_from_db()
    assert row.state == Outbox.State.READ
    assert StatusUpdate.objects.filter(settled=True, outbox=row).count() == len(order)


def test_a_late_status_of_words_that_a_template_replaces_waits_in_the_same_batch_too(line: Line):
    (row,) = sent_to(line, 1)
    Outbox.objects.update(template={"name": "x"})
    told(line, row.wamid, "failed", errors=[{"code": 131047, "title": "Re-engagement message"}])
    told(line, row.wamid, "sent", timestamp="1795680009", biz_opaque_callback_data=f"outbox:{row.pk}")
    assert ingest.ingest_batch(line.now) == 2
    row.refresh_from_db()
    assert (row.state, row.as_template, row.wamid) == (Outbox.State.QUEUED, True, None)
    assert [update.settled for update in StatusUpdate.objects.order_by("at")] == [True, False]


def test_many_failures_of_the_account_stop_the_channel_once(line: Line):
    ChannelState.objects.create(phone_number_id=wire.PHONE_NUMBER_ID)
    for row in sent_to(line, 3):
        told(line, row.wamid, "failed", errors=[{"code": 131042, "title": "Payment"}])
    with statements() as said:
        take_all(line)
    assert ChannelState.objects.get().state == ChannelState.State.STOPPED
    assert len([each for each in said if 'UPDATE "whatsapp_channelstate"' in each]) <= 2


# --- poison --------------------------------------------------------------------------------------------------
def test_one_bad_message_in_a_batch_is_parked_and_costs_nobody_else_anything(line: Line):
    refuse("whatsapp_message", "text <> 'zehir'")
    each_says(line, "çukur", people(20))
    line.receive(wire.said(wire.text(AYSE, "bir"), wire.text(AYSE, "zehir"), wire.text(AYSE, "iki")))
    each_says(line, "çukur", people(20, 20))
    take_all(line)
    assert states() == [(DONE, 1)] * 41
    assert Message.objects.count() == 42
    assert UnhandledUpdate.objects.get().payload["text"]["body"] == "zehir"
    with_poison = InboundDelivery.objects.get(updates=3)
    assert (with_poison.created, with_poison.duplicates) == (3, 0)


def test_a_body_that_nobody_can_read_is_parked_at_once_and_alone(line: Line):
    each_says(line, "çukur", people(2))
    line.receive(b"nonsense")
    each_says(line, "çukur", people(2, 2))
    assert ingest.ingest_batch(line.now) == 5
    assert sorted(states()) == sorted([(DONE, 1)] * 4 + [(PARKED, 1)])
    assert InboundDelivery.objects.get(state=PARKED).error.startswith("UnreadableError: JSON")


def test_a_delivery_whose_accounting_cannot_be_stored_is_parked_after_three_attempts(line: Line):
    refuse("whatsapp_inbounddelivery", "updates IS DISTINCT FROM 2")
    each_says(line, "çukur", people(3))
    line.receive(wire.said(wire.text(AYSE, "bir"), wire.text(AYSE, "iki")))
    take_all(line)
    line.later(minutes=1)
    assert sorted(states()) == sorted([(DONE, 1)] * 3 + [(PARKED, 3)])
    assert Message.objects.count() == 3


def test_what_was_tried_before_goes_alone_behind_what_is_new(line: Line):
    each_says(line, "eski", people(3))
    InboundDelivery.objects.update(attempts=1, error="OperationalError: out")
    each_says(line, "yeni", people(2, 3))
    assert [ingest.ingest_batch(line.now) for _ in range(2)] == [5, 0]
    assert [m.text for m in Message.objects.order_by("delivery__attempts")][:2] == ["yeni", "yeni"]


def test_what_was_tried_before_does_not_wait_until_nothing_new_comes(line: Line):
    each_says(line, "eski", people(1))
    claim(line, 1)
    line.now += ingest.LEASE
    for round_ in range(3):  # more comes than is taken
        each_says(line, "yeni", people(ingest.BATCH + 10, 1 + round_ * 100))
        ingest.ingest_batch(line.now)
    assert InboundDelivery.objects.filter(state=NEW, attempts=0).exists()
    assert Message.objects.filter(text="eski").exists()


def test_large_deliveries_make_small_batches(line: Line):
    for n in range(4):
        line.receive(wire.said(wire.text(AYSE, f"{n}" * (ingest.BATCH_BYTES // 2))))
    assert [ingest.ingest_batch(line.now) for _ in range(3)] == [2, 2, 0]


# --- a worker that ends in the middle --------------------------------------------------------------------------
@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever parses these words ends on the spot, as a worker does that the system kills."""
    parse = webhook_payloads.parse

    def killed(body: bytes) -> list[webhook_payloads.Update]:
        if b"zehir" in body:
            raise SystemExit
        return parse(body)

    monkeypatch.setattr(webhook_payloads, "parse", killed)
    return iter(())


def work_and_die(line: Line) -> int:
    """Ingests as one worker after another does; returns how many of them ended."""
    deaths = 0
    while True:
        try:
            take_all(line)
        except SystemExit:
            deaths += 1
        else:
            return deaths


def test_what_a_dead_worker_had_claimed_is_taken_by_another_when_the_lease_ends(line: Line):
    each_says(line, "çukur", people(3))
    claim(line, 2)
    take_all(line)
    assert states() == [(NEW, 1), (NEW, 1), (DONE, 1)]
    line.now += ingest.LEASE
    take_all(line)
    assert states() == [(DONE, 2), (DONE, 2), (DONE, 1)]


def test_a_delivery_that_ends_its_worker_takes_no_neighbour_along_and_is_parked(deadly: None, line: Line):
    each_says(line, "çukur", people(4))
    line.receive(wire.said(wire.text(AYSE, "zehir")))
    each_says(line, "çukur", people(4, 4))
    deaths = 0
    for _ in range(6):
        deaths += work_and_die(line)
        line.now += ingest.LEASE
    poison = InboundDelivery.objects.get(state=PARKED)
    assert (deaths, b"zehir" in bytes(poison.body), bool(poison.error)) == (3, True, True)
    assert InboundDelivery.objects.filter(state=DONE).count() == Message.objects.count() == 8


def test_the_attempt_is_counted_before_the_work_begins(deadly: None, real_line: Line):
    real_line.receive(wire.said(wire.text(AYSE, "zehir")))
    with pytest.raises(SystemExit):
        ingest.ingest_batch(real_line.now)
    connection.close()
    assert states() == [(NEW, 1)]


def test_a_worker_slower_than_its_lease_stores_nothing_beside_the_one_that_took_over(line: Line):
    line.receive(wire.said(wire.text(AYSE, "çukur")))
    slow = claim(line, 1)
    line.now += ingest.LEASE
    (other,) = claim(line, 1)
    assert not InboundDelivery.objects.finish({slow[0]: (1, 1)})
    InboundDelivery.objects.postpone(slow, error="late", until=None, park=True)
    assert states() == [(NEW, 2)]
    assert InboundDelivery.objects.finish({other: (1, 1)})
    assert states() == [(DONE, 2)]
