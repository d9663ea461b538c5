"""Which turns a worker takes in hand, and what becomes of them when it dies."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.threads import at_once
from tests.whatsapp.wire import AYSE, VELI, Person
from tickets.models import Ticket
from whatsapp.conversation.state import State
from whatsapp.models import Conversation, Message
from whatsapp.turns import context, events, runner

REPORT = "Alpaslan mahallesinde yolda çukur var"
CACHED = re.compile(r'FROM "?(departments|whatsapp_faqentry|tickets_webhook\b)')
DEATH = timedelta(seconds=16)  # until nobody waits for a dead worker any more


class Killed(BaseException):
    """Ends a worker where it stands, as a signal does: nothing of it is handled."""


def person(number: int) -> Person:
    return Person(f"Kişi {number}", f"9053211{number:05d}", f"TR.9{number:09d}")


def dies(line: Line) -> None:
    """A worker claims what is due, begins, and is killed before anything is written; its lease runs out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "process_turn", killed)
        with pytest.raises(Killed):
            runner.run_due(line.clock)
    line.now += DEATH


def killed(*_: object, **__: object) -> None:
    raise Killed


def states() -> list[str]:
    return list(Message.objects.order_by("id").values_list("state", flat=True))


# --- order ---------------------------------------------------------------------------------------------------
def test_a_danger_that_was_told_of_is_claimed_before_what_was_due_earlier(line: Line) -> None:
    for number in range(runner.BATCH + 5):
        line.arrives(wire.text(person(number), REPORT), by=person(number))
    line.arrives(wire.text(AYSE, "Apartmanda yangın çıktı, duman var"))
    line.ingest_all()
    runner.run_due(line.clock)
    endangered = Conversation.objects.get(state__has_key="danger")
    line.now += timedelta(minutes=1)
    claims, _ = runner.claim_due(line.now)
    assert claims[0].conversation == endangered.pk


def test_what_somebody_in_danger_adds_is_claimed_before_what_arrived_earlier(line: Line) -> None:
    line.arrives(wire.text(AYSE, "Apartmanda yangın çıktı, duman var"))
    line.ingest_all()
    runner.run_due(line.clock)
    for number in range(runner.BATCH + 5):
        line.arrives(wire.text(person(number), REPORT), by=person(number))
    line.arrives(wire.text(AYSE, "üçüncü kattayız"))
    line.ingest_all()
    claims, _ = runner.claim_due(line.now)
    assert claims[0].conversation == Conversation.objects.get(state__has_key="danger").pk


def test_those_in_danger_are_found_by_their_index(line: Line) -> None:
    given: dict[str, Any] = {
        "now": line.now,
        "until": line.now,
        "unread_until": line.now,
        "most": runner.BATCH,
        "long": runner.LONG,
        "behind_from": line.now,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {runner._CLAIM}", given)
        plan = "\n".join(row for (row,) in cursor.fetchall())
    assert "conversation_urgent" in plan


def test_nobody_goes_first_any_more_once_a_person_has_found_that_it_is_no_danger(line: Line) -> None:
    line.hear(wire.text(AYSE, "Köşk mahallesinde apartmanda yangın çıktı, duman var"))
    Ticket.objects.update(danger="")
    line.later(hours=1)
    line.hear(wire.text(AYSE, "merhaba"))
    assert not Conversation.objects.filter(state__has_key="danger").exists()


def test_a_first_message_of_danger_is_claimed_before_reports_that_came_earlier(line: Line) -> None:
    for number in range(runner.BATCH + 5):
        line.arrives(wire.text(person(number), REPORT), by=person(number))
    line.arrives(wire.text(AYSE, "Apartmanda yangın çıktı, duman var"))
    line.ingest_all()
    claims, _ = runner.claim_due(line.now)
    endangered = Message.objects.get(danger=True).conversation_id
    assert claims[0].conversation == endangered


# --- attempts ------------------------------------------------------------------------------------------------
def test_a_claim_is_counted_and_stands_before_the_work_begins(line: Line) -> None:
    line.arrives(wire.text(AYSE, REPORT))
    line.ingest_all()
    seen = []

    def look(*_: object, **__: object) -> None:
        talk = Conversation.objects.get()
        seen.append((talk.failures, talk.claimed_until))
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "process_turn", look)
        with pytest.raises(Killed):
            runner.run_due(line.clock)
    assert seen == [(1, line.now + runner.LEASE)]


def test_what_a_dead_worker_had_in_hand_is_taken_again_when_its_lease_ends(line: Line) -> None:
    line.arrives(wire.text(AYSE, "durum"))
    line.ingest_all()
    dies(line)
    line.now -= timedelta(seconds=2)
    runner.run_due(line.clock)
    assert states() == [Message.State.NEW]
    line.now += timedelta(seconds=2)
    runner.run_due(line.clock)
    assert states() == [Message.State.HANDLED]
    assert Conversation.objects.get().failures == 0


def test_a_message_that_killed_three_workers_is_parked_and_the_citizen_told(line: Line) -> None:
    line.arrives(wire.text(AYSE, "durum"))
    line.ingest_all()
    for _ in range(3):
        assert states() == [Message.State.NEW]
        dies(line)
    line.work()
    assert states() == [Message.State.PARKED]
    assert [text.startswith("Mesajınız bize ulaştı") for text in line.meta.texts()] == [True]


def test_a_report_that_killed_three_workers_is_parked_with_its_messages(line: Line) -> None:
    line.hear(wire.text(AYSE, REPORT), wire.text(AYSE, "çok derin"))
    line.now += timedelta(seconds=7)
    for _ in range(3):
        dies(line)
    line.work()
    assert set(states()) == {Message.State.PARKED}
    assert not Ticket.objects.exists()
    assert Conversation.objects.get().wake_at is None


def test_after_a_parked_message_the_citizens_next_one_works(line: Line) -> None:
    line.arrives(wire.text(AYSE, "durum"))
    line.ingest_all()
    for _ in range(3):
        dies(line)
    line.work()
    line.hear(wire.text(AYSE, REPORT))
    line.later(seconds=7)
    assert line.ticket().description == REPORT


def test_the_second_of_two_messages_is_counted_before_it_is_worked_on(line: Line) -> None:
    line.arrives(wire.text(AYSE, "durum"), wire.text(AYSE, "yardım"))
    line.ingest_all()
    real = events.build_event

    def dies_at_the_second(message: Message, state: State) -> object:
        if message.text == "yardım":
            raise Killed
        return real(message, state)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "build_event", dies_at_the_second)
        with pytest.raises(Killed):
            runner.run_due(line.clock)
    assert states() == [Message.State.HANDLED, Message.State.NEW]
    assert Conversation.objects.get().failures == 1


def test_an_ill_database_parks_nothing_however_long_it_is_ill(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ill(*_: object, **__: object) -> None:
        raise OperationalError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(context, "build_context", ill)
        line.hear(wire.text(AYSE, REPORT))
        line.later(minutes=10)
    assert states() == [Message.State.NEW]
    line.later(seconds=20)
    assert states() == [Message.State.HANDLED]


# --- neighbours ----------------------------------------------------------------------------------------------
def test_neighbours_of_a_turn_that_kills_its_worker_are_answered(line: Line) -> None:
    for number in range(5):
        line.arrives(wire.text(person(number), "zehir" if number == 2 else REPORT), by=person(number))
    line.ingest_all()
    real = events.build_event

    def kills(message: Message, state: State) -> object:
        if message.text == "zehir":
            raise Killed
        return real(message, state)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "build_event", kills)
        for _ in range(3):
            with pytest.raises(Killed):
                runner.run_due(line.clock)
            line.now += DEATH
        runner.run_due(line.clock)
    handled, parked = Message.State.HANDLED, Message.State.PARKED
    assert states() == [handled, handled, parked, handled, handled]


def test_what_was_begun_before_without_an_outcome_is_taken_alone(line: Line) -> None:
    for number in range(3):
        line.arrives(wire.text(person(number), REPORT), by=person(number))
    line.ingest_all()
    dies(line)
    claims, _ = runner.claim_due(line.now)
    assert [claim.attempt for claim in claims] == [2]


def test_what_is_due_is_claimed_oldest_first_and_no_more_than_a_batch(line: Line) -> None:
    for number in range(runner.BATCH + 3):
        line.arrives(wire.text(person(number), REPORT), by=person(number))
    line.ingest_all()
    claims, _ = runner.claim_due(line.now)
    first = Conversation.objects.order_by("id").values_list("pk", flat=True)[: runner.BATCH]
    assert [claim.conversation for claim in claims] == list(first)


def test_what_is_not_begun_in_time_is_let_go_uncounted(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        line.arrives(wire.text(person(number), REPORT), by=person(number))
    line.ingest_all()
    monkeypatch.setattr(runner, "BATCH_SECONDS", 0.0)
    claims, _ = runner.claim_due(line.now)
    runner.take_batch(claims, line.clock)
    assert set(Conversation.objects.values_list("failures", "claimed_until")) == {(0, None)}
    monkeypatch.undo()
    runner.run_due(line.clock)
    assert set(states()) == {Message.State.HANDLED}


# --- several workers -----------------------------------------------------------------------------------------
def test_a_claim_that_ran_out_and_was_taken_by_another_does_nothing(line: Line) -> None:
    line.arrives(wire.text(AYSE, "durum"))
    line.ingest_all()
    (late,), _ = runner.claim_due(line.now)
    line.now += DEATH
    ((other),), _ = runner.claim_due(line.now)
    assert runner.process_turn(late, line.now) is None
    assert states() == [Message.State.NEW]
    runner.process_turn(other, line.now)
    assert states() == [Message.State.HANDLED]


@pytest.mark.slow
def test_two_workers_keep_the_order_of_each_citizens_messages(transactional_db: None, line: Line) -> None:
    for number in range(6):
        said = [wire.text(person(number), f"{REPORT} {part}") for part in range(4)]
        line.arrives(*said, by=person(number))
    line.ingest_all()
    at_once(*[lambda: runner.run_due(line.clock)] * 2)
    line.now += timedelta(seconds=7)
    at_once(*[lambda: runner.run_due(line.clock)] * 2)
    told = sorted(Ticket.objects.values_list("description", flat=True))
    assert told == ["\n".join(f"{REPORT} {part}" for part in range(4))] * 6


def test_one_slow_turn_holds_up_nobody_elses(transactional_db: None, line: Line) -> None:
    line.arrives(wire.text(AYSE, "durum"))
    line.ingest_all()
    began, done = Event(), Event()
    real = events.build_event

    def slow(message: Message, state: State) -> object:
        if message.text == "durum":
            began.set()
            done.wait(20)
        return real(message, state)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool:
        patch.setattr(events, "build_event", slow)
        first = pool.submit(in_a_thread(lambda: runner.run_due(line.clock)))
        began.wait(20)
        line.arrives(wire.text(VELI, "yardım"), by=VELI)
        line.ingest_all()
        runner.run_due(line.clock)
        assert states() == [Message.State.NEW, Message.State.HANDLED]
        done.set()
        first.result()
    assert states() == [Message.State.HANDLED] * 2


def in_a_thread(work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    return run


# --- statements ----------------------------------------------------------------------------------------------
def statements_of_the_turn(line: Line) -> int:
    """How many statements the only turn that is due sends, BEGIN and COMMIT included.

    In a test these are a savepoint and its release. What every process keeps, and the question whether it still holds,
    are not counted.
    """
    (claim,), _ = runner.claim_due(line.now)
    with CaptureQueriesContext(connection) as said:
        runner.process_turn(claim, line.now)
    return len([query for query in said if not CACHED.search(query["sql"])])


def said_and_opened(line: Line, who: Person, text: str = REPORT) -> tuple[int, int]:
    line.arrives(wire.text(who, text), by=who)
    line.ingest_all()
    first = statements_of_the_turn(line)
    line.now += timedelta(seconds=7)
    return first, statements_of_the_turn(line)


def test_an_empty_look_costs_one_statement(line: Line) -> None:
    with CaptureQueriesContext(connection) as said:
        assert runner.run_due(line.clock) is None
    assert len(said) == 1


def test_a_report_is_two_turns_of_few_statements(line: Line) -> None:
    first, second = said_and_opened(line, AYSE)
    assert Ticket.objects.count() == 1
    assert first <= 6
    assert second <= 13


def test_a_citizen_with_many_tickets_costs_one_more_each_turn_at_most(line: Line) -> None:
    said_and_opened(line, AYSE)
    line.now += timedelta(hours=1)
    costs = []
    for _ in range(20):
        line.now += timedelta(hours=1)
        costs.append(said_and_opened(line, AYSE))
    assert Ticket.objects.count() == 21
    assert costs[-1] == costs[0]


def test_a_file_more_costs_no_statement_more(line: Line) -> None:
    costs = []
    for number, files in ((1, 1), (2, 5)):
        line.now += timedelta(hours=1)
        who = person(number)
        line.hear(wire.text(who, REPORT), *(wire.photo(who) for _ in range(files)), by=who)
        line.now += timedelta(seconds=7)
        costs.append(statements_of_the_turn(line))
    assert costs[0] == costs[1]
    assert Ticket.objects.latest("id").attachments.count() == 5


def test_the_number_is_the_last_lock_but_for_rows_of_the_ticket(line: Line) -> None:
    line.hear(wire.text(AYSE, "Alpaslan mahallesi, yolda büyük çukur var, asfalt bozuk"))
    line.now += timedelta(seconds=7)
    (claim,), _ = runner.claim_due(line.now)
    with CaptureQueriesContext(connection) as said:
        runner.process_turn(claim, line.now)
    sql = [query["sql"].strip() for query in said if not CACHED.search(query["sql"])]
    number = next(place for place, each in enumerate(sql) if "tickets_ticketnumber" in each)
    assert not [each for each in sql[number + 1 :] if each.startswith("SELECT")]
    assert not [each for each in sql[:number] if each.startswith(("INSERT", "UPDATE"))]
