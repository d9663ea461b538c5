"""One turn with one citizen: all of it or nothing, in order, and never stuck."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from pytest_django import Settings

from departments.models import Category
from departments.routing.active_model import active_model
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.threads import at_once, until
from tests.whatsapp.wire import AYSE, VELI
from tickets.casework.opening import Report, open_ticket
from tickets.models import Attachment, Kind, Source, Ticket, TicketEvent, WaitingConversation
from tickets.record.permissions import Actor
from whatsapp.conversation import types
from whatsapp.conversation.state import State
from whatsapp.models import Conversation, InboundDelivery, Message, Outbox
from whatsapp.turns import context, runner

REPORT = "Alpaslan mahallesinde yolda çukur var"


def refuse(table: str, condition: str) -> None:
    """From now on the database refuses such rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK ({condition}) NOT VALID")


def mend(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT refused")


# --- one turn ------------------------------------------------------------------------------------------------
def test_a_report_becomes_one_ticket_and_one_answer(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.later(minutes=1)
    assert line.ticket().description == REPORT
    assert [line.ticket().number in text for text in line.meta.texts()] == [True]


def test_the_message_knows_its_ticket(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.later(minutes=1)
    assert (line.message().ticket, line.message().state) == (line.ticket(), Message.State.HANDLED)


def test_the_ticket_has_the_words_and_the_place_of_all_pieces(line: Line):
    line.hear(
        wire.text(AYSE, "Okulun önünde"), wire.text(AYSE, "yolda çukur var"), wire.place(AYSE, 38.72, 35.49)
    )
    line.later(minutes=1)
    ticket = line.ticket()
    assert ticket.description == "Okulun önünde\nyolda çukur var"
    assert (ticket.lat, ticket.lon, ticket.location_source) == (38.72, 35.49, "pin")


def test_a_mahalle_in_the_words_outweighs_the_one_nearest_to_the_pin(line: Line):
    line.hear(wire.text(AYSE, REPORT), wire.place(AYSE, 38.60, 35.60))
    line.later(minutes=1)
    neighbourhood = line.ticket().neighbourhood
    assert neighbourhood
    assert neighbourhood.name == "Alpaslan"


def test_a_mahalle_guessed_from_the_pin_is_kept_but_not_told(line: Line):
    line.hear(wire.text(AYSE, "yolda çukur var"), wire.place(AYSE, 38.72, 35.49))
    line.later(minutes=1)
    assert line.ticket().neighbourhood is not None
    assert "Mahalle:" not in line.meta.texts()[-1]


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ("Köşk mahallesinde çöpler toplanmadı, çöp alınmıyor", "Konu: Çöp"),
        ("the garbage in Köşk has not been collected, the bins are full", "Subject: Rubbish"),
        ("لم يتم جمع القمامة في حي كوشك منذ ثلاثة أيام", "الموضوع: جمع القمامة"),
    ],
)
def test_the_subject_is_the_public_name_in_the_citizens_language(line: Line, report: str, told: str):
    line.hear(wire.text(AYSE, report))
    line.later(minutes=1)
    assert told in line.meta.texts()[-1]


def test_what_is_no_subject_is_named_by_the_citizens_own_first_words(line: Line):
    Category.objects.update(public_name="")
    line.hear(wire.text(AYSE, f"{REPORT}, okulun önündeki geçidin tam karşısında, yarım metre var"))
    line.later(minutes=1)
    text = line.meta.texts()[-1]
    assert f"Konu: “{REPORT}, okulun" in text
    assert "…”" in text


def test_the_line_learns_when_the_citizen_last_wrote(line: Line):
    line.hear(wire.text(AYSE, "selam"))
    assert Conversation.objects.get().last_inbound_at == line.now


def test_an_edit_in_the_admin_holds_at_the_next_turn_of_a_batch(line: Line):
    for person in (AYSE, VELI):
        line.hear(wire.text(person, REPORT), by=person)
    line.now += timedelta(seconds=7)
    claims, _ = runner.claim_due(line.now)
    begun: list[datetime] = []

    def clock() -> datetime:
        begun.append(line.now)
        if len(begun) == 2:
            Category.objects.update(public_name="Yepyeni ad")
        return line.now

    runner.take_batch(claims, clock)
    first, second = Outbox.objects.order_by("id").values_list("text", flat=True)
    assert ("Yepyeni ad" in first, "Yepyeni ad" in second) == (False, True)


# --- all or nothing ------------------------------------------------------------------------------------------
def test_a_turn_that_fails_in_the_middle_leaves_nothing(line: Line):
    refuse("whatsapp_outbox", "text NOT LIKE 'Başvurunuz alındı%' AND text NOT LIKE '%Başvuru no%'")
    line.hear(wire.text(AYSE, REPORT))
    line.later(seconds=7)
    assert not Ticket.objects.exists()
    assert not TicketEvent.objects.exists()
    assert not Outbox.objects.exists()
    assert Conversation.objects.get().failures == 1


def test_a_turn_that_failed_is_taken_again_and_done_once(line: Line):
    refuse("whatsapp_outbox", "text NOT LIKE '%Başvuru no%'")
    line.hear(wire.text(AYSE, REPORT))
    line.later(seconds=7)
    mend("whatsapp_outbox")
    line.later(minutes=1)
    assert line.ticket().number.endswith("-000001")
    assert len(line.meta.sent) == 1


def test_a_poison_message_is_parked_at_the_third_failure_and_the_citizen_told(line: Line):
    refuse("whatsapp_message", "outcome <> 'draft'")
    line.hear(wire.text(AYSE, "zehir"))
    line.later(minutes=1)
    assert (line.message().state, bool(line.message().error)) == (Message.State.PARKED, True)
    assert [text.startswith("Mesajınız bize ulaştı") for text in line.meta.texts()] == [True]


def test_a_server_that_is_ill_for_minutes_costs_nobody_a_turn(line: Line, monkeypatch: pytest.MonkeyPatch):
    def give_up(*_: object, **__: object) -> None:
        raise OperationalError("out of memory")

    with monkeypatch.context() as ill:
        ill.setattr(context, "build_context", give_up)
        line.hear(wire.text(AYSE, REPORT))
        line.later(minutes=2)
    line.later(minutes=5)
    assert line.ticket().description == REPORT


def test_the_word_of_a_parked_message_is_no_template(line: Line):
    refuse("whatsapp_message", "outcome <> 'draft'")
    line.hear(wire.text(AYSE, "zehir"))
    line.later(minutes=1)
    assert line.meta.sent[0]["type"] == "text"


def test_after_a_poison_message_the_next_one_works(line: Line):
    refuse("whatsapp_message", "outcome <> 'draft'")
    line.hear(wire.text(AYSE, "zehir"))
    line.later(minutes=1)
    mend("whatsapp_message")
    line.hear(wire.text(AYSE, REPORT))
    line.later(minutes=1)
    assert line.ticket().description == REPORT
    assert Conversation.objects.get().failures == 0


@pytest.fixture
def no_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a timer is for fails."""
    real = context.build_context

    def broken(row: Conversation, state: State, event: types.Event, *rest: Any) -> types.TurnContext:
        if isinstance(event, types.TimerFired):
            raise TypeError("zehir")
        return real(row, state, event, *rest)

    monkeypatch.setattr(context, "build_context", broken)


def parked_words(line: Line) -> list[str]:
    return [text for text in line.meta.texts() if text.startswith("Mesajınız bize ulaştı")]


@pytest.mark.slow
def test_a_timer_of_a_danger_that_fails_tells_the_citizen_once(line: Line, no_timers: None):
    line.hear(wire.text(AYSE, "evde yangın çıktı yardım edin"))
    for _ in range(120):
        line.later(seconds=2)
    assert len(parked_words(line)) == 1
    row = Conversation.objects.get()
    assert row.wake_at
    assert row.wake_at > line.now
    assert row.failures == 0


def test_a_danger_whose_end_fails_is_let_go(line: Line, no_timers: None):
    line.hear(wire.text(AYSE, "evde yangın çıktı yardım edin"))
    for _ in range(30):
        line.later(hours=1)
    row = Conversation.objects.get()
    assert ("danger" in row.state, row.wake_at) == (False, None)


def test_a_timer_of_lost_files_that_fails_tells_the_citizen_once(line: Line, no_timers: None):
    line.hear(wire.text(AYSE, "selam"))
    row = Conversation.objects.get()
    row.state |= {"lost": [line.message().pk], "lost_at": line.now.isoformat()}
    row.wake_at = line.now
    row.save()
    for _ in range(120):
        line.later(seconds=2)
    assert len(parked_words(line)) == 1
    assert Conversation.objects.get().wake_at is None


def test_what_a_later_release_keeps_beside_the_state_is_passed_over(line: Line):
    line.hear(wire.text(AYSE, "evde yangın çıktı yardım edin"))
    row = Conversation.objects.get()
    row.state["danger"]["of_a_later_release"] = True
    row.state["draft"] = {
        "pieces": [{"message": line.message().pk, "text": REPORT, "of_a_later_release": 1}],
        "since": line.now.isoformat(),
        "due": line.now.isoformat(),
    }
    until = (line.now + timedelta(hours=1)).isoformat()
    row.state["expect"] = {"what": "add", "ticket": 1, "number": "", "until": until, "of_a_later_release": []}
    row.save()
    line.hear(wire.text(AYSE, "durum"))
    assert line.message().state == Message.State.HANDLED


@pytest.mark.parametrize(
    "state",
    [{"danger": {"kind": "fire"}}, {"draft": "çukur"}, {"draft": {"pieces": [1]}}, {"expect": {}, "lost": 3}],
)
def test_a_state_that_nobody_can_read_is_parked_and_the_next_message_works(line: Line, state: dict[str, Any]):
    line.hear(wire.text(AYSE, "selam"))
    Conversation.objects.update(state=state)
    line.hear(wire.text(AYSE, "durum"))
    line.later(minutes=1)
    assert line.message().state == Message.State.PARKED
    assert WaitingConversation.objects.get(ended_at=None).reason == WaitingConversation.Reason.UNREAD
    line.hear(wire.text(AYSE, REPORT))
    line.later(minutes=1)
    assert line.ticket().description == REPORT


def test_a_report_in_a_state_that_nobody_can_read_is_parked_with_its_messages(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    row = Conversation.objects.get()
    del row.state["draft"]["since"]
    row.save()
    line.later(minutes=1)
    assert line.message().state == Message.State.PARKED
    assert Conversation.objects.get().wake_at is None


def test_a_turn_that_can_be_neither_taken_nor_parked_holds_up_nobody(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    refuse("whatsapp_message", "outcome <> 'draft' AND state <> 'parked'")
    line.hear(wire.text(AYSE, "zehir"))
    line.later(minutes=1)
    mend("whatsapp_message")
    line.hear(wire.text(VELI, REPORT), by=VELI)
    line.later(minutes=1)
    assert line.ticket().description == REPORT


def test_a_ticket_that_was_opened_while_a_turn_waited_for_the_talk_is_seen(real_line: Line):
    line = real_line
    line.hear(wire.text(AYSE, "selam"))
    line.arrives(wire.text(AYSE, "durum"))
    line.ingest_all()
    (row,) = Conversation.objects.all()
    (claim,), _ = runner.claim_due(line.now)
    report = Report(
        channel=Source.TELEFON, kind=Kind.SIKAYET, citizen=row.citizen, description="Salıncak kırık"
    )

    def turn() -> None:
        try:
            runner.process_turn(claim, line.now)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Conversation.objects.select_for_update(no_key=True).get()
            taken = pool.submit(turn)
            until("EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            ticket = open_ticket(report=report, actor=Actor.system(), now=line.now)
        taken.result()
    assert ticket.number in Outbox.objects.latest("pk").text


def test_a_report_that_cannot_be_opened_is_parked_with_all_its_messages(line: Line):
    refuse("tickets_ticket", "false")
    line.hear(wire.photo(AYSE), wire.text(AYSE, REPORT))
    line.later(minutes=1)
    assert set(Message.objects.values_list("state", flat=True)) == {Message.State.PARKED}
    assert Conversation.objects.get().wake_at is None


def test_a_turn_that_fails_hands_nothing_over(line: Line):
    refuse("whatsapp_message", "outcome <> 'waiting'")
    line.hear(wire.text(AYSE, "temsilci"))
    line.later(seconds=60)
    assert Message.objects.get().state == Message.State.PARKED
    assert Conversation.objects.get().silent_until is None
    assert "görevlimiz bakıp size dönecek" in line.meta.texts()[-1]


def test_a_message_parked_while_a_person_has_the_talk_is_not_answered(line: Line):
    line.hear(wire.text(AYSE, "temsilci"))
    said = len(line.meta.sent)
    refuse("whatsapp_message", "outcome <> 'staff'")
    line.hear(wire.text(AYSE, "durum"))
    line.later(seconds=60)
    assert line.message().state == Message.State.PARKED
    assert len(line.meta.sent) == said


def test_one_citizens_failure_does_not_hold_up_another(line: Line):
    refuse("tickets_ticket", "description <> 'Alpaslan zehir'")
    line.hear(wire.text(AYSE, "Alpaslan zehir"))
    line.hear(wire.text(VELI, REPORT), by=VELI)
    line.later(seconds=7)
    assert line.ticket().description == REPORT


def test_every_routing_is_logged_with_the_model_that_decided(line: Line, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, logger="whatsapp.turns.opening")
    line.hear(wire.text(AYSE, "Alpaslan mahallesi, yolda büyük çukur var, asfalt bozuk"))
    line.later(seconds=7)
    assert f"routed by model {active_model().metadata.version}: FEN, yol_cukur" in caplog.text


def test_what_a_citizen_wrote_stands_in_no_log(line: Line, caplog: pytest.LogCaptureFixture):
    refuse("tickets_ticket", "false")
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde gizli bir dert"))
    line.later(minutes=1)
    assert "turn failed" in caplog.text
    assert "gizli" not in caplog.text
    assert AYSE.phone not in caplog.text


# --- waiting for what has arrived ----------------------------------------------------------------------------
def test_an_unread_delivery_of_the_same_citizen_is_waited_for(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    unread = line.receive(wire.said(wire.photo(AYSE)))
    line.now += timedelta(seconds=7)
    runner.run_due(line.clock)
    assert not Ticket.objects.exists()
    assert unread.state == InboundDelivery.State.NEW
    line.work()
    line.later(seconds=7)
    assert line.ticket().attachments.count() == 1


def test_an_unread_delivery_of_somebody_else_is_not_waited_for(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.receive(wire.said(wire.photo(VELI), by=VELI))
    line.now += timedelta(seconds=7)
    runner.run_due(line.clock)
    assert Ticket.objects.exists()


def test_a_delivery_that_nobody_can_read_is_waited_for_no_longer_than_the_limit(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.receive(wire.said(wire.photo(AYSE)))
    line.now += timedelta(seconds=52)
    runner.run_due(line.clock)
    assert Ticket.objects.exists()


def test_a_parked_delivery_is_not_waited_for(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    InboundDelivery.objects.create(
        names=[AYSE.phone], body=b"", received_at=line.now, state=InboundDelivery.State.PARKED
    )
    line.now += timedelta(seconds=7)
    runner.run_due(line.clock)
    assert Ticket.objects.exists()


def test_the_settling_time_is_a_setting(line: Line, settings: Settings):
    settings.WHATSAPP_SETTLE_SECONDS = 20.0
    line.hear(wire.text(AYSE, REPORT))
    line.later(seconds=19)
    assert not Ticket.objects.exists()
    line.later(seconds=2)
    assert Ticket.objects.exists()


# --- durum ---------------------------------------------------------------------------------------------------
def test_durum_tells_the_own_tickets(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.later(seconds=7)
    line.hear(wire.text(AYSE, "durum"))
    assert line.ticket().number in line.meta.texts()[-1]


def test_durum_of_somebody_elses_number_is_answered_as_of_an_unknown_one(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.later(seconds=7)
    number = line.ticket().number
    line.hear(wire.text(VELI, f"durum {number}"), by=VELI)
    line.hear(wire.text(VELI, "durum MG-2019-999999"), by=VELI)
    line.later(seconds=1)
    others, unknown = line.meta.texts()[-2:]
    assert others.split("\n\n")[0] == unknown.replace("MG-2019-999999", number)


# --- follow-ups ----------------------------------------------------------------------------------------------
def test_a_photo_that_follows_joins_the_ticket_in_silence(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.later(seconds=7)
    line.hear(wire.photo(AYSE))
    line.later(minutes=1)
    assert line.ticket().attachments.get().kind == Attachment.Kind.IMAGE
    assert len(line.meta.sent) == 1


def test_words_that_follow_are_added_to_the_description(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.later(seconds=7)
    line.hear(wire.text(AYSE, "Çok derin"))
    line.later(seconds=7)
    assert line.ticket().description == f"{REPORT}\nÇok derin"


def test_a_pin_that_follows_moves_the_ticket(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.later(seconds=7)
    line.hear(wire.place(AYSE, 38.70, 35.55))
    line.later(seconds=7)
    assert (line.ticket().lat, line.ticket().location_source) == (38.70, "pin")


def test_a_reply_to_news_joins_the_ticket_it_is_about(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.later(hours=2)
    confirmation = Outbox.objects.get()
    line.hear(wire.text(AYSE, "Hâlâ duruyor", context={"id": confirmation.wamid}))
    line.later(seconds=7)
    assert line.ticket().description.endswith("Hâlâ duruyor")


# --- at the same moment --------------------------------------------------------------------------------------
def test_two_workers_take_a_turn_once(transactional_db: None, line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.now += timedelta(seconds=7)
    at_once(*[lambda: runner.run_due(line.clock)] * 3)
    assert (Ticket.objects.count(), Outbox.objects.count()) == (1, 1)


def test_the_ticket_of_another_citizen_cannot_be_joined(line: Line):
    foreign = open_ticket(
        report=Report(channel=Source.TELEFON, kind=Kind.TALEP, description="başka"),
        actor=Actor.system(),
        now=line.now,
    )
    line.hear(wire.text(AYSE, REPORT))
    line.later(seconds=7)
    Outbox.objects.update(ticket=foreign)
    line.hear(wire.text(AYSE, "bu benim mi?", context={"id": Outbox.objects.get().wamid}))
    line.later(minutes=1)
    foreign.refresh_from_db()
    assert foreign.description == "başka"
