"""Celery tasks and the wake-up: sent soon, gathered, harmless when the broker is away."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from celery import current_app
from django.db import transaction
from django.utils import timezone

from tests.timeouts import PATIENCE
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.sending import conversation_with
from whatsapp import tasks, wakeup
from whatsapp.models import Message, Outbox
from whatsapp.outbox import announce, enqueue, send
from whatsapp.texts import render
from whatsapp.turns import runner
from whatsapp.webhook import ingest


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reaches the broker from a debouncer of the test; that of the test before may still send its last."""
    said: list[str] = []
    debouncer = wakeup.Debouncer()

    def send(queue: str, **_: object) -> None:
        if threading.current_thread() is debouncer._thread:
            said.append(queue)

    monkeypatch.setattr(wakeup, "debouncer", debouncer)
    monkeypatch.setattr(wakeup, "_woken_elsewhere", lambda _: None)  # tests share a broker
    monkeypatch.setattr(current_app, "send_task", send)
    return said


def wait_for(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
    assert condition()


def test_many_wake_ups_of_one_moment_are_one_message(transactional_db: None, sent: list[str]):
    began = time.monotonic()
    for _ in range(200):
        wakeup.wake(wakeup.INBOX)
    moments = 1 + (time.monotonic() - began) // wakeup.APART  # on a busy machine they take more than one
    wait_for(lambda: sent)
    time.sleep(wakeup.APART + 0.05)
    assert set(sent) == {wakeup.INBOX}
    assert len(sent) <= 1 + moments


def test_a_wake_up_after_that_is_sent_again(transactional_db: None, sent: list[str]):
    wakeup.wake(wakeup.INBOX)
    wait_for(lambda: len(sent) == 1)
    wakeup.wake(wakeup.INBOX)
    wait_for(lambda: len(sent) == 2)


def test_each_queue_is_woken(transactional_db: None, sent: list[str]):
    wakeup.wake(wakeup.OUTBOX, wakeup.MEDIA)
    wait_for(lambda: set(sent) == {wakeup.OUTBOX, wakeup.MEDIA})


def test_a_wake_up_waits_for_the_commit(transactional_db: None, sent: list[str]):
    with transaction.atomic():
        wakeup.wake(wakeup.INBOX)
        time.sleep(0.1)
        assert sent == []
    wait_for(lambda: sent)


def test_a_wake_up_of_what_was_undone_is_not_sent(transactional_db: None, sent: list[str]):
    with transaction.atomic():
        wakeup.wake(wakeup.INBOX)
        transaction.set_rollback(True)
    time.sleep(0.1)
    assert sent == []


def test_a_later_wake_up_comes_at_its_time(sent: list[str]):
    start = time.monotonic()
    wakeup.wake_at(wakeup.INBOX, timezone.now() + timedelta(seconds=0.4))
    wait_for(lambda: sent)
    assert time.monotonic() - start >= 0.35


def test_an_earlier_wake_up_does_not_wait_for_a_later_one(transactional_db: None, sent: list[str]):
    wakeup.wake_at(wakeup.INBOX, timezone.now() + timedelta(minutes=5))
    wakeup.wake(wakeup.INBOX)
    wait_for(lambda: sent)


def test_what_is_overdue_elsewhere_is_not_woken_in_a_circle(sent: list[str]):
    start = time.monotonic()
    wakeup.wake_at(wakeup.INBOX, timezone.now() - timedelta(hours=1))
    wait_for(lambda: sent)
    assert time.monotonic() - start >= wakeup.OVERDUE


def test_nothing_due_is_no_wake_up(sent: list[str]):
    wakeup.wake_at(wakeup.INBOX, None)
    time.sleep(0.1)
    assert sent == []


def test_a_dead_broker_is_said_in_the_log_and_hurts_nobody(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    debouncer = wakeup.Debouncer()
    monkeypatch.setattr(wakeup, "debouncer", debouncer)

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(current_app, "send_task", refuse)
    with caplog.at_level(logging.WARNING):
        wakeup.wake(wakeup.INBOX)
        wait_for(lambda: "not sent" in caplog.text)
    assert debouncer._thread is not None
    assert debouncer._thread.is_alive()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to queues of which no other test knows, in a time that no machine is too slow for."""
    said: list[str] = []
    monkeypatch.setattr(wakeup, "BETWEEN", PATIENCE)
    monkeypatch.setattr(current_app, "send_task", lambda queue, **_: said.append(queue))
    return said


def test_what_another_process_has_woken_since_is_not_woken_again(told: list[str]) -> None:
    queue, since = f"trial.{uuid4()}", time.monotonic() - 1
    assert [wakeup._send(queue, since) for _ in range(2)] == [0, 0]
    assert told == [queue]
    assert wakeup._send(f"{queue}.2", since) == 0
    assert told == [queue, f"{queue}.2"]


def test_what_came_after_another_process_woke_the_queue_is_told_when_its_time_is_over(
    told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = f"trial.{uuid4()}"
    wakeup._send(queue, time.monotonic())
    assert 0 < wakeup._send(queue, time.monotonic()) <= PATIENCE + 1
    assert told == [queue]
    ago: list[float | None] = [0.05, None]
    monkeypatch.setattr(wakeup, "BETWEEN", 0.1)
    monkeypatch.setattr(wakeup, "_woken_elsewhere", lambda _: ago.pop(0))
    wakeup.Debouncer().schedule(queue, 0.0)
    wait_for(lambda: told == [queue, queue])
    assert ago == []


@pytest.mark.parametrize("broker", ["that keeps no notes", "that is ill"])
def test_every_process_wakes_by_itself_over_a_broker(
    broker: str, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def producer() -> Iterator[SimpleNamespace]:
        if broker == "that is ill":
            raise ConnectionError
        yield SimpleNamespace(channel=object())

    monkeypatch.setattr(current_app, "producer_or_acquire", producer)
    queue = f"trial.{uuid4()}"
    assert [wakeup._send(queue, time.monotonic()) for _ in range(2)] == [0, 0]
    assert told == [queue, queue]


def test_the_milliseconds_of_the_numbers_pace_are_waited_out(line: Line) -> None:
    for person in (wire.AYSE, wire.VELI):
        talk = conversation_with(person, timezone.now())
        enqueue.enqueue_message(conversation=talk, words=render.plain("Merhaba"), now=timezone.now())
    assert tasks.send_at_pace() is None
    assert len(line.meta.sent) == 2


def test_a_pace_that_ran_out_while_it_was_told_is_sent_at_without_a_ring(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    due: list[datetime | None] = []

    def work(clock: Callable[[], datetime], *_: object) -> datetime | None:
        due.append(None if due else clock() + timedelta(milliseconds=1))
        time.sleep(0.01)
        return due[-1]

    monkeypatch.setattr(send, "send_due", work)
    assert tasks.send_at_pace() is None
    assert len(due) == 2


def test_what_is_held_up_by_somebody_else_is_left_to_a_wake_up(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue = timezone.now() - timedelta(seconds=1)
    looks: list[datetime] = []

    def work(clock: Callable[[], datetime], *_: object) -> datetime:
        looks.append(clock())
        return overdue

    monkeypatch.setattr(send, "send_due", work)
    assert tasks.send_at_pace() == overdue
    assert len(looks) == 1


@pytest.mark.slow
def test_an_inbox_that_never_empties_yields_after_its_time(
    transactional_db: None, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "WORK_SECONDS", 0.1)
    monkeypatch.setattr(ingest, "ingest_batch", lambda _: 1)
    monkeypatch.setattr(runner, "run_due", lambda _, is_over: timezone.now() if is_over() else None)
    start = time.monotonic()
    tasks.work_inbox()
    assert time.monotonic() - start < 5
    wait_for(lambda: wakeup.INBOX in sent)


def test_where_more_is_to_be_announced_the_outbox_is_woken_at_once(
    transactional_db: None, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announce, "announce_events", lambda now: now)
    tasks.work_outbox()
    wait_for(lambda: sent == [wakeup.OUTBOX])


@pytest.mark.slow
def test_the_outbox_is_woken_when_what_is_held_back_may_leave(
    transactional_db: None, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announce, "announce_events", lambda now: now + timedelta(seconds=0.5))
    start = time.monotonic()
    tasks.work_outbox()
    wait_for(lambda: sent == [wakeup.OUTBOX])
    assert time.monotonic() - start >= 0.4


def _compute_for(seconds: float) -> int:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return 0


@pytest.mark.slow
def test_after_a_long_look_what_comes_is_gathered_into_one_set(
    transactional_db: None, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "GATHER_SECONDS", 0.4)
    with monkeypatch.context() as busy:
        busy.setattr(ingest, "ingest_batch", lambda _: _compute_for(1.0))
        tasks.work_inbox()
    start = time.monotonic()
    tasks.work_inbox()
    assert time.monotonic() - start >= 0.35


def test_after_a_short_look_what_comes_does_not_wait(
    transactional_db: None, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "GATHER_SECONDS", 60.0)
    tasks.work_inbox()
    start = time.monotonic()
    tasks.work_inbox()
    assert time.monotonic() - start < 10


def test_what_was_taken_is_shown_as_read_after_what_leaves(real_line: Line, sent: list[str]) -> None:
    real_line.now = timezone.now()
    real_line.arrives(wire.text(wire.AYSE, "durum"))
    tasks.work_inbox()
    tasks.work_outbox()
    wait_for(lambda: real_line.meta.read)
    assert len(real_line.meta.sent) == 1


@pytest.mark.slow
def test_a_danger_that_comes_in_the_middle_of_a_burst_is_heard_before_the_rest_of_it(
    real_line: Line, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BATCH", 2)
    monkeypatch.setattr(runner, "_batch", runner._Batch())
    monkeypatch.setattr(tasks, "SLICE_SECONDS", 0.05)
    real_line.now = timezone.now()
    crowd = [wire.Person(f"Kişi {number}", f"90532000000{number}", f"TR.300{number}") for number in range(8)]
    for each in crowd:
        real_line.arrives(wire.text(each, "durum"), by=each)
    take_batch = runner.take_batch

    def take(claims: Sequence[runner.TurnLease], clock: Callable[[], datetime]) -> int:
        begun = take_batch(claims, clock)
        if Message.objects.filter(state=Message.State.HANDLED).count() == 2:
            real_line.arrives(wire.text(wire.VELI, "evde yangın çıktı"), by=wire.VELI)
        time.sleep(0.06)
        return begun

    monkeypatch.setattr(runner, "take_batch", take)
    tasks.work_inbox()
    answered = list(Outbox.objects.order_by("id").values_list("conversation__citizen__name", flat=True))
    assert answered.index("Veli Demir") in (2, 3)
    assert {each.name for each in crowd} <= set(answered)
