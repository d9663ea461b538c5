"""Messages shown as read: once, after what is said, in nobody's way."""

from concurrent.futures import wait
from datetime import timedelta

import pytest
from pytest_django import Settings

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Answer, graph_error
from tests.whatsapp.sending import channel, say
from tests.whatsapp.wire import AYSE, VELI
from whatsapp.models import ChannelState, Conversation, Outbox, ReadReceipt
from whatsapp.outbox import read_receipts
from whatsapp.turns import runner

REPORT = "Alpaslan mahallesi, yolda büyük çukur var, asfalt bozuk"


def take(line: Line, *messages: dict[str, object], by: wire.Person = AYSE) -> None:
    """The turns of these messages are taken, and nothing is sent."""
    line.arrives(*messages, by=by)
    line.ingest_all()
    runner.run_due(line.clock)


def shown(line: Line) -> list[str]:
    wait(read_receipts.show(line.now))
    return [each["message_id"] for each in line.meta.read]


def test_the_newest_message_is_shown_in_one_call_with_the_line_writing(line: Line):
    first, second = wire.text(AYSE, REPORT), wire.text(AYSE, "çok derin")
    take(line, first, second)
    assert shown(line) == [second["id"]]
    assert line.meta.read == [
        {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": second["id"],
            "typing_indicator": {"type": "text"},
        }
    ]


def test_nothing_of_it_stays(line: Line):
    take(line, wire.text(AYSE, REPORT))
    shown(line)
    assert not ReadReceipt.objects.exists()


def test_the_answer_leaves_first(line: Line):
    message = wire.text(AYSE, "durum")
    take(line, message)
    assert shown(line) == []
    line.send_all()
    assert shown(line) == [message["id"]]
    assert "typing_indicator" not in line.meta.read[0]


def test_another_citizens_answer_holds_up_nobody(line: Line):
    take(line, wire.text(VELI, "durum"), by=VELI)
    message = wire.text(AYSE, REPORT)
    take(line, message)
    assert shown(line) == [message["id"]]


def test_a_reply_held_back_for_its_clerk_holds_up_nothing(line: Line):
    message = wire.text(AYSE, REPORT)
    take(line, message)
    row = say(line, "Bakıyoruz", to=Conversation.objects.get())
    Outbox.objects.filter(pk=row.pk).update(state="held", not_before=line.now + timedelta(seconds=5))
    assert shown(line) == [message["id"]]


def test_what_is_late_is_dropped(line: Line):
    take(line, wire.text(AYSE, REPORT))
    line.now += read_receipts.GOOD_FOR
    assert shown(line) == []
    assert not ReadReceipt.objects.exists()


def test_a_turn_that_is_late_shows_nothing(line: Line):
    line.arrives(wire.text(AYSE, REPORT))
    line.ingest_all()
    line.now += timedelta(seconds=11)
    runner.run_due(line.clock)
    assert not ReadReceipt.objects.exists()


@pytest.mark.parametrize("answer", [graph_error(131009), Answer(500), Answer(drop=True)])
def test_what_is_refused_or_lost_is_not_sent_again(line: Line, answer: Answer):
    line.meta.read_answers.append(answer)
    take(line, wire.text(AYSE, REPORT))
    assert len(shown(line)) == 1
    assert len(shown(line)) == 1


def test_a_refusal_stops_nothing(line: Line):
    line.meta.read_answers.append(graph_error(190))
    say(line, "Merhaba")
    line.send_all()
    take(line, wire.text(AYSE, REPORT))
    shown(line)
    assert channel().state == ChannelState.State.WORKING


def test_a_stopped_number_shows_nothing(line: Line):
    say(line, "Merhaba")
    line.send_all()
    ChannelState.objects.update(state=ChannelState.State.STOPPED)
    take(line, wire.text(AYSE, REPORT))
    assert shown(line) == []


def test_a_danger_that_comes_meanwhile_takes_it_back(line: Line):
    take(line, wire.text(AYSE, REPORT))
    take(line, wire.text(AYSE, "evimiz yanıyor"))
    line.send_all()
    assert shown(line) == []


def test_more_than_a_few_at_once_are_dropped(line: Line, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(read_receipts._free, "acquire", lambda **_: False)
    take(line, wire.text(AYSE, REPORT))
    assert shown(line) == []


def test_the_setting_switches_it_off(line: Line, settings: Settings):
    settings.WHATSAPP_READ_RECEIPTS = False
    take(line, wire.text(AYSE, REPORT))
    assert not ReadReceipt.objects.exists()


def test_a_talk_with_a_person_is_not_shown_as_read_by_the_line(line: Line):
    line.hear(wire.text(AYSE, "selam"))
    Conversation.objects.update(silent_until=line.now + timedelta(hours=4), staff_at=line.now)
    message = wire.text(AYSE, REPORT)
    take(line, message)
    assert message["id"] not in shown(line)
