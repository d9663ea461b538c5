"""Who locks what after what: one order for staff, turns, publishing and files, so that nobody waits in a ring."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.threads import at_once
from tests.whatsapp.wire import AYSE, VELI
from tickets.answering import conversations
from tickets.answering.escalation import escalate_waiting_conversations
from tickets.answering.replies import hand_back, reply, take_over
from tickets.casework.opening import Report, open_ticket
from tickets.casework.splitting import split
from tickets.casework.transitions import change_status
from tickets.models import Act, Kind, Source, Ticket, WaitingConversation
from tickets.privacy.erasure import erase
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Status
from tickets.record.workflow import TransitionError
from tickets.undo.actions import perform, undo
from whatsapp.media import fetch
from whatsapp.models import InboundDelivery, Media, Message, Outbox
from whatsapp.outbox import announce
from whatsapp.turns import runner
from whatsapp.webhook import ingest

pytestmark = pytest.mark.slow

# docs/failures-and-locks.md. Tables of one rank are locked in any order.
ORDER = (
    {"tickets_act"},
    {"whatsapp_conversation"},
    {"whatsapp_message", "whatsapp_media"},
    {"tickets_ticketnumber", "tickets_ticket"},
    {"tickets_ticketevent"},
    {"whatsapp_outbox"},
    {"whatsapp_channelstate"},
)
RANKS = {table: rank for rank, tables in enumerate(ORDER) for table in tables}
LOCKING = re.compile(
    r"""
    \bUPDATE\s+"?(?P<updated>\w+)"?\s+(?:AS\s+)?(?:"?\w+"?\s+)?SET\b
    | \bDELETE\s+FROM\s+"?(?P<deleted>\w+)"?
    | \bINSERT\s+INTO\s+"?(?P<inserted>tickets_ticketnumber)"?
    | \b(?:FROM|JOIN)\s+"?(?P<read>\w+)"?(?:\s+(?:AS\s+)?"?(?P<alias>(?!(?:
        WHERE|JOIN|INNER|LEFT|CROSS|ON|USING|ORDER|GROUP|LIMIT|FOR|SET|UNION)\b)\w+)"?)?
    | \bFOR\s+(?:NO\s+KEY\s+)?UPDATE(?P<locked>)(?:\s+OF\s+(?P<of>"?\w+"?(?:,\s*"?\w+"?)*))?
    """,
    re.VERBOSE | re.IGNORECASE,
)
ROUNDS = 25


@pytest.fixture
def clerk(line: Line) -> Actor:
    return actor_of(User.objects.create_superuser("clerk"))


@pytest.fixture
def ticket(line: Line) -> Ticket:
    """A report of Ayşe's, confirmed and with its department."""
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde yolda büyük çukur var, asfalt bozuk"))
    line.later(seconds=7)
    return line.ticket()


def locked_by(sql: str) -> Iterator[str]:
    """The tables whose rows a statement locks, Django's or written out, in the order in which they stand in it."""
    names: dict[str, str] = {}
    newest = ""
    for match in LOCKING.finditer(sql):
        part = match.groupdict()
        if table := part["updated"] or part["deleted"] or part["inserted"]:
            yield table
        elif part["read"]:
            newest = part["read"]
            names |= {newest: newest, part["alias"] or newest: newest}
        elif part["of"]:
            yield from (names.get(name.strip(' "'), name) for name in part["of"].split(","))
        else:
            yield newest


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ('SELECT "a"."id" FROM "a" WHERE "a"."id" = 1 FOR NO KEY UPDATE', ["a"]),
        ('SELECT 1 FROM "a" INNER JOIN "b" ON ("a"."id" = "b"."id") FOR UPDATE OF "a" SKIP LOCKED', ["a"]),
        ("SELECT * FROM a o JOIN b AS c ON o.id = c.id ORDER BY o.id FOR NO KEY UPDATE OF o, c", ["a", "b"]),
        ("SELECT FROM a LEFT JOIN LATERAL (SELECT FROM b WHERE x FOR UPDATE) AS m ON true", ["b"]),
        ("WITH x AS (SELECT id FROM a FOR UPDATE) UPDATE b AS o SET y = 1 FROM x", ["a", "b"]),
        ("UPDATE a SET x = 1", ["a"]),
        ('DELETE FROM "a" WHERE x', ["a"]),
        ("SELECT * FROM a WHERE x", []),
    ],
)
def test_what_a_statement_locks_is_seen_however_it_is_written(sql: str, tables: list[str]) -> None:
    assert list(locked_by(sql)) == tables


@contextmanager
def locks() -> Iterator[list[str]]:
    """The tables of the declared order, as the statements of the block lock rows of them: each when it is first met."""
    found: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        found.extend(
            dict.fromkeys(table for table in locked_by(sql) if table in RANKS and table not in found)
        )
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield found


def assert_in_order(found: list[str]) -> None:
    assert found, "nothing was locked"
    for before, after in pairwise(found):
        assert RANKS[before] <= RANKS[after], f"{after} is locked after {before}"


Service = Callable[[Ticket, Actor, datetime], object]
BY_STAFF: dict[str, Service] = {
    "reply": lambda ticket, clerk, now: reply(ticket=ticket, actor=clerk, now=now, text="Yoldayız."),
    "take_over": lambda ticket, clerk, now: take_over(ticket=ticket, actor=clerk, now=now),
    "hand_back": lambda ticket, clerk, now: hand_back(ticket=ticket, actor=clerk, now=now),
    "change_status": lambda ticket, clerk, now: change_status(
        ticket=ticket, to=Status.IN_PROGRESS, actor=clerk, now=now
    ),
    "split": lambda ticket, clerk, now: split(
        ticket=ticket, actor=clerk, now=now, description="Lamba da yanmıyor"
    ),
}


@pytest.mark.parametrize("service", BY_STAFF)
def test_a_service_of_staff_locks_in_the_declared_order(
    line: Line, ticket: Ticket, clerk: Actor, service: str
) -> None:
    with locks() as found:
        BY_STAFF[service](ticket, clerk, line.now)
    assert_in_order(found)


@pytest.mark.parametrize("service", ["reply", "take_over", "hand_back"])
def test_what_takes_the_talk_locks_it_before_the_ticket(
    line: Line, ticket: Ticket, clerk: Actor, service: str
) -> None:
    with locks() as found:
        BY_STAFF[service](ticket, clerk, line.now)
    assert found[:2] == ["whatsapp_conversation", "tickets_ticket"]


def test_taking_a_reply_back_locks_in_the_declared_order(line: Line, ticket: Ticket, clerk: Actor) -> None:
    perform("reply", ticket=ticket, actor=clerk, now=line.now, text="Yoldayız.")
    announce.announce_events(line.now)
    with locks() as found:
        undo(act=Act.objects.get(), actor=clerk, now=line.now)
    assert_in_order(found)


def test_publishing_locks_the_talk_before_the_event(line: Line, ticket: Ticket, clerk: Actor) -> None:
    reply(ticket=ticket, actor=clerk, now=line.now, text="Yoldayız.")
    with locks() as found:
        announce.announce_events(line.now)
    assert_in_order(found)


def test_erasing_locks_in_the_declared_order(line: Line, ticket: Ticket, clerk: Actor) -> None:
    change_status(ticket=ticket, to=Status.CANCELLED, actor=clerk, now=line.now)
    line.later(minutes=1)
    with locks() as found:
        erase(people=[ticket.citizen_id or 0], tickets=[], actor=clerk, now=line.now, reason="dilekçe")
    assert_in_order(found)


def turns(line: Line) -> list[list[str]]:
    """What each turn that is due locks, one after the other."""
    found = []
    for _ in range(10):
        claims, _ = runner.claim_due(line.now)
        for claim in claims:
            with locks() as one:
                runner.process_turn(claim, line.now)
            found.append(one)
    return found


def test_a_turn_with_words_and_a_photo_for_a_ticket_locks_in_the_declared_order(
    line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes
) -> None:
    change_status(ticket=ticket, to=Status.WAITING, actor=clerk, now=line.now, answer="Hangi kapının önünde?")
    line.later(seconds=2)
    line.arrives(wire.text(AYSE, "12 numaranın önünde"), wire.photo(AYSE, caption="burası"))
    line.ingest_all()
    found = turns(line)
    line.now += timedelta(minutes=1)
    found += turns(line)
    assert any("whatsapp_media" in each and "tickets_ticket" in each for each in found), "no file was joined"
    for each in found:
        assert_in_order(each)


def test_a_turn_that_opens_a_ticket_with_a_photo_locks_in_the_declared_order(line: Line, jpeg: bytes) -> None:
    line.arrives(wire.text(AYSE, "Alpaslan mahallesinde yolda büyük çukur var"), wire.photo(AYSE))
    line.ingest_all()
    found = turns(line)
    line.now += timedelta(minutes=1)
    found += turns(line)
    assert line.ticket().attachments.count() == 1
    for each in found:
        assert_in_order(each)


def test_a_turn_that_hears_of_a_danger_locks_in_the_declared_order(line: Line, jpeg: bytes) -> None:
    line.hear(wire.text(AYSE, "selam"))
    line.arrives(wire.text(AYSE, "evde yangın çıktı yardım edin"), wire.photo(AYSE))
    line.ingest_all()
    found = turns(line)
    assert any("tickets_ticketnumber" in each for each in found), "no ticket was opened"
    assert any("whatsapp_media" in each for each in found), "no file was joined"
    for each in found:
        assert_in_order(each)


def test_a_turn_in_danger_that_warns_and_joins_locks_in_the_declared_order(line: Line) -> None:
    line.hear(wire.text(AYSE, "evde yangın çıktı yardım edin"))
    Outbox.objects.update(state=Outbox.State.QUEUED, not_before=line.now + timedelta(hours=1))
    line.now += timedelta(minutes=3)
    line.arrives(wire.text(AYSE, "yangın büyüyor, duman var, Alpaslan mahallesi"), wire.photo(AYSE))
    line.ingest_all()
    found = turns(line)
    assert any({"whatsapp_outbox", "tickets_ticket"} <= set(each) for each in found), "nothing was said"
    for each in found:
        assert_in_order(each)


def test_making_a_ticket_of_who_waits_locks_in_the_declared_order(line: Line, clerk: Actor) -> None:
    line.hear(wire.text(AYSE, "temsilci ile görüşmek istiyorum"))
    line.hear(wire.text(AYSE, "parkta salıncak kırık"), wire.photo(AYSE))
    with locks() as found:
        conversations.make_ticket(handover=WaitingConversation.objects.get(), actor=clerk, now=line.now)
    assert {"whatsapp_media", "tickets_ticketnumber"} <= set(found)
    assert_in_order(found)


def test_what_a_person_writes_on_the_telephone_locks_in_the_declared_order(line: Line) -> None:
    line.hear(wire.text(AYSE, "temsilci ile görüşmek istiyorum"))
    errors = [{"code": 131060, "title": "This message is currently unavailable"}]
    line.hear(wire.message(AYSE, "unsupported", id="wamid.G", errors=errors))
    line.receive(wire.said(wire.text(AYSE, "salıncak kırık", id="wamid.G")))
    echo = {"id": "wamid.E", "to": AYSE.phone, "type": "text", "text": {"body": "Bakıyoruz"}}
    line.receive(wire.dump(wire.envelope(wire.value(message_echoes=[echo]), field="smb_message_echoes")))
    with locks() as found:
        line.ingest_all()
    assert {"whatsapp_message", "tickets_ticket"} <= set(found)
    assert_in_order(found)


def test_watching_who_waits_locks_no_two_talks_at_once(line: Line, clerk: Actor) -> None:
    for person in (AYSE, VELI):
        line.hear(wire.text(person, "temsilci ile görüşmek istiyorum"), by=person)
    report = Report(channel=Source.TELEFON, kind=Kind.TALEP, description="çukur")
    closed = open_ticket(report=report, actor=clerk, now=line.now)
    change_status(ticket=closed, to=Status.CANCELLED, actor=clerk, now=line.now)
    WaitingConversation.objects.update(reason=WaitingConversation.Reason.ADDED, ticket=closed)
    with CaptureQueriesContext(connection) as seen:
        escalate_waiting_conversations(now=line.now)
    ended = [each["sql"] for each in seen if each["sql"].startswith('UPDATE "tickets_handover"')]
    assert len(ended) == 2, "each under its own talk"
    assert not WaitingConversation.objects.filter(ended_at=None).exists()


def test_a_fetched_file_locks_in_the_declared_order(line: Line, jpeg: bytes) -> None:
    line.meta.files["bir"] = jpeg
    line.arrives(wire.text(AYSE, "Alpaslan mahallesinde yolda büyük çukur var"), wire.photo(AYSE, "bir"))
    line.ingest_all()
    turns(line)
    line.now += timedelta(minutes=1)
    turns(line)
    with locks() as found:
        fetch.work(line.clock)
    assert Media.objects.get().state == Media.State.STORED
    assert_in_order(found)


def writes(ticket: Ticket, clerk: Actor, now: datetime) -> None:
    """Replies, each taken back where it has not left."""
    for _ in range(ROUNDS):
        perform("reply", ticket=ticket, actor=clerk, now=now, text="Yoldayız.")
        with suppress(TransitionError):
            undo(act=Act.objects.latest("pk"), actor=clerk, now=now)


def takes_and_gives(ticket: Ticket, clerk: Actor, now: datetime) -> None:
    for _ in range(ROUNDS):
        take_over(ticket=ticket, actor=clerk, now=now)
        hand_back(ticket=ticket, actor=clerk, now=now)


def listens(now: datetime) -> None:
    """Takes in words of Ayşe's about her ticket, and takes their turns."""
    confirmation = Outbox.objects.filter(ticket__isnull=False, wamid__isnull=False).earliest("id").wamid
    for number in range(ROUNDS):
        words = wire.text(AYSE, f"{number} numaranın önünde", context={"id": confirmation})
        InboundDelivery.objects.keep(wire.said(words), now)
        while ingest.ingest_batch(now):
            pass
        while Message.objects.filter(state=Message.State.NEW).exists():  # somebody has the talk at the moment
            runner.run_due(lambda: now + timedelta(minutes=number))  # noqa: B023


def publishes(now: datetime) -> None:
    for _ in range(ROUNDS * 3):
        announce.announce_events(now)


def test_staff_turns_and_publishing_with_one_citizen_never_wait_for_each_other_for_ever(
    transactional_db: None, line: Line, ticket: Ticket, clerk: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever PostgreSQL ends as a deadlock is raised by a service, or logged by a turn or the publishing."""
    now = line.now
    at_once(
        lambda: writes(ticket, clerk, now),
        lambda: takes_and_gives(ticket, clerk, now),
        lambda: listens(now),
        lambda: publishes(now),
        lambda: publishes(now),
    )
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert not Message.objects.filter(state=Message.State.PARKED).exists()
    assert ticket.events.filter(kind="described").exists(), "no turn wrote to the ticket"
