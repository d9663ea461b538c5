"""What must leave: in the order said, once, at the pace Meta allows, and never lost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Answer, graph_error
from tests.whatsapp.threads import at_once
from tests.whatsapp.wire import AYSE, VELI, Person
from whatsapp import channel_state, outbox, texts
from whatsapp.identities import conversation_of
from whatsapp.models import ChannelState, Conversation, Identity, Outbox
from whatsapp.payloads import Sender

State = Outbox.State

LOST = Answer(drop=True)
# Some of each class; which code is of which class is tested in test_cloud_api.py.
TRY_AGAIN, SLOW_NUMBER = (2, 131000), (4, 130429)
STOP, FAIL, OPTED_OUT = (0, 190, 210, 131042), (100, 131026, 132001), (131049, 131050)


def talk_with(line: Line, person: Person = AYSE, *, hours_ago: float = 0) -> Conversation:
    """The conversation with a person who wrote last some hours ago."""
    talk = conversation_of(Sender(bsuid=person.bsuid, wa_id=person.phone), line.now)
    talk.last_inbound_at = line.now - timedelta(hours=hours_ago)
    talk.save()
    return talk


def say(line: Line, *words: str, to: Conversation | None = None) -> Outbox:
    """Queues these words and returns the last row."""
    talk = to or talk_with(line)
    rows = [outbox.put(conversation=talk, words=texts.plain(each), now=line.now) for each in words]
    return rows[-1]


def fixed(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def fresh(row: Outbox) -> Outbox:
    row.refresh_from_db()
    return row


def channel() -> ChannelState:
    return channel_state.current()


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
    say(line, "başka", to=talk_with(line, VELI))
    outbox.work(line.clock)
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

    def send() -> None:
        for seconds in range(20):
            outbox.work(fixed(line.now + timedelta(seconds=seconds)))

    at_once(send, send)
    assert sorted(line.meta.texts()) == sorted(person.name for person in people)


# --- errors, by class of the contract ------------------------------------------------------------------------
def refused(line: Line, code: int) -> Outbox:
    line.meta.answers.append(graph_error(code))
    row = say(line, "Merhaba")
    outbox.work(line.clock)
    return fresh(row)


@pytest.mark.parametrize("code", TRY_AGAIN)
def test_a_passing_error_is_tried_again_a_little_later(line: Line, code: int):
    row = refused(line, code)
    assert (row.state, row.error_code) == (State.QUEUED, code)
    assert timedelta(seconds=1) <= row.not_before - line.now <= timedelta(seconds=1.5)
    line.later(seconds=2)
    assert fresh(row).state == State.SENT


def test_the_pauses_between_tries_double(line: Line):
    row = say(line, "Merhaba")
    pauses = []
    for attempt in range(1, 6):
        line.meta.answers.append(graph_error(131000))
        outbox.work(line.clock)
        pauses.append((fresh(row).not_before - line.now).total_seconds() / 2 ** (attempt - 1))
        line.now = row.not_before
    assert all(1 <= pause <= 1.5 for pause in pauses)


def test_after_twelve_tries_it_fails_and_staff_see_why(line: Line):
    line.meta.answers.extend([graph_error(131000, "Something went wrong")] * 12)
    row = say(line, "Merhaba")
    line.send_all()
    assert (fresh(row).state, row.attempts, row.error) == (State.FAILED, 12, "Something went wrong")


@pytest.mark.parametrize("code", SLOW_NUMBER)
def test_a_throttled_number_pauses_for_everybody(line: Line, code: int):
    row = refused(line, code)
    other = say(line, "Selam", to=talk_with(line, VELI))
    outbox.work(line.clock)
    assert (row.state, fresh(other).state, channel().state) == (State.QUEUED, State.QUEUED, "throttled")
    line.later(seconds=4)
    assert (fresh(row).state, fresh(other).state, channel().state) == (State.SENT, State.SENT, "working")


def test_throttling_never_uses_a_message_up(line: Line):
    line.meta.answers.extend([graph_error(130429)] * 15)
    row = say(line, "Merhaba")
    line.send_all()
    assert (fresh(row).state, row.attempts) == (State.SENT, 1)


def test_a_recipient_written_to_too_often_is_left_in_peace_for_growing_times(line: Line):
    row = say(line, "Merhaba")
    pauses = []
    for _ in range(3):
        line.meta.answers.append(graph_error(131056))
        outbox.work(line.clock)
        pauses.append((fresh(row).not_before - line.now).total_seconds())
        line.now = row.not_before
    assert pauses == [4, 16, 64]


def test_one_slow_recipient_does_not_slow_the_others(line: Line):
    refused(line, 131056)
    other = say(line, "Selam", to=talk_with(line, VELI))
    line.later(seconds=1)
    assert fresh(other).state == State.SENT


def test_a_window_that_shut_unnoticed_is_answered_with_the_template(line: Line):
    line.meta.answers.append(graph_error(131047))
    row = say(line, "Merhaba")
    line.send_all()
    assert (fresh(row).state, row.as_template) == (State.SENT, True)
    assert (line.meta.sent[0]["type"], line.meta.texts()) == ("template", ["Merhaba"])


def test_a_template_refused_for_its_window_is_not_tried_for_ever(line: Line):
    line.meta.answers.extend([graph_error(131047)] * 2)
    row = say(line, "Merhaba")
    line.send_all()
    assert fresh(row).state == State.FAILED


@pytest.mark.parametrize("code", STOP)
def test_a_dead_channel_stops_and_keeps_its_outbox(line: Line, code: int):
    row = refused(line, code)
    assert (row.state, row.attempts) == (State.QUEUED, 0)
    assert (channel().state, str(code) in channel().reason, channel().since) == ("stopped", True, line.now)


@pytest.mark.parametrize("code", [*FAIL, *OPTED_OUT, 999999])
def test_what_will_never_be_taken_fails_at_once(line: Line, code: int):
    row = refused(line, code)
    assert (row.state, row.error_code, row.attempts) == (State.FAILED, code, 1)
    line.later(minutes=1)
    assert line.meta.sent == []


def test_an_unknown_error_of_a_server_that_is_ill_is_tried_again(line: Line):
    line.meta.answers.append(graph_error(999999, status=500))
    row = say(line, "Merhaba")
    line.send_all()
    assert (fresh(row).state, row.possibly_double) == (State.SENT, False)


def test_a_refusal_that_is_not_metas_own_is_tried_again(line: Line):
    line.meta.answers.append(Answer(403, body=b"<html>blocked by the firewall</html>"))
    row = say(line, "Merhaba")
    line.send_all()
    assert fresh(row).state == State.SENT


def test_a_connection_refused_carried_nothing_and_is_tried_again(line: Line, settings: Any):
    settings.WHATSAPP_GRAPH_URL = "http://127.0.0.1:9"
    row = say(line, "Merhaba")
    outbox.work(line.clock)
    assert (fresh(row).state, row.possibly_double) == (State.QUEUED, False)


# --- a stopped channel ---------------------------------------------------------------------------------------
def test_a_stopped_channel_tries_one_message_every_five_minutes(line: Line):
    line.meta.answers.extend([graph_error(190)] * 3)
    say(line, "bir", "iki", "üç")
    line.later(minutes=11)
    assert [len(line.meta.requests), len(line.meta.sent)] == [3, 0]


def test_a_stopped_channel_that_works_again_sends_all_it_kept(line: Line):
    line.meta.answers.append(graph_error(190))
    say(line, "bir", "iki", "üç")
    line.later(minutes=6)
    assert line.meta.texts() == ["bir", "iki", "üç"]
    assert (channel().state, channel().reason) == ("working", "")


def test_a_stopped_channel_tells_since_when(line: Line):
    line.meta.answers.extend([graph_error(190)] * 2)
    say(line, "bir")
    since = line.now
    line.later(minutes=6)
    assert channel().since == since


def test_a_stopped_channel_still_takes_messages_in(line: Line):
    channel_state.lock()
    channel_state.stop(line.now, "token")
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde yolda çukur var"))
    line.later(seconds=10)
    assert line.ticket().pk


# --- a lost answer -------------------------------------------------------------------------------------------
def test_a_lost_answer_is_settled_by_a_status_with_our_callback(line: Line):
    line.meta.answers.append(LOST)
    row = say(line, "Merhaba")
    outbox.work(line.clock)
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


@pytest.mark.parametrize(
    "answer",
    [Answer(502, body=b"bad gateway"), Answer(200, body=b"ok"), Answer(200, {"messages": []})],
    ids=["gateway", "no JSON", "no wamid"],
)
def test_an_answer_that_does_not_say_what_became_of_it_counts_as_lost(line: Line, answer: Answer):
    line.meta.answers.append(answer)
    row = say(line, "Merhaba")
    outbox.work(line.clock)
    assert fresh(row).state == State.SENDING
    line.later(seconds=90)
    assert (fresh(row).state, row.possibly_double) == (State.SENT, True)


def test_a_message_whose_sender_was_killed_is_sent_after_a_minute(line: Line):
    row = say(line, "Merhaba")
    Outbox.objects.update(state=State.SENDING, claimed_at=line.now, attempts=1)
    line.later(seconds=90)
    assert (fresh(row).state, row.possibly_double) == (State.SENT, True)


def test_a_message_in_flight_is_not_taken_by_another_sender(line: Line):
    say(line, "bir", "iki")
    Outbox.objects.filter(text="bir").update(state=State.SENDING, claimed_at=line.now)
    line.later(seconds=30)
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
    assert (template["name"], template["language"]) == (texts.FALLBACK_TEMPLATE, {"code": "tr"})
    assert line.meta.texts() == ["Yol kapandı"]


def test_the_window_is_looked_at_when_it_is_sent_not_when_it_is_said(line: Line):
    row = say(line, "Merhaba", to=talk_with(line, hours_ago=23.9))
    line.now += timedelta(hours=1)
    line.send_all()
    assert fresh(row).as_template


# --- the pace ------------------------------------------------------------------------------------------------
def test_a_number_sends_no_more_than_80_a_second(line: Line):
    for n in range(10):
        say(line, str(n), to=talk_with(line, Person(str(n), f"90532{n:07}", f"TR.{n}")))
    start = line.now
    line.send_all()
    sent = [row.sent_at - start for row in Outbox.objects.order_by("id") if row.sent_at]
    assert sent == [timedelta(seconds=n / 80) for n in range(10)]


def test_what_comes_in_is_taken_off_the_pace(line: Line):
    for _ in range(40):
        line.receive(wire.said(wire.message(AYSE, "reaction", {"emoji": "👍"})))
    line.take_in()
    say(line, "bir", to=talk_with(line, AYSE))
    say(line, "iki", to=talk_with(line, VELI))
    due = outbox.work(line.clock)
    assert due == line.now + timedelta(seconds=1 / 40)


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
