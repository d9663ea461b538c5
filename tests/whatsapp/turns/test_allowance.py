"""What is taken from one sender is bounded by the processor time that their turns cost, danger excepted."""

from datetime import datetime, timedelta

import pytest

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.wire import AYSE, VELI
from tickets.record import channel
from whatsapp.models import Conversation, Message
from whatsapp.turns import allowance, runner

pytestmark = pytest.mark.django_db

MUCH = 10 * allowance.SECONDS_A_MINUTE


@pytest.fixture
def costly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text with "costly" in it takes MUCH processor time."""
    spent = [0.0]
    turn = runner._turn

    def noted(row: Conversation, message: Message | None, now: datetime) -> bool | None:
        spent[0] += MUCH if message and "costly" in message.text else 0.01
        return turn(row, message, now)

    monkeypatch.setattr(runner, "_turn", noted)
    monkeypatch.setattr(runner, "thread_time", lambda: spent[0])


def claimed(line: Line) -> list[str]:
    order = [each.conversation for each in runner.claim_due(line.now)[0]]
    return [str(Conversation.objects.get(pk=key).citizen.name) for key in order]


def come_both(line: Line, first: str) -> None:
    """Ayşe, who has spent her share, writes before Veli does."""
    line.hear(wire.text(AYSE, "costly"))
    line.later(minutes=1)
    line.arrives(wire.text(AYSE, first))
    line.arrives(wire.text(VELI, "merhaba"), by=VELI)
    line.now += timedelta(seconds=1)
    line.ingest_all()


def test_who_has_spent_their_share_waits_behind_everybody(line: Line, costly: None) -> None:
    come_both(line, "merhaba")
    assert claimed(line) == [VELI.name, AYSE.name]


def test_who_has_spent_their_share_is_first_in_danger(line: Line, costly: None) -> None:
    come_both(line, "evde yangın çıktı, imdat")
    assert claimed(line)[0] == AYSE.name


def test_who_has_spent_their_share_is_answered(line: Line, costly: None) -> None:
    come_both(line, "Alpaslan mahallesinde yolda çukur var")
    line.later(minutes=1)
    assert set(Message.objects.values_list("state", flat=True)) == {Message.State.HANDLED}


def test_many_messages_of_one_sender_hide_nobody(line: Line, costly: None) -> None:
    line.hear(wire.text(AYSE, "costly"))
    for _ in range(2 * runner.BATCH):
        line.arrives(wire.text(AYSE, "çöp alınmadı"))
    line.arrives(wire.text(VELI, "merhaba"), by=VELI)
    line.now += timedelta(seconds=1)
    line.ingest_all()
    assert claimed(line)[0] == VELI.name


def test_a_share_is_there_again_after_its_time(line: Line, costly: None) -> None:
    come_both(line, "merhaba")
    line.now += timedelta(minutes=12)
    assert claimed(line) == [AYSE.name, VELI.name]


def test_ordinary_messages_spend_no_share(line: Line, costly: None) -> None:
    for _ in range(20):
        line.hear(wire.text(AYSE, "merhaba"))
    assert not allowance.is_behind(Conversation.objects.get().spent_until, line.now)


def test_who_waits_behind_is_counted_and_marked(line: Line, costly: None) -> None:
    come_both(line, "merhaba")
    assert runner.waiting_behind(line.now) == 1
    ayse = Conversation.objects.get(citizen__name=AYSE.name)
    Conversation.objects.update(spent_until=datetime.max.replace(tzinfo=line.now.tzinfo))
    talk = channel.channel().talk(ayse.citizen)
    assert talk
    assert talk.behind


def test_a_batch_is_no_larger_than_what_was_begun_of_the_last() -> None:
    batch = runner._Batch()
    batch.follow(claimed=20, begun=3)
    assert batch.most == 3
    batch.follow(claimed=3, begun=3)
    assert batch.most == 6


def test_a_batch_of_which_none_was_begun_leaves_one_to_claim() -> None:
    batch = runner._Batch()
    batch.follow(claimed=20, begun=0)
    assert batch.most == 1
