"""Batches beside each other and beside turns, and what they leave: the same as one delivery after the other."""

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
from tests.whatsapp.threads import at_once
from tests.whatsapp.webhook.test_batches import people
from tests.whatsapp.webhook.test_ingest import GHOST, take_all
from tests.whatsapp.wire import Person
from tickets.models import Citizen
from whatsapp.models import (
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

pytestmark = pytest.mark.slow

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
@pytest.mark.parametrize("runs", [60, pytest.param(600, marks=pytest.mark.long)])
def test_a_batch_leaves_what_the_same_deliveries_one_after_the_other_leave(line: Line, runs: int):
    @settings(max_examples=runs, suppress_health_check=list(HealthCheck))
    @given(deliveries=DELIVERIES)
    def leaves_the_same(deliveries: list[list[dict[str, Any]]]) -> None:
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

    leaves_the_same()


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
    assert set(InboundDelivery.objects.values_list("state", "attempts")) == {("done", 1)}
    assert Message.objects.count() == 4 * 8 * 2
    assert Citizen.objects.count() == Conversation.objects.count() == 12
    new, double = zip(*InboundDelivery.objects.values_list("created", "duplicates"), strict=True)
    assert sum(new) * 3 == sum(double) == 3 * (Message.objects.count() + StatusUpdate.objects.count())
    assert StatusUpdate.objects.filter(settled=True).count() >= 24
