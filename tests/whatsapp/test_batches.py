"""Deliveries ingested together: what a batch costs, and what one bad delivery or worker does to the others."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.sending import conversation_with, say
from tests.whatsapp.statements import statements
from tests.whatsapp.test_ingest import GHOST, refuse, take_all
from tests.whatsapp.threads import at_once
from tests.whatsapp.wire import AYSE, Person
from tickets.models import Citizen
from whatsapp.graph import payloads
from whatsapp.models import (
    ChannelState,
    Conversation,
    Identity,
    InboundDelivery,
    Media,
    Message,
    Outbox,
    StatusUpdate,
    UnhandledUpdate,
)
from whatsapp.turns import runner
from whatsapp.webhook import ingest

DONE, NEW, PARKED = InboundDelivery.State.DONE, InboundDelivery.State.NEW, InboundDelivery.State.PARKED


@pytest.fixture
def real_line(transactional_db: None, line: Line) -> Line:
    """The line on committed rows, so that several workers see the same."""
    return line


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


def states() -> list[tuple[str, int]]:
    return list(InboundDelivery.objects.order_by("id").values_list("state", "attempts"))


# --- what a batch costs --------------------------------------------------------------------------------------
def test_an_empty_look_costs_one_statement(real_line: Line):
    with statements() as said:
        assert ingest.ingest_due(real_line.now) == 0
    assert len(said) == 1


@pytest.mark.parametrize(("count", "start"), [(5, 0), (ingest.BATCH, 100)], ids=["five", "fifty"])
def test_messages_of_any_number_of_newcomers_cost_the_same_dozen_statements(
    real_line: Line, count: int, start: int
):
    each_says(real_line, "çukur", people(count, start))
    with statements() as said:
        assert ingest.ingest_due(real_line.now) == count
    assert len(said) == 11
    assert not [line for line in said if "SAVEPOINT" in line]


@pytest.mark.parametrize("count", [5, ingest.BATCH], ids=["five", "fifty"])
def test_statuses_of_any_number_of_messages_cost_the_same_few_statements(real_line: Line, count: int):
    for row in sent_to(real_line, count):
        told(real_line, row.wamid, "delivered")
    with statements() as said:
        assert ingest.ingest_due(real_line.now) == count
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
    assert ingest.ingest_due(line.now) == len(order)
    row.refresh_from_db()
    assert row.state == Outbox.State.READ
    assert StatusUpdate.objects.filter(settled=True, outbox=row).count() == len(order)


def test_a_late_status_of_words_that_a_template_replaces_waits_in_the_same_batch_too(line: Line):
    (row,) = sent_to(line, 1)
    Outbox.objects.update(template={"name": "x"})
    told(line, row.wamid, "failed", errors=[{"code": 131047, "title": "Re-engagement message"}])
    told(line, row.wamid, "sent", timestamp="1795680009", biz_opaque_callback_data=f"outbox:{row.pk}")
    assert ingest.ingest_due(line.now) == 2
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
    assert ingest.ingest_due(line.now) == 5
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
    assert [ingest.ingest_due(line.now) for _ in range(5)] == [2, 1, 1, 1, 0]
    assert [m.text for m in Message.objects.order_by("delivery__attempts")][:2] == ["yeni", "yeni"]


# --- a worker that ends in the middle --------------------------------------------------------------------------
@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever parses these words ends on the spot, as a worker does that the system kills."""
    parse = payloads.parse

    def killed(body: bytes) -> list[payloads.Update]:
        if b"zehir" in body:
            raise SystemExit
        return parse(body)

    monkeypatch.setattr(payloads, "parse", killed)
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
    InboundDelivery.objects.claim(line.now, limit=2, lease=ingest.LEASE)
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
        ingest.ingest_due(real_line.now)
    connection.close()
    assert states() == [(NEW, 1)]


def test_a_worker_slower_than_its_lease_stores_nothing_beside_the_one_that_took_over(line: Line):
    line.receive(wire.said(wire.text(AYSE, "çukur")))
    slow = InboundDelivery.objects.claim(line.now, limit=1, lease=ingest.LEASE)
    line.now += ingest.LEASE
    (other,) = InboundDelivery.objects.claim(line.now, limit=1, lease=ingest.LEASE)
    assert not InboundDelivery.objects.finish({slow[0]: (1, 1)})
    InboundDelivery.objects.put_off(slow, error="late", until=None, park=True)
    assert states() == [(NEW, 2)]
    assert InboundDelivery.objects.finish({other: (1, 1)})
    assert states() == [(DONE, 2)]


# --- a batch is as good as one after the other -----------------------------------------------------------------
WHO = st.builds(
    Person,
    name=st.sampled_from(["Ayşe", "Fatma"]),
    phone=st.sampled_from(["", "905321112233", "905324445566"]),
    bsuid=st.sampled_from(["", "TR.1", "TR.2"]),
)
SAID_AT = st.sampled_from([0, 1795500000])  # now, or days ago


def at(moment: int) -> dict[str, str]:
    return {"timestamp": str(moment)} if moment else {}


@st.composite
def spoken(draw: st.DrawFn) -> dict[str, Any]:
    person, wamid = draw(WHO), f"wamid.{draw(st.integers(0, 12))}"
    raw = draw(
        st.sampled_from(
            [
                wire.text(person, "çukur"),
                wire.photo(person, "m1"),
                wire.message(person, "unsupported", **GHOST),
            ]
        )
    )
    parent = draw(st.sampled_from([{}, {"from_parent_user_id": "TR.ENT.1"}]))
    body = {**raw, **parent, "id": wamid, **at(draw(SAID_AT))}
    return wire.envelope(wire.value(person, messages=[body]))


@st.composite
def changed(draw: st.DrawFn) -> dict[str, Any]:
    old, new = draw(WHO), draw(WHO)
    system = {"type": "user_changed_number", "wa_id": new.phone, "user_id": new.bsuid}
    raw = wire.message(old, "system", system | {"previous_user_id": old.bsuid})
    return wire.envelope(wire.value(messages=[raw | {"id": f"wamid.{draw(st.integers(0, 12))}"}]))


@st.composite
def echoed(draw: st.DrawFn) -> dict[str, Any]:
    person = draw(WHO)
    raw: dict[str, Any] = {
        "id": f"wamid.E{draw(st.integers(0, 2))}",
        "to": person.phone,
        "to_user_id": person.bsuid,
    }
    raw |= {"type": "text", "text": {"body": "Geliyoruz"}, "timestamp": "1795500000"}
    return wire.envelope(wire.value(message_echoes=[raw]), field="smb_message_echoes")


@st.composite
def reported(draw: st.DrawFn) -> dict[str, Any]:
    state = draw(st.sampled_from(["sent", "delivered", "read", "failed"]))
    stamp = str(1795500000 + draw(st.integers(0, 2)))
    value = wire.value(statuses=[wire.status(f"wamid.E{draw(st.integers(0, 2))}", state, timestamp=stamp)])
    return wire.envelope(value)


DELIVERIES = st.lists(st.lists(st.one_of(spoken(), changed(), echoed(), reported()), min_size=1, max_size=3))


def body_of(envelopes: list[dict[str, Any]]) -> bytes:
    return wire.dump(envelopes[0] | {"entry": [entry for each in envelopes for entry in each["entry"]]})


def all_there_is() -> list[list[tuple[Any, ...]]]:
    """Every row that an ingest writes, citizens numbered in the order in which they came."""
    numbers = {
        str(pk): f"#{n}" for n, pk in enumerate(Citizen.objects.order_by("id").values_list("id", flat=True))
    }
    columns: list[tuple[Any, tuple[str, ...]]] = [
        (Citizen, ("name", "phone")),
        (Identity, ("citizen", "kind", "value", "retired_at", "created_at")),
        (Conversation, ("citizen", "conflict", "staff_at", "silent_until")),
        (Message, ("conversation__citizen", "wamid", "kind", "text", "state", "outcome", "sent_at")),
        (Media, ("message__wamid", "kind", "media_id")),
        (Outbox, ("conversation__citizen", "wamid", "state", "text")),
        (StatusUpdate, ("wamid", "status", "at", "outbox__wamid", "settled")),
        (UnhandledUpdate, ("field", "error")),
        (InboundDelivery, ("state", "attempts", "updates", "created", "duplicates")),
    ]

    def shown(value: Any) -> str:
        return re.sub(r"(?<![\d+])\d{1,7}(?!\d)", lambda found: numbers.get(found[0], found[0]), str(value))

    rows = []
    for table, names in columns:
        found = table.objects.order_by("id").values_list(*names)
        listed = [
            tuple(
                shown(v) if "citizen" in n or n == "conflict" else v for n, v in zip(names, row, strict=True)
            )
            for row in found
        ]
        rows.append(listed if table in (Citizen, InboundDelivery) else sorted(listed, key=str))
    return rows


# What an example writes is undone at its end.
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(deliveries=DELIVERIES)
def test_a_batch_leaves_what_the_same_deliveries_one_after_the_other_leave(
    line: Line, deliveries: list[list[dict[str, Any]]]
):
    left = []
    for together in (False, True):
        with transaction.atomic():
            for envelopes in deliveries:
                line.receive(body_of(envelopes))
                if not together:
                    take_all(line)
            take_all(line)
            left.append(all_there_is())
            transaction.set_rollback(True)
    assert left[0] == left[1]


# --- at the same moment ------------------------------------------------------------------------------------------
def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        (count,) = cursor.fetchone()
    return int(count)


SLOW = ("whatsapp_message", "whatsapp_identity", "whatsapp_statusupdate", "whatsapp_conversation")


@pytest.fixture
def slow_line(real_line: Line) -> Iterator[Line]:
    """A server that takes its time over every row, so that whoever can wait for somebody else does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(0.005); RETURN NEW; END $$ "
            "LANGUAGE plpgsql"
        )
        for table in SLOW:
            cursor.execute(
                f"CREATE TRIGGER dawdle BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION dawdle()"
            )
    yield real_line
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION dawdle CASCADE")


def round_of(line: Line, n: int, crowd: list[Person]) -> None:
    """What several workers may meet at once: the same people, messages and statuses, in opposite orders."""
    values = [
        wire.value(each, messages=[wire.text(by, word, id=f"wamid.{n}.{word}.{each.bsuid}")])
        for each in crowd
        for by, word in ((each, "durum"), (replace(each, phone=""), "selam"))
    ]
    left = Outbox.objects.filter(state=Outbox.State.SENT).order_by("id")
    values += [wire.value(statuses=[wire.status(row.wamid or "", "delivered")]) for row in left]
    for order in (1, -1, 1, -1):
        line.receive(wire.dump(wire.envelope(*values[::order])))


def take_turns(line: Line) -> None:
    for _ in range(5):
        runner.run_due(line.clock)


def test_batches_that_overlap_and_turns_never_wait_for_each_other_in_a_circle(
    slow_line: Line, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ingest, "BATCH", 1)  # each of them a batch of its own
    before = deadlocks()
    for n, first in enumerate((0, 0, 4, 4)):  # newcomers, the same again, half of them, the same again
        round_of(slow_line, n, people(8, first))
        at_once(*[lambda: take_all(slow_line)] * 3, *[lambda: take_turns(slow_line)] * 2)
        slow_line.work()
        slow_line.send_all()
    assert deadlocks() == before
    assert set(InboundDelivery.objects.values_list("state", "attempts")) == {(DONE, 1)}
    assert Message.objects.count() == 4 * 8 * 2
    assert Citizen.objects.count() == Conversation.objects.count() == 12
    new, double = zip(*InboundDelivery.objects.values_list("created", "duplicates"), strict=True)
    assert sum(new) * 3 == sum(double) == 3 * (Message.objects.count() + StatusUpdate.objects.count())
    assert StatusUpdate.objects.filter(settled=True).count() >= 24
