"""What becomes of a message that Meta does not take, by the class of the error (Meta's contract, section 4)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Answer, graph_error
from tests.whatsapp.sending import channel, fresh, say, talk_with
from tests.whatsapp.wire import AYSE, VELI
from whatsapp.models import Outbox
from whatsapp.number import pace
from whatsapp.outbox import send

State = Outbox.State
# Some of each class; which code is of which class is tested in test_graph_client.py.
TRY_AGAIN, SLOW_NUMBER = (2, 131000), (4, 130429)
STOP, FAIL, OPTED_OUT = (0, 190, 210, 131042), (100, 131026, 132001), (131049, 131050)


def refused(line: Line, code: int) -> Outbox:
    line.meta.answers.append(graph_error(code))
    row = say(line, "Merhaba")
    send.send_due(line.clock)
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
        send.send_due(line.clock)
        pauses.append((fresh(row).not_before - line.now).total_seconds() / 2 ** (attempt - 1))
        line.now = row.not_before
    assert all(1 <= pause <= 1.5 for pause in pauses)


def test_no_pause_is_longer_than_a_few_minutes(line: Line):
    row = say(line, "Merhaba")
    Outbox.objects.update(attempts=40)
    line.meta.answers.append(graph_error(131000))
    send.send_due(line.clock)
    assert timedelta(minutes=5) <= fresh(row).not_before - line.now <= timedelta(minutes=7.5)


def test_an_outage_of_hours_costs_nobody_an_answer(line: Line):
    row = say(line, "Merhaba")
    Outbox.objects.update(attempts=40)
    line.now += timedelta(hours=23)
    line.meta.answers.append(graph_error(131000))
    line.send_all()
    assert fresh(row).state == State.SENT


def test_after_the_24_hours_of_its_window_an_answer_fails_and_staff_see_why(line: Line):
    line.meta.answers.append(graph_error(131000, "Something went wrong"))
    row = say(line, "Merhaba")
    line.now += timedelta(hours=24)
    line.send_all()
    assert (fresh(row).state, row.error) == (State.FAILED, "Something went wrong")


@pytest.mark.parametrize(("days", "state"), [(6.9, State.QUEUED), (7, State.FAILED)])
def test_news_is_tried_for_seven_days(line: Line, days: float, state: State):
    line.hear(wire.text(AYSE, "Alpaslan mahallesi, yolda büyük çukur var, asfalt bozuk"))
    line.meta.answers.append(graph_error(131000))
    line.later(seconds=7)
    row = Outbox.objects.get(event__isnull=False)
    line.now = row.created_at + timedelta(days=days)
    line.meta.answers.append(graph_error(131000))
    send.send_due(line.clock)
    assert fresh(row).state == state


def test_one_that_cannot_leave_holds_up_those_behind_it_for_ten_minutes_at_most(line: Line):
    say(line, "bir", "iki")
    Outbox.objects.filter(text="bir").update(not_before=line.now + timedelta(hours=1))
    line.now += timedelta(minutes=9)
    send.send_due(line.clock)
    assert line.meta.texts() == []
    line.now += timedelta(minutes=2)
    send.send_due(line.clock)
    assert line.meta.texts() == ["iki"]


@pytest.mark.parametrize("code", SLOW_NUMBER)
def test_a_throttled_number_pauses_for_everybody(line: Line, code: int):
    row = refused(line, code)
    other = say(line, "Selam", to=talk_with(line, VELI))
    send.send_due(line.clock)
    assert (row.state, fresh(other).state, channel().state) == (State.QUEUED, State.QUEUED, "throttled")
    line.later(seconds=4)
    assert (fresh(row).state, fresh(other).state, channel().state) == (State.SENT, State.SENT, "working")


def test_a_stopped_number_stays_so_though_another_call_of_the_set_is_told_to_slow_down(line: Line):
    pace.create()
    pace.stop(line.now, "belirteç geçersiz")
    pace.throttle(line.now, line.now + timedelta(seconds=1), "yavaş")
    assert (channel().state, channel().resume_at) == ("stopped", line.now + pace.PROBE_EVERY)


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
        send.send_due(line.clock)
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
    assert (line.meta.sent[0]["type"], line.meta.texts()) == (
        "template",
        ["Melikgazi Belediyesi Çözüm Hattı: Merhaba\n\nBu mesajı yanıtlayabilirsiniz."],
    )


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
    send.send_due(line.clock)
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
    pace.create()
    pace.stop(line.now, "token")
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde yolda çukur var"))
    line.later(seconds=10)
    assert line.ticket().pk
