"""From a stored body to rows: every update once, whatever is delivered twice, mixed up or broken."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.threads import at_once
from tests.whatsapp.wire import AYSE, VELI
from tickets.models import Citizen, Ticket
from whatsapp.models import (
    Conversation,
    Identity,
    InboundDelivery,
    Media,
    Message,
    Outbox,
    StatusUpdate,
    UnhandledUpdate,
)
from whatsapp.outbox.statuses import OutdatedError
from whatsapp.webhook import ingest, retry

GHOST: dict[str, Any] = {"errors": [{"code": 131060, "title": "This message is currently unavailable"}]}


def refuse(table: str, condition: str) -> None:
    """From now on the database refuses rows of this kind, as a bug or a full disk would make it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK ({condition}) NOT VALID")


# --- once ----------------------------------------------------------------------------------------------------
def test_a_body_delivered_three_times_is_one_message(line: Line):
    body = wire.said(wire.text(AYSE, "Yolda çukur var"))
    accounts = []
    for _ in range(3):
        done = line.ingest_all(body)
        assert done
        accounts.append((done.updates, done.created, done.duplicates))
    assert accounts == [(1, 1, 0), (1, 0, 1), (1, 0, 1)]
    assert Message.objects.count() == 1


def test_an_identity_number_is_hidden_before_anything_of_it_is_stored(
    line: Line, caplog: pytest.LogCaptureFixture
):
    photo = wire.photo(AYSE)
    photo["image"]["caption"] = "TC 100 000 001 46"
    edited = {"original_message_id": "x", "message": {"type": "text", "text": {"body": "10000000146"}}}
    texts = [wire.text(AYSE, "10000000146 çukur"), photo, wire.message(AYSE, "edit", edited)]
    line.ingest_all(wire.said(*texts))
    stored = json.dumps([[row.text, row.payload] for row in Message.objects.all()]) + caplog.text
    assert Message.objects.count() == 3
    assert "10000000146" not in stored
    assert "100 000 001 46" not in stored


def test_a_senders_number_is_never_taken_for_an_identity_number(line: Line):
    line.ingest_all(wire.said(wire.text(replace(AYSE, phone="10000000146"), "selam")))
    assert Identity.objects.filter(value="10000000146").exists()


def test_every_update_of_a_batch_is_stored(line: Line):
    messages = [wire.text(AYSE, "1"), wire.photo(AYSE), wire.place(AYSE, 38.7, 35.5)]
    statuses = [wire.status("w1", "sent"), wire.status("w1", "read")]
    body = wire.envelope(
        wire.value(AYSE, messages=messages), wire.value(statuses=statuses, errors=[{"code": 1}])
    )
    done = line.ingest_all(wire.dump(body))
    assert done
    assert (done.updates, done.created) == (6, 6)
    stored = Message.objects.count(), StatusUpdate.objects.count(), UnhandledUpdate.objects.count()
    assert stored == (3, 2, 1)


def test_an_update_twice_in_one_body_counts_as_its_own_duplicate(line: Line):
    twice = wire.text(AYSE, "a")
    done = line.ingest_all(wire.said(twice, twice))
    assert done
    assert (done.updates, done.created, done.duplicates) == (2, 1, 1)


def test_messages_of_one_second_keep_the_order_of_the_body(line: Line):
    spoken = [wire.text(AYSE, word, id=f"wamid.{9 - n}") for n, word in enumerate(("bir", "iki", "üç"))]
    line.ingest_all(wire.said(*spoken))
    assert [m.text for m in Message.objects.order_by("sent_at", "id")] == ["bir", "iki", "üç"]


def test_a_message_from_the_future_counts_as_sent_now(line: Line):
    line.ingest_all(wire.said(wire.text(AYSE, "a", at=4_000_000_000)))
    assert line.message().sent_at == line.now


def test_deliveries_are_ingested_a_batch_at_a_time_oldest_first(line: Line):
    for n in range(ingest.BATCH + 1):
        line.receive(wire.said(wire.text(AYSE, str(n))))
    assert ingest.ingest_batch(line.now) == ingest.BATCH
    assert [m.text for m in Message.objects.order_by("id")] == [str(n) for n in range(ingest.BATCH)]
    assert ingest.ingest_batch(line.now) == 1
    assert ingest.ingest_batch(line.now) == 0


# --- the ghost -----------------------------------------------------------------------------------------------
def test_the_real_message_takes_the_place_of_its_ghost(line: Line):
    line.ingest_all(wire.said(wire.message(AYSE, "unsupported", id="wamid.G", **GHOST)))
    done = line.ingest_all(wire.said(wire.photo(AYSE, "m1", "çukur", id="wamid.G")))
    assert done
    assert (done.created, Message.objects.count()) == (1, 1)
    message = line.message()
    assert (message.kind, message.text, message.state) == ("image", "çukur", Message.State.NEW)
    assert message.media.kind == "image"


def test_a_ghost_that_was_answered_already_gets_a_turn_as_what_it_really_is(line: Line):
    line.hear(wire.message(AYSE, "unsupported", id="wamid.G", **GHOST))
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde çukur var", id="wamid.G"))
    line.later(minutes=1)
    assert line.ticket().description == "Alpaslan mahallesinde çukur var"


def test_a_ghost_that_comes_after_the_real_message_is_ignored(line: Line):
    line.ingest_all(wire.said(wire.text(AYSE, "çukur", id="wamid.G")))
    line.ingest_all(wire.said(wire.message(AYSE, "unsupported", id="wamid.G", **GHOST)))
    assert (line.message().kind, line.message().text) == ("text", "çukur")


def test_the_real_message_in_two_bodies_at_once_takes_the_ghosts_place_once(real_line: Line):
    for n in range(10):
        real_line.ingest_all(wire.said(wire.message(AYSE, "unsupported", id=f"wamid.G{n}", **GHOST)))
        for _ in range(2):
            real_line.receive(wire.said(wire.photo(AYSE, "m1", id=f"wamid.G{n}")))
        at_once(lambda: ingest.ingest_batch(real_line.now), lambda: ingest.ingest_batch(real_line.now))
    accounts = InboundDelivery.objects.order_by("id").values_list("created", "duplicates")
    assert sorted(accounts) == [(0, 1)] * 10 + [(1, 0)] * 20
    assert (Media.objects.count(), UnhandledUpdate.objects.count()) == (10, 0)


def test_an_unsupported_message_of_another_reason_stays_what_it_is(line: Line):
    line.ingest_all(wire.said(wire.message(AYSE, "unsupported", id="wamid.U", errors=[{"code": 131051}])))
    line.ingest_all(wire.said(wire.text(AYSE, "başka", id="wamid.U")))
    assert line.message().kind == "unsupported"


# --- not for us ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "why"),
    [
        (wire.envelope(wire.value(AYSE, messages=[wire.text(AYSE, "çukur", group_id="G1")])), "group"),
        (
            wire.envelope(wire.value(AYSE, wire.OTHER_NUMBER, messages=[wire.text(AYSE, "çukur")])),
            "other number",
        ),
        (
            wire.envelope(wire.value(AYSE, messages=[wire.text(AYSE, "çukur")]), waba_id="1"),
            "other number",
        ),
        (
            wire.envelope(wire.value(messages=[{"id": "w", "type": "text", "text": {"body": "çukur"}}])),
            "no sender",
        ),
    ],
    ids=["group", "other number", "other account", "nobody"],
)
def test_what_is_not_for_our_number_is_kept_but_never_answered(line: Line, body: dict[str, Any], why: str):
    line.receive(wire.dump(body))
    line.later(minutes=1)
    message = line.message()
    assert (message.state, message.outcome, message.conversation) == (Message.State.IGNORED, why, None)
    assert line.meta.sent == []
    assert not Citizen.objects.exists()


def test_a_status_for_another_number_moves_nothing_of_ours(line: Line):
    line.hear(wire.text(AYSE, "durum"))
    sent = Outbox.objects.get()
    value = wire.value(phone_number_id=wire.OTHER_NUMBER, statuses=[wire.status(sent.wamid or "", "read")])
    line.ingest_all(wire.dump(wire.envelope(value)))
    sent.refresh_from_db()
    assert sent.state == Outbox.State.SENT
    assert StatusUpdate.objects.count() == 1


def test_an_echo_is_kept_as_what_staff_said_from_the_phone(line: Line):
    raw = {
        "id": "w.E",
        "to": AYSE.phone,
        "type": "text",
        "text": {"body": "Geliyoruz"},
        "timestamp": "1795500000",
    }
    body = wire.dump(wire.envelope(wire.value(message_echoes=[raw]), field="smb_message_echoes"))
    for _ in range(2):
        line.ingest_all(body)
    echo = Outbox.objects.get()
    assert (echo.text, echo.origin, echo.state) == ("Geliyoruz", Outbox.Origin.PHONE, Outbox.State.SENT)
    assert echo.conversation.citizen.phone == "+905321112233"


def test_an_echo_is_never_sent_again(line: Line):
    raw = {
        "id": "w.E",
        "to": AYSE.phone,
        "type": "text",
        "text": {"body": "Geliyoruz"},
        "timestamp": "1795500000",
    }
    line.ingest_all(wire.dump(wire.envelope(wire.value(message_echoes=[raw]), field="smb_message_echoes")))
    line.later(minutes=2)
    assert line.meta.sent == []


# --- poison --------------------------------------------------------------------------------------------------
def test_an_update_that_cannot_be_stored_is_parked_beside_its_neighbours(line: Line):
    refuse("whatsapp_message", "text <> 'zehir'")
    done = line.ingest_all(
        wire.said(wire.text(AYSE, "bir"), wire.text(AYSE, "zehir"), wire.text(AYSE, "iki"))
    )
    assert done
    assert (done.state, done.updates, done.created) == (InboundDelivery.State.DONE, 3, 3)
    assert {m.text for m in Message.objects.all()} == {"bir", "iki"}
    parked = UnhandledUpdate.objects.get()
    assert parked.error
    assert parked.payload["text"]["body"] == "zehir"


def test_a_bare_null_in_the_place_of_an_update_is_kept_beside_its_neighbours(line: Line):
    value = wire.value(AYSE, messages=[None, wire.text(AYSE, "çukur")])
    body = wire.envelope(value)
    body["entry"].append(None)
    done = line.ingest_all(wire.dump(body))
    assert done
    assert (done.state, done.updates, done.created) == (InboundDelivery.State.DONE, 3, 3)
    assert line.message().text == "çukur"
    assert list(UnhandledUpdate.objects.values_list("payload", flat=True)) == [None] * 2


@pytest.fixture
def impatient(line: Line) -> None:
    """The server gives up on every message, as when it is out of resources: no fault of the update."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION give_up() RETURNS trigger AS $$ BEGIN "
            "IF NEW.text = 'zehir' THEN RAISE EXCEPTION 'out' USING ERRCODE = '53200'; END IF; RETURN NEW; END $$ "
            "LANGUAGE plpgsql"
        )
        cursor.execute(
            "CREATE TRIGGER give_up BEFORE INSERT ON whatsapp_message FOR EACH ROW EXECUTE FUNCTION give_up()"
        )


def recovered() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER give_up ON whatsapp_message")


def test_a_server_that_gives_up_is_asked_again_after_growing_pauses_of_a_minute_at_most(
    impatient: None, line: Line
):
    delivery, pauses = line.receive(wire.said(wire.text(AYSE, "zehir"))), []
    for _ in range(8):
        take_all(line)
        delivery.refresh_from_db()
        assert delivery.next_attempt_at
        pauses.append((delivery.next_attempt_at - line.now).total_seconds())
        line.now = delivery.next_attempt_at
    assert pauses == [2, 2, 4, 8, 16, 32, 60, 60]
    assert delivery.state == InboundDelivery.State.NEW


def test_a_server_that_is_ill_for_minutes_costs_nobody_a_message(impatient: None, line: Line):
    line.ingest_all(wire.said(wire.text(AYSE, "zehir")))
    line.later(minutes=5)
    recovered()
    line.later(minutes=10)
    assert line.message().text == "zehir"


@pytest.mark.slow
def test_a_server_that_is_ill_for_hours_parks_nothing(impatient: None, line: Line):
    line.receive(wire.said(wire.text(AYSE, "zehir")))
    for _ in range(120):
        line.now += timedelta(minutes=2)
        take_all(line)
    recovered()
    line.later(minutes=2)
    assert line.message().text == "zehir"


def test_contention_with_other_workers_parks_no_message(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def another_is_faster(*_: object) -> None:
        raise OutdatedError

    line.receive(wire.said(wire.text(AYSE, "Merhaba")))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(ingest, "store", another_is_faster)
        for _ in range(2 * retry.ATTEMPTS):
            line.now += timedelta(minutes=2)
            take_all(line)
    line.later(minutes=2)
    assert not UnhandledUpdate.objects.exists()
    assert line.message().text == "Merhaba"


def test_what_is_too_large_for_the_server_is_parked(line: Line):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION too_much() RETURNS trigger AS $$ BEGIN "
            "IF NEW.text = 'zehir' THEN RAISE EXCEPTION 'too much' USING ERRCODE = '54000'; END IF; RETURN NEW; END $$"
            " LANGUAGE plpgsql"
        )
        cursor.execute(
            "CREATE TRIGGER too_much BEFORE INSERT ON whatsapp_message FOR EACH ROW EXECUTE FUNCTION too_much()"
        )
    done = line.ingest_all(wire.said(wire.text(AYSE, "zehir"), wire.text(AYSE, "çukur")))
    assert done
    assert done.state == InboundDelivery.State.DONE
    assert line.message().text == "çukur"
    assert UnhandledUpdate.objects.get().error


def test_a_delivery_that_fails_does_not_hold_up_the_next(impatient: None, line: Line):
    line.receive(wire.said(wire.text(AYSE, "zehir")))
    line.receive(wire.said(wire.text(VELI, "sağlam"), by=VELI))
    take_all(line)
    line.now += retry.PAUSE
    take_all(line)
    assert line.message().text == "sağlam"


# --- what is still unread -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "person", [AYSE, VELI, replace(AYSE, bsuid="")], ids=["both names", "BSUID alone", "number alone"]
)
def test_a_waiting_delivery_is_known_by_whom_it_names(line: Line, person: wire.Person):
    line.receive(wire.said(wire.text(person, "çukur"), by=person))
    names = [name for name in (person.phone, person.bsuid) if name]
    assert all(InboundDelivery.objects.unread_with([name]) for name in names)
    assert not InboundDelivery.objects.unread_with(["905550000000"])


def test_what_is_taken_in_is_waited_for_no_more(line: Line):
    line.ingest_all(wire.said(wire.text(AYSE, "çukur")))
    assert not InboundDelivery.objects.unread_with([AYSE.phone, AYSE.bsuid])


def test_a_number_that_stands_in_somebodys_words_names_nobody(line: Line):
    line.receive(wire.said(wire.text(VELI, f'"from": "{AYSE.phone}"'), by=VELI))
    assert not InboundDelivery.objects.unread_with([AYSE.phone])


# --- at the same moment --------------------------------------------------------------------------------------
def take_all(line: Line) -> None:
    while ingest.ingest_batch(line.now):
        pass


def test_two_deliveries_that_name_the_same_newcomers_in_opposite_order_make_each_once(real_line: Line):
    people = [wire.Person(f"Kişi {n}", f"9053211122{n:02}", f"TR.{n}") for n in range(12)]
    for order in (people, people[::-1]):
        values = [wire.value(person, messages=[wire.text(person, "selam")]) for person in order]
        real_line.receive(wire.dump(wire.envelope(*values)))
    at_once(lambda: take_all(real_line), lambda: take_all(real_line))
    assert list(InboundDelivery.objects.values_list("state", "created")) == [("done", 12), ("done", 12)]
    assert Citizen.objects.count() == Conversation.objects.count() == 12


def test_one_delivery_is_taken_in_by_one_worker_only(real_line: Line):
    for n in range(6):
        real_line.receive(wire.said(wire.text(AYSE, str(n))))
    at_once(*[lambda: take_all(real_line)] * 3)
    assert list(InboundDelivery.objects.values_list("state", "attempts")) == [("done", 1)] * 6
    assert Message.objects.count() == 6


def test_an_album_in_seven_bodies_each_three_times_is_one_ticket_with_one_answer(
    real_line: Line, jpeg: bytes
):
    photos = [wire.photo(AYSE, f"m{n}") for n in range(5)]
    real_line.meta.files = {f"m{n}": jpeg for n in range(5)}
    pieces = [*photos, wire.text(AYSE, "Alpaslan mahallesinde çukur var"), wire.place(AYSE, 38.72, 35.49)]
    for piece in pieces * 3:
        real_line.receive(wire.said(piece))
    at_once(*[real_line.work] * 3)
    real_line.later(seconds=10)
    ticket = real_line.ticket()
    assert (ticket.attachments.filter(state="stored").count(), ticket.lat) == (5, 38.72)
    assert ticket.description == "Alpaslan mahallesinde çukur var"
    assert len(real_line.meta.sent) == 1
    assert Ticket.objects.count() == Media.objects.values("attachment__ticket").distinct().count() == 1


def test_a_danger_in_the_place_of_a_ghost_goes_first_in_the_backlog_too(line: Line) -> None:
    line.ingest_all(wire.said(wire.message(AYSE, "unsupported", id="wamid.G", **GHOST)))
    line.ingest_all(wire.said(wire.text(AYSE, "evimde yangın çıktı, içerideyiz", id="wamid.G")))
    assert line.message().danger
