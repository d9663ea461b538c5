"""What must leave: in the order said, once, at the pace Meta allows, and never lost."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from tests.timeouts import PATIENCE
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Answer, graph_error
from tests.whatsapp.sending import fixed, fresh, say, talk_with
from tests.whatsapp.threads import at_once
from tests.whatsapp.wire import AYSE, VELI, Person
from tickets.casework.opening import Report, open_ticket
from tickets.models import Kind, Source
from tickets.record.permissions import Actor
from whatsapp.graph import client
from whatsapp.models import Identity, Outbox
from whatsapp.number import pace
from whatsapp.outbox import claim, enqueue, record, retry, send
from whatsapp.texts import render, template_parameters

State = Outbox.State
LOST = Answer(drop=True)


def crowd(line: Line, size: int, words: str = "Merhaba") -> list[Outbox]:
    """One message for each of so many people."""
    people = [Person(f"Kişi {n}", f"90532{n:07}", f"TR.{n}") for n in range(size)]
    return [say(line, words, to=talk_with(line, person)) for person in people]


def rows_read() -> int:
    """How many rows of the outbox this transaction has read."""
    read = (
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'whatsapp_outbox'"
    )
    with connection.cursor() as cursor:
        cursor.execute(read)
        return int(cursor.fetchone()[0])


# --- a clock that was set back -------------------------------------------------------------------------------
def test_messages_leave_at_once_after_the_clock_was_set_back(line: Line):
    line.now += timedelta(minutes=10)
    say(line, "Bir", to=talk_with(line, AYSE))
    line.send_all()
    waiting = say(line, "İki", to=talk_with(line, VELI))
    line.now -= timedelta(minutes=10)
    again = say(line, "Üç", to=talk_with(line, AYSE))
    send.send_due(line.clock)
    send.send_due(line.clock)
    assert [fresh(row).state for row in (waiting, again)] == [State.SENT, State.SENT]


def test_a_pause_of_before_the_clock_was_set_back_is_over(line: Line):
    row = say(line, "Bir")
    line.now += timedelta(minutes=10)
    line.meta.answers.append(graph_error(130429))
    send.send_due(line.clock)
    line.now -= timedelta(minutes=10)
    send.send_due(line.clock)
    assert fresh(row).state == State.SENT


def test_a_refusal_after_the_clock_was_set_back_is_paused_for(line: Line):
    line.now += timedelta(minutes=10)
    row = say(line, "Bir")
    line.now -= timedelta(minutes=10)
    line.meta.answers.append(graph_error(131000))
    send.send_due(line.clock)
    send.send_due(line.clock)
    assert fresh(row).state == State.QUEUED


def test_a_number_stopped_again_after_the_clock_was_set_back_is_probed_only_later(line: Line):
    line.now += timedelta(minutes=10)
    pace.stop(line.now, "190")
    line.now -= timedelta(minutes=10)
    row = say(line, "Bir")
    line.meta.answers.append(graph_error(190, status=401))
    send.send_due(line.clock)
    send.send_due(line.clock)
    assert fresh(row).state == State.QUEUED


# --- sending -------------------------------------------------------------------------------------------------
def test_a_message_leaves_with_its_callback_and_is_known_by_its_wamid(line: Line):
    row = say(line, "Merhaba")
    line.send_all()
    assert (fresh(row).state, row.wamid, row.sent_at) == (State.SENT, "wamid.OUT1", line.now)
    assert line.meta.sent == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "+905321112233",
            "type": "text",
            "text": {"body": "Merhaba"},
            "biz_opaque_callback_data": f"outbox:{row.pk}",
        }
    ]


def test_a_citizen_hears_things_in_the_order_they_were_said(line: Line):
    say(line, "bir", "iki", "üç")
    line.send_all()
    assert line.meta.texts() == ["bir", "iki", "üç"]


def test_a_message_waits_while_an_earlier_one_of_the_same_citizen_does(line: Line):
    line.meta.answers.append(graph_error(131000))
    say(line, "bir", "iki")
    send.send_due(line.clock)
    say(line, "başka", to=talk_with(line, VELI))
    line.later(seconds=1)
    assert line.meta.texts()[0] == "başka"
    line.later(seconds=10)
    assert line.meta.texts() == ["başka", "bir", "iki"]


def test_a_message_that_failed_for_good_holds_up_nothing(line: Line):
    line.meta.answers.append(graph_error(131026))
    say(line, "bir", "iki")
    line.send_all()
    assert line.meta.texts() == ["iki"]


def test_somebody_with_a_username_only_is_reached_by_the_bsuid(line: Line):
    say(line, "Merhaba", to=talk_with(line, VELI))
    line.send_all()
    assert (line.meta.sent[0]["recipient"], line.meta.sent[0].get("to")) == (VELI.bsuid, None)


def test_somebody_without_any_name_left_fails_without_a_call(line: Line):
    row = say(line, "Merhaba")
    Identity.objects.update(retired_at=line.now)
    line.send_all()
    assert (fresh(row).state, line.meta.requests) == (State.FAILED, [])


def test_two_senders_send_each_message_once(transactional_db: None, line: Line):
    people = [Person(f"Kişi {n}", f"9053211122{n:02}", f"TR.{n}") for n in range(10)]
    for person in people:
        say(line, person.name, to=talk_with(line, person))

    def sender() -> None:
        for seconds in range(20):
            send.send_due(fixed(line.now + timedelta(seconds=seconds)))

    at_once(sender, sender)
    assert sorted(line.meta.texts()) == sorted(person.name for person in people)


def test_everybody_hears_things_in_the_order_they_were_said_over_many_connections(
    line: Line, settings: Settings
):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1000
    people = [talk_with(line, Person(f"Kişi {n}", f"90532{n:07}", f"TR.{n}")) for n in range(12)]
    for step in range(3):
        for n, talk in enumerate(people):
            say(line, f"{n}:{step}", to=talk)
    line.send_all()
    heard = line.meta.texts()
    assert len(heard) == 36
    for n in range(12):
        assert [text for text in heard if text.startswith(f"{n}:")] == [f"{n}:{step}" for step in range(3)]


@pytest.mark.slow
def test_a_warning_of_danger_leaves_before_a_thousand_older_messages(line: Line, settings: Settings):
    settings.WHATSAPP_SEND_CONNECTIONS = 1
    first, *_ = crowd(line, 20)
    Outbox.objects.bulk_create(
        enqueue.message(conversation=first.conversation, words=render.plain("eski"), now=line.now)
        for _ in range(1000)
    )
    enqueue.enqueue_message(
        conversation=talk_with(line), words=render.plain("112"), now=line.now, danger=True
    )
    send.send_due(line.clock)
    assert line.meta.texts()[0] == "112"


def test_what_somebody_is_told_before_a_warning_does_not_keep_it_waiting(line: Line, settings: Settings):
    settings.WHATSAPP_SEND_CONNECTIONS = 1
    crowd(line, 3)
    say(line, "önce")
    enqueue.enqueue_message(
        conversation=talk_with(line), words=render.plain("112"), now=line.now, danger=True
    )
    enqueue.prioritise_conversation([talk_with(line).pk])
    line.send_all()
    assert line.meta.texts()[:2] == ["önce", "112"]


# --- what nobody foresaw -------------------------------------------------------------------------------------
def test_a_message_that_cannot_be_put_together_waits_and_the_others_leave(line: Line, jpeg: bytes):
    broken, *_ = crowd(line, 3)
    ticket = open_ticket(
        report=Report(channel=Source.WEB, kind=Kind.TALEP, description="çukur"),
        actor=Actor.system(),
        now=line.now,
    )
    photo = ticket.attachments.create(kind="image", mime_type="image/jpeg", created_at=line.now)
    photo.file.save("a.jpg", ContentFile(jpeg))
    Outbox.objects.filter(pk=broken.pk).update(photo=photo)  # of words that have no place for a photo
    send.send_due(line.clock)
    assert len(line.meta.sent) == 2
    assert (fresh(broken).state, broken.error) == (State.QUEUED, "Gönderilemedi: KeyError")
    assert broken.not_before > line.now


def test_a_call_that_broke_in_a_way_nobody_foresaw_counts_as_lost(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    rows = crowd(line, 3)
    send_message = client.send

    def fragile(recipient: dict[str, str], body: dict[str, Any], callback: str) -> str:
        if callback == f"outbox:{rows[0].pk}":
            raise ValueError
        return send_message(recipient, body, callback)

    monkeypatch.setattr(client, "send", fragile)
    send.send_due(line.clock)
    assert [fresh(row).state for row in rows] == [State.SENDING, State.SENT, State.SENT]


@pytest.mark.slow
def test_a_message_that_cannot_be_recorded_stays_claimed_and_the_rest_of_its_set_is_recorded(line: Line):
    known = say(line, "eski")
    Outbox.objects.filter(pk=known.pk).update(wamid="wamid.OUT1", state=State.SENT)
    rows = crowd(line, 8)
    send.send_due(line.clock)
    assert sorted(fresh(row).state for row in rows) == [State.SENDING, *[State.SENT] * 7]


def test_what_was_sent_and_not_recorded_is_settled_by_its_status_and_not_sent_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    row = say(line, "Merhaba")

    def ill(*_: object, **__: object) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(record, "record", ill)
        with pytest.raises(OperationalError):
            send.send_due(line.clock)
    assert fresh(row).state == State.SENDING
    line.told(wire.status("wamid.OUT1", "delivered", biz_opaque_callback_data=f"outbox:{row.pk}"))
    line.later(minutes=5)
    assert (fresh(row).state, row.wamid, len(line.meta.sent)) == (State.DELIVERED, "wamid.OUT1", 1)


# --- one dispatcher ------------------------------------------------------------------------------------------
def test_who_comes_while_a_dispatcher_is_at_work_leaves_after_one_statement(
    line: Line, django_assert_num_queries: DjangoAssertNumQueries
):
    crowd(line, 2)
    claim.claim(line.now, lease=None, free=1, busy=False)
    with django_assert_num_queries(1):
        assert send.send_due(line.clock) is None
    assert line.meta.sent == []


def test_what_a_dead_dispatcher_left_is_sent_within_seconds_and_what_it_had_claimed_within_half_a_minute(
    line: Line,
):
    rows = crowd(line, 4)
    (claimed,) = claim.claim(line.now, lease=None, free=1, busy=False).rows
    line.now += claim.LEASE
    line.send_all()
    assert len(line.meta.sent) == 3
    line.now += retry.DEAD_SENDER - claim.LEASE
    line.send_all()
    assert (len(line.meta.sent), claimed.pk) == (4, rows[0].pk)
    assert [fresh(row).possibly_double for row in rows] == [True, False, False, False]


def test_what_a_dispatcher_at_work_has_on_its_way_is_sent_by_nobody_else(line: Line):
    (row, *_) = crowd(line, 1)
    slow = claim.claim(line.now, lease=None, free=1, busy=False)
    while line.now < slow.rows[0].claimed_at + timedelta(seconds=35):  # as long as a call may take, and more
        line.now += timedelta(seconds=1)
        slow = replace(slow, lease=claim.claim(line.now, lease=slow.lease, free=0, busy=True).lease)
        send.send_due(line.clock)
    assert (fresh(row).state, line.meta.sent) == (State.SENDING, [])


def test_a_call_of_a_stalled_dispatcher_is_repeated_by_nobody(line: Line):
    """Its dispatcher says nothing for as long as the call may last; Meta answers at the last moment."""
    (row,) = crowd(line, 1)
    stalled = claim.claim(line.now, lease=None, free=1, busy=False)
    line.now += timedelta(seconds=client.CALL_SECONDS - 0.1)
    send.send_due(line.clock)
    assert (fresh(row).state, line.meta.sent) == (State.SENDING, [])
    record.record([record.SendOutcome(stalled.rows[0], line.now, wamid="wamid.LATE")], works=True)
    assert (fresh(row).state, row.wamid, row.possibly_double) == (State.SENT, "wamid.LATE", False)


def test_a_call_whose_process_stood_still_is_not_begun_late(line: Line, monkeypatch: pytest.MonkeyPatch):
    """Whoever took over may have sent it meanwhile."""
    row = say(line, "Merhaba")
    clock = iter([0.0, float(client.CALL_SECONDS)])
    monkeypatch.setattr(send, "_monotonic", lambda: next(clock))
    (claimed,) = claim.claim(line.now, lease=None, free=1, busy=False).rows
    outcome = send._call(claimed, send._monotonic(), 0, timedelta(), line.clock)
    assert (outcome.wamid, line.meta.sent, fresh(row).state) == (None, [], State.SENDING)


def test_a_dispatcher_that_lost_its_lease_claims_nothing_more(line: Line):
    crowd(line, 4)
    slow = claim.claim(line.now, lease=None, free=1, busy=False)
    line.now += claim.LEASE
    other = claim.claim(line.now, lease=None, free=1, busy=False)
    late = claim.claim(line.now, lease=slow.lease, free=1, busy=True)
    assert (len(other.rows), late.rows, late.lease) == (1, [], None)


def test_no_more_is_claimed_than_connections_are_free(line: Line, settings: Settings):
    settings.WHATSAPP_SEND_CONNECTIONS = 2
    line.meta.answers.extend([Answer(seconds=0.3, json={"messages": [{"id": f"w{n}"}]}) for n in range(2)])
    crowd(line, 4)
    claimed: list[int] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = execute(sql, params, many, context)
        if "FOR NO KEY UPDATE OF o, c SKIP LOCKED" in sql:
            claimed.append(Outbox.objects.filter(state=State.SENDING).count())
        return found

    settings.WHATSAPP_MESSAGES_PER_SECOND = 1000
    with connection.execute_wrapper(count):
        line.send_all()
    assert max(claimed) == 2
    assert Outbox.objects.filter(state=State.SENT).count() == 4


def test_a_run_ends_after_its_time_and_says_that_there_is_more(
    line: Line, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.WHATSAPP_SEND_CONNECTIONS, settings.WHATSAPP_MESSAGES_PER_SECOND = 1, 1000
    monkeypatch.setattr(send, "WORK_SECONDS", 0.1)
    crowd(line, 12)
    line.meta.answers.extend([Answer(seconds=0.05, json={"messages": [{"id": f"w{n}"}]}) for n in range(12)])
    due = send.send_due(timezone.now)
    assert due
    assert due <= timezone.now()
    assert 1 <= len(Outbox.objects.filter(state=State.SENT)) < 12
    assert not Outbox.objects.filter(state=State.SENDING).exists()


@pytest.mark.slow
def test_what_else_the_process_is_there_for_has_its_turn_within_a_run(
    line: Line, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.WHATSAPP_SEND_CONNECTIONS, settings.WHATSAPP_MESSAGES_PER_SECOND = 1, 1000
    monkeypatch.setattr(send, "WORK_SECONDS", 0.05)
    crowd(line, 12)
    line.meta.answers.extend([Answer(seconds=0.05, json={"messages": [{"id": f"w{n}"}]}) for n in range(12)])
    sent: list[int] = []

    def meanwhile() -> bool:
        sent.append(Outbox.objects.filter(state=State.SENT).count())
        return True

    assert send.send_due(timezone.now, meanwhile=meanwhile) is None
    assert 0 < sent[0] < 12
    assert len(sent) > 1
    assert Outbox.objects.filter(state=State.SENT).count() == 12


def test_what_fails_in_its_turn_leaves_no_message_without_its_outcome(
    line: Line, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.WHATSAPP_SEND_CONNECTIONS, settings.WHATSAPP_MESSAGES_PER_SECOND = 4, 1000
    monkeypatch.setattr(send, "WORK_SECONDS", 0.01)
    crowd(line, 12)
    line.meta.answers.extend([Answer(seconds=0.05, json={"messages": [{"id": f"w{n}"}]}) for n in range(12)])
    failed: list[bool] = []

    def meanwhile() -> bool:
        failed.append(True)
        raise OperationalError

    assert send.send_due(timezone.now, meanwhile=meanwhile)
    assert len(failed) == 1
    assert 0 < Outbox.objects.filter(state=State.SENT).count() < 12
    assert not Outbox.objects.filter(state=State.SENDING).exists()


def test_a_queue_that_was_emptied_is_looked_at_again_after_a_moment(line: Line):
    [row] = crowd(line, 1)
    start = time.monotonic()
    send.send_due(timezone.now, gather=0.4)
    assert fresh(row).state == State.SENT
    assert time.monotonic() - start >= 0.35


@pytest.mark.slow
def test_a_backlog_after_quiet_hours_is_read_once_and_not_again_for_each_of_its_rows(line: Line):
    crowd(line, 100)
    Outbox.objects.update(state=State.DELIVERED)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE whatsapp_outbox")  # which finds that nothing waits
    crowd(line, 100)
    before = rows_read()
    claim.claim(line.now, lease=None, free=0, busy=False)
    assert rows_read() - before < 500


@pytest.mark.slow
def test_one_call_that_hangs_keeps_no_other_message_waiting(
    line: Line, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.WHATSAPP_SEND_CONNECTIONS, settings.WHATSAPP_MESSAGES_PER_SECOND = 2, 1000
    monkeypatch.setattr(send, "WORK_SECONDS", 0.05)
    monkeypatch.setattr(send, "STRAGGLER_SECONDS", 0.1)
    monkeypatch.setattr(send, "LOOK_SECONDS", 0.1)
    hangs = Answer(seconds=2, json={"messages": [{"id": "slow"}]})
    line.meta.answers.extend(
        [hangs, *(Answer(seconds=0.05, json={"messages": [{"id": f"w{n}"}]}) for n in range(9))]
    )
    rows = crowd(line, 10)
    send.send_due(timezone.now)
    others = [fresh(row).sent_at for row in rows if fresh(row).wamid != "slow"]
    slow = Outbox.objects.get(wamid="slow")
    assert slow.sent_at
    assert len(others) == 9
    assert all(at and at < slow.sent_at for at in others)


# --- what it costs -------------------------------------------------------------------------------------------
def test_nothing_to_send_is_one_statement(line: Line, django_assert_num_queries: DjangoAssertNumQueries):
    crowd(line, 1)
    line.send_all()
    with django_assert_num_queries(1):
        assert send.send_due(line.clock) is None


@pytest.mark.slow
@pytest.mark.parametrize(("connections", "sets"), [(8, 13), (16, 7)])
def test_a_set_is_five_statements_whatever_its_size(
    line: Line, settings: Settings, connections: int, sets: int
):
    """One that claims; and four that record, BEGIN, COMMIT and the look for statuses that came before among them."""
    settings.WHATSAPP_SEND_CONNECTIONS, settings.WHATSAPP_MESSAGES_PER_SECOND = connections, 100_000
    crowd(line, 100)
    with CaptureQueriesContext(connection) as said:
        line.send_all()
    assert len(line.meta.sent) == 100
    assert len(said) <= sets * 5 * 1.5  # answers may come apart on a busy machine


# --- a lost answer -------------------------------------------------------------------------------------------
def test_a_lost_answer_is_settled_by_a_status_with_our_callback(line: Line):
    line.meta.answers.append(LOST)
    row = say(line, "Merhaba")
    send.send_due(line.clock)
    assert fresh(row).state == State.SENDING
    line.told(wire.status("wamid.X", "delivered", biz_opaque_callback_data=f"outbox:{row.pk}"))
    line.later(minutes=5)
    assert (fresh(row).state, row.wamid, row.possibly_double) == (State.DELIVERED, "wamid.X", False)
    assert len(line.meta.sent) == 1


def test_without_such_a_status_it_is_sent_again_after_a_minute_as_possibly_double(line: Line):
    line.meta.answers.append(LOST)
    row = say(line, "Merhaba")
    line.later(seconds=59)
    assert len(line.meta.sent) == 1
    line.later(seconds=25)
    assert (fresh(row).state, row.possibly_double, len(line.meta.sent)) == (State.SENT, True, 2)


def test_what_is_never_heard_of_is_sent_again_after_growing_pauses(line: Line):
    line.meta.answers.extend([LOST] * 20)
    say(line, "Merhaba")
    sent_after = []
    for minute in range(120):
        before = len(line.meta.sent)
        send.send_due(line.clock)
        sent_after += [minute] * (len(line.meta.sent) - before)
        line.now += timedelta(minutes=1)
    assert sent_after == [0, 1, 6, 23, 84]


def test_what_is_not_heard_of_for_a_day_is_given_up(line: Line):
    line.meta.answers.append(LOST)
    row = say(line, "Merhaba")
    send.send_due(line.clock)
    line.now += timedelta(days=1)
    send.send_due(line.clock)
    assert (fresh(row).state, row.possibly_double) == (State.FAILED, True)


@pytest.mark.parametrize(
    "answer",
    [Answer(502, body=b"bad gateway"), Answer(200, body=b"ok"), Answer(200, {"messages": []})],
    ids=["gateway", "no JSON", "no wamid"],
)
def test_an_answer_that_does_not_say_what_became_of_it_counts_as_lost(line: Line, answer: Answer):
    line.meta.answers.append(answer)
    row = say(line, "Merhaba")
    send.send_due(line.clock)
    assert fresh(row).state == State.SENDING
    line.later(seconds=90)
    assert (fresh(row).state, row.possibly_double) == (State.SENT, True)


def test_a_message_whose_sender_was_killed_is_sent_after_its_lease(line: Line):
    row = say(line, "Merhaba")
    Outbox.objects.update(state=State.SENDING, claimed_at=line.now, attempts=1)
    line.later(seconds=90)
    assert (fresh(row).state, row.possibly_double) == (State.SENT, True)


def test_a_message_in_flight_is_not_taken_by_another_sender(line: Line):
    say(line, "bir", "iki")
    Outbox.objects.filter(text="bir").update(state=State.SENDING, claimed_at=line.now)
    line.later(seconds=24)
    assert line.meta.sent == []


# --- the window ----------------------------------------------------------------------------------------------
def test_inside_24_hours_free_text_is_sent(line: Line):
    say(line, "Merhaba", to=talk_with(line, hours_ago=23.9))
    line.send_all()
    assert line.meta.sent[0]["type"] == "text"


@pytest.mark.parametrize("hours", [24, 500])
def test_outside_24_hours_the_template_is_sent(line: Line, hours: float):
    row = say(line, "Yol\nkapandı", to=talk_with(line, hours_ago=hours))
    line.send_all()
    assert fresh(row).as_template
    template = line.meta.sent[0]["template"]
    assert (template["name"], template["language"]) == (template_parameters.NAMES[""], {"code": "tr"})
    assert template["components"][0]["parameters"] == [{"type": "text", "text": "Yol kapandı"}]


def test_the_window_is_looked_at_when_it_is_sent_not_when_it_is_said(line: Line):
    row = say(line, "Merhaba", to=talk_with(line, hours_ago=23.9))
    line.now += timedelta(hours=1)
    line.send_all()
    assert fresh(row).as_template


# --- the pace ------------------------------------------------------------------------------------------------
def moment(line: Line, seconds: float) -> Any:
    """When there is a look again, where what left takes so many seconds of what Meta grants."""
    at = line.now + timedelta(seconds=seconds / pace.SHARE) - pace.EARLY
    return pytest.approx(at, abs=timedelta(milliseconds=1))


def test_a_number_sends_no_more_than_80_a_second(line: Line):
    """A set is what may leave in the next tenth of a second."""
    crowd(line, 24)
    sets = []
    for tenth in range(3):
        due = send.send_due(line.clock)
        assert due == (None if tenth == 2 else moment(line, 8 / 80))
        sets.append(len(line.meta.sent))
        line.now += timedelta(seconds=8 / (80 * pace.SHARE))
    assert sets == [8, 16, 24]


def test_each_message_of_a_set_leaves_at_its_own_moment(line: Line, settings: Settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 40
    crowd(line, 4)
    begun = timezone.now()
    send.send_due(timezone.now)
    moments = sorted(row.sent_at for row in Outbox.objects.all() if row.sent_at)
    assert len(moments) == 4
    early = [at for at, moment in enumerate(moments) if moment < begun + at * timedelta(seconds=1 / 40)]
    assert early == []


def test_calls_that_are_all_late_leave_no_closer_than_the_pace() -> None:
    turnstile, apart = pace.Turnstile(), timedelta(seconds=0.02)
    late = [threading.Thread(target=turnstile.pass_after, args=[apart]) for _ in range(6)]
    begun = time.monotonic()
    for each in late:
        each.start()
    for each in late:
        each.join()
    assert time.monotonic() - begun >= 5 * 0.02


@pytest.mark.parametrize("wrong", [timedelta(seconds=-90), timedelta(hours=2)])
def test_senders_keep_one_clock_whatever_those_of_their_machines_say(
    db: None, monkeypatch: pytest.MonkeyPatch, wrong: timedelta
) -> None:
    right = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: right() + wrong)
    monkeypatch.setattr(pace, "machine_time", lambda: right() + wrong)
    assert abs(pace.shared_clock()() - right()) < timedelta(seconds=PATIENCE)


def test_the_clock_of_a_trial_stays_ahead(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    right = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: right() + timedelta(days=1))
    assert abs(pace.shared_clock()() - right() - timedelta(days=1)) < timedelta(seconds=PATIENCE)


def test_a_faster_number_fills_all_connections(line: Line, settings: Settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 500
    crowd(line, 40)
    send.send_due(line.clock)
    assert len(line.meta.sent) == settings.WHATSAPP_SEND_CONNECTIONS


@pytest.mark.slow
def test_what_comes_in_is_taken_off_the_pace(line: Line):
    for _ in range(40):
        line.receive(wire.said(wire.message(AYSE, "reaction", {"emoji": "👍"})))
    line.ingest_all()
    crowd(line, 5)
    assert send.send_due(line.clock) == moment(line, 4 / 40)
    assert len(line.meta.sent) == 4


@pytest.mark.slow
def test_one_person_gets_45_at_once_and_then_one_every_six_seconds(line: Line):
    say(line, *map(str, range(50)))
    start = line.now
    line.send_all()
    sent = [
        round((row.sent_at - start).total_seconds()) for row in Outbox.objects.order_by("id") if row.sent_at
    ]
    assert len(sent) == 50
    assert max(sent[:45]) <= 1
    assert sent[45:] == [6, 12, 18, 24, 30]
