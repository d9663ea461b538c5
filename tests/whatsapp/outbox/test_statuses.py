"""What Meta says became of a message: forward only, whenever it comes."""

from datetime import timedelta

import pytest

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Answer
from tests.whatsapp.sending import fresh, say, talk_with
from whatsapp.models import Outbox, StatusUpdate
from whatsapp.number import pace
from whatsapp.outbox import send

State = Outbox.State


def sent(line: Line) -> Outbox:
    row = say(line, "Merhaba")
    line.send_all()
    return fresh(row)


def tell(line: Line, row: Outbox, *states: str) -> Outbox:
    for state in states:
        line.told(wire.status(row.wamid or "", state))
    return fresh(row)


@pytest.mark.parametrize(
    ("states", "end"),
    [
        (["sent"], State.SENT),
        (["sent", "delivered", "read"], State.READ),
        (["read"], State.READ),
        (["played"], State.READ),
        (["delivered", "sent"], State.DELIVERED),
        (["read", "delivered", "sent"], State.READ),
        (["failed"], State.FAILED),
        (["sent", "failed"], State.FAILED),
        (["failed", "sent"], State.FAILED),
        (["failed", "delivered"], State.DELIVERED),
        (["failed", "read"], State.READ),
        (["delivered", "failed"], State.DELIVERED),
        (["read", "failed"], State.READ),
        (["deleted"], State.SENT),
        (["something_of_2031"], State.SENT),
    ],
    ids=lambda value: " then ".join(value) if isinstance(value, list) else value.lower(),
)
def test_a_message_is_where_the_best_proof_says(line: Line, states: list[str], end: State):
    assert tell(line, sent(line), *states).state == end


def test_all_statuses_of_one_body_are_applied(line: Line):
    row = sent(line)
    line.told(*(wire.status(row.wamid or "", state) for state in ("read", "sent", "delivered")))
    assert fresh(row).state == State.READ
    assert StatusUpdate.objects.filter(settled=True, outbox=row).count() == 3


def test_a_failure_says_why(line: Line):
    row = sent(line)
    errors = [{"code": 131026, "title": "Message undeliverable"}]
    line.told(wire.status(row.wamid or "", "failed", errors=errors))
    assert (fresh(row).state, row.error_code, row.error) == (State.FAILED, 131026, "Message undeliverable")


def test_a_status_that_comes_before_the_answer_moves_the_row(line: Line):
    line.meta.answers.append(Answer(drop=True))
    row = say(line, "Merhaba")
    send.send_due(line.clock)
    line.told(wire.status("wamid.EARLY", "read", biz_opaque_callback_data=f"outbox:{row.pk}"))
    assert (fresh(row).state, row.wamid) == (State.READ, "wamid.EARLY")


def test_a_status_of_an_unknown_message_waits_for_it(line: Line):
    line.told(wire.status("wamid.OUT1", "delivered"))
    parked = StatusUpdate.objects.get()
    assert not parked.settled
    assert sent(line).state == State.DELIVERED
    parked.refresh_from_db()
    assert parked.settled


def test_statuses_that_waited_are_applied_in_their_own_order(line: Line):
    line.told(wire.status("wamid.OUT1", "failed", timestamp="1795500001"))
    line.told(wire.status("wamid.OUT1", "delivered", timestamp="1795500002"))
    assert sent(line).state == State.DELIVERED


@pytest.mark.parametrize(
    "callback", ["outbox:999999", "outbox:", "outbox:x", "outbox:" + "9" * 40, "başka:1", "outbox:\u0661"]
)
def test_a_callback_that_is_none_of_ours_settles_nothing(line: Line, callback: str):
    line.told(wire.status("wamid.X", "delivered", biz_opaque_callback_data=callback))
    assert not StatusUpdate.objects.get().settled


def test_a_wamid_outweighs_the_callback(line: Line):
    row, other = sent(line), say(line, "Selam", to=talk_with(line))
    told = wire.status(row.wamid or "", "read", biz_opaque_callback_data=f"outbox:{other.pk}")
    line.ingest_all(wire.dump(wire.envelope(wire.value(statuses=[told]))))
    assert (fresh(row).state, fresh(other).state) == (State.READ, State.QUEUED)


def test_recipients_named_in_a_status_make_no_citizen(line: Line):
    line.told(wire.status("wamid.X", "delivered", recipient_id="905559999999", recipient_user_id="TR.777"))
    assert not Outbox.objects.exists()
    assert not line.meta.sent


# --- a window that shut --------------------------------------------------------------------------------------
SHUT = {"errors": [{"code": 131047, "title": "Re-engagement message"}]}


def test_a_failure_for_a_shut_window_sends_the_template_in_its_place(line: Line):
    row = sent(line)
    line.told(wire.status(row.wamid or "", "failed", **SHUT))
    line.later(seconds=1)
    assert (fresh(row).state, row.as_template, row.wamid) == (State.SENT, True, "wamid.OUT2")
    assert [message["type"] for message in line.meta.sent] == ["text", "template"]


def test_the_template_is_told_from_the_words_by_its_callback(line: Line):
    row = sent(line)
    line.told(wire.status(row.wamid or "", "failed", **SHUT))
    line.later(seconds=1)
    callbacks = [message["biz_opaque_callback_data"] for message in line.meta.sent]
    assert callbacks == [f"outbox:{row.pk}", f"outbox:{row.pk}:template"]


def test_a_late_status_of_the_words_does_not_keep_the_template_back(line: Line):
    row = sent(line)
    first, ours = row.wamid or "", f"outbox:{row.pk}"
    line.receive(wire.dump(wire.envelope(wire.value(statuses=[wire.status(first, "failed", **SHUT)]))))
    line.ingest_all()
    late = wire.status(first, "sent", biz_opaque_callback_data=ours)
    line.receive(wire.dump(wire.envelope(wire.value(statuses=[late]))))
    line.ingest_all()
    assert fresh(row).state == State.QUEUED
    line.later(seconds=1)
    assert line.meta.sent[-1]["type"] == "template"


def test_a_template_that_fails_for_its_window_has_failed(line: Line):
    row = say(line, "Merhaba", to=talk_with(line, hours_ago=30))
    line.send_all()
    line.told(wire.status(fresh(row).wamid or "", "failed", **SHUT))
    line.later(minutes=1)
    assert (fresh(row).state, len(line.meta.sent)) == (State.FAILED, 1)


def test_a_failure_of_the_account_stops_the_channel(line: Line):
    row = sent(line)
    errors = [{"code": 131042, "title": "Business eligibility payment issue"}]
    line.told(wire.status(row.wamid or "", "failed", errors=errors))
    assert fresh(row).state == State.FAILED
    assert (pace.current().state, "131042" in pace.current().reason) == ("stopped", True)


def test_an_echo_moves_with_its_statuses(line: Line):
    raw = {
        "id": "w.E",
        "to": wire.AYSE.phone,
        "type": "text",
        "text": {"body": "Geliyoruz"},
        "timestamp": "1",
    }
    line.told(wire.status("w.E", "read"))
    line.ingest_all(wire.dump(wire.envelope(wire.value(message_echoes=[raw]), field="smb_message_echoes")))
    assert Outbox.objects.get().state == State.READ


def test_a_second_copy_that_was_delivered_settles_the_message(line: Line):
    line.meta.answers.append(Answer(drop=True))
    row = say(line, "Merhaba")
    line.later(seconds=90)
    line.now += timedelta(minutes=1)
    line.told(wire.status("wamid.FIRST", "delivered", biz_opaque_callback_data=f"outbox:{row.pk}"))
    assert (fresh(row).state, row.possibly_double) == (State.DELIVERED, True)
