"""Whoever is forgotten is found nowhere: in no column of any table and no file, while others and the figures stay."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.pictures import photo
from tests.traces import everything, files
from tests.whatsapp import wire
from tests.whatsapp.beginnings import Beginning, Stage
from tests.whatsapp.lives import STREET, WORDS, Lives, live, lives_ticket
from tests.whatsapp.meta import Meta
from tests.whatsapp.wire import AYSE, VELI
from tickets.answering.drafts import save_draft
from tickets.back_office.saved_filters import save_filter
from tickets.casework.awaiting_staff import request_staff
from tickets.casework.opening import Report, open_ticket
from tickets.files import storing
from tickets.models import (
    Citizen,
    CitizenNote,
    Kind,
    NotificationPreference,
    PendingFileDeletion,
    PhoneCall,
    SavedFilter,
    ShiftChange,
    Source,
    Ticket,
    WaitingConversation,
)
from tickets.privacy import destruction
from tickets.privacy.data_requests import ask_officer
from tickets.privacy.erasure import NotYet, UnderLegalHold
from tickets.privacy.legal_holds import place_hold
from tickets.record import channel
from tickets.record.workflow import NotAllowed
from tickets.undo.actions import perform
from whatsapp.media import fetch
from whatsapp.models import Conversation, Identity, InboundDelivery, Message, Outbox

# Where everything of a person may stand that goes with them; more are found by themselves.
EVERYWHERE = {
    *("departments_correction", "departments_dangercorrection"),
    *("tickets_citizen", "tickets_handover", "tickets_monthlyreport", "tickets_personaldatarequest"),
    *("tickets_citizenblock", "tickets_citizennote", "tickets_phonecall", "tickets_replydraft"),
    "tickets_scheduledreply",
    *("tickets_ticket", "tickets_ticketevent"),
    *("whatsapp_conversation", "whatsapp_identity", "whatsapp_inbounddelivery", "whatsapp_message"),
    *("whatsapp_outbox", "whatsapp_statusupdate", "whatsapp_unhandledupdate"),
}


def everywhere(lives: Lives) -> None:
    """Ayşe comes by every other way, too, and is in the middle of a report."""
    line, ticket, now = lives.line, lives.ticket, lives.line.now
    ayse, said = lives.ayse(), f"Ben Ayşe Yılmaz, {AYSE.phone}, Konuştuk"
    reason = WaitingConversation.Reason.ASKED
    request_staff(citizen=ayse, reason=reason, now=now, words=said)
    ask_officer(citizen=ayse, kind="access", words=said, now=now)
    by = lives.supervisor
    facts = {"danger": "", "urgent": True, "restricted": False}
    perform("danger", ticket=ticket, actor=by, now=now, **facts)
    opted = {"wa_id": AYSE.phone, "category": "marketing_messages", "value": "stop", "timestamp": 1}
    line.receive(
        wire.dump(wire.envelope(wire.value(AYSE, user_preferences=[opted]), field="user_preferences"))
    )
    echo = {
        "from": "905302539191",
        "to": AYSE.phone,
        "id": f"wamid.ECHO{AYSE.phone}",
        "timestamp": "1",
        "type": "text",
    }
    body = wire.value(message_echoes=[echo | {"text": {"body": f"Ayşe Hanım, {STREET} mı?"}}])
    line.receive(wire.dump(wire.envelope(body, field="smb_message_echoes")))
    line.told(wire.status(f"wamid.UNKNOWN{AYSE.phone}", "sent", recipient_id=AYSE.phone))
    line.arrives(wire.text(AYSE, f"Konuştuk, {STREET} tarafında bir şey daha var"))
    line.ingest_all()
    talk = Conversation.objects.get(citizen=ayse)
    talk.state["draft"] = {"pieces": [{"text": said}]}
    talk.save()
    keep_records(lives, said)


def keep_records(lives: Lives, said: str) -> None:
    """What staff keep of her beside her tickets."""
    ayse, by, now = lives.ayse(), lives.supervisor, lives.line.now
    assert by.user
    perform("note_citizen", citizen=ayse, actor=by, now=now, text=said, purpose=CitizenNote.Purpose.CONTACT)
    perform(
        "call",
        citizen=ayse,
        actor=by,
        now=now,
        result=PhoneCall.Result.BUSY,
        note=said,
        again_at=now + timedelta(hours=1),
    )
    save_draft(user=by.user, citizen=ayse, text=said, now=now)
    later: dict[str, Any] = {"due_at": now + timedelta(minutes=5), "whatever_comes": True}
    perform("schedule", ticket=lives.ticket, actor=by, now=now, text=said, **later)
    save_draft(user=by.user, citizen=ayse, text=said, now=now)
    perform("block", citizen=ayse, actor=by, now=now, reason=said, until=now + timedelta(days=2))


@pytest.fixture(scope="module")
def lived(stage: Stage, jpeg: bytes) -> Iterator[Beginning[Lives]]:
    yield from stage.begin(lambda line: live(line, jpeg))


@pytest.fixture
def lives(lived: Beginning[Lives], db: None, meta: Meta, media_root: Path) -> Lives:
    return lived.go_on(meta, media_root)


@pytest.mark.slow
def test_the_search_finds_what_is_there(lives: Lives) -> None:
    assert {word for word, _ in lives.traces()} == set(WORDS)
    kept = " ".join(everything())
    assert "departments_correction" in kept
    assert "muhteremsiniz, …" in kept  # the quote of the monthly report


def test_whoever_is_erased_is_found_nowhere(lives: Lives, media_root: Path) -> None:
    before = files(media_root)
    lives.erase()
    assert lives.traces() == []
    left = files(media_root)
    hers = set(before) - set(left)
    assert len(hers) == 8  # sent, blurred, after; each in two sizes, and the file of the second blurring
    assert not {before[name] for name in hers} & set(left.values())


@pytest.mark.slow
def test_whoever_is_erased_is_found_nowhere_though_they_were_everywhere(
    lives: Lives, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    everywhere(lives)
    tables = {row.split(" ")[0] for _, row in lives.traces()}
    assert tables >= EVERYWHERE
    lives.erase()
    assert lives.traces() == []
    assert not [word for word in WORDS if word in caplog.text]
    assert "taken in" in caplog.text  # what would have shown them


def test_what_others_wrote_and_nobody_could_read_yet_stays_when_somebody_is_erased(lives: Lives) -> None:
    hers, his = (
        wire.said(wire.text(AYSE, "bu benim"), by=AYSE),
        wire.said(wire.text(VELI, "bu da benim"), by=VELI),
    )
    both = lives.line.receive(in_one([hers, his])[0])
    alone = lives.line.receive(hers)
    cut_off = lives.line.receive(in_one([hers, his])[0][:-2])
    parked = InboundDelivery.objects.filter(pk__in=[both.pk, alone.pk, cut_off.pk])
    parked.update(state=InboundDelivery.State.PARKED)
    lives.erase()
    assert lives.traces() == []
    assert [delivery.pk for delivery in parked] == [both.pk]
    parked.update(state=InboundDelivery.State.NEW, attempts=0)
    lives.line.work()
    assert Message.objects.get(text="bu da benim").conversation
    assert not Message.objects.filter(text="bu benim").exists()


# --- delivered again --------------------------------------------------------------------------------------------
def bodies() -> list[bytes]:
    return [bytes(body) for body in InboundDelivery.objects.order_by("pk").values_list("body", flat=True)]


def in_one(bodies: list[bytes]) -> list[bytes]:
    """As Meta may gather them when it tries again."""
    entries = [entry for body in bodies for entry in json.loads(body)["entry"]]
    return [wire.dump({"object": "whatsapp_business_account", "entry": entries})]


@pytest.mark.parametrize("gather", [list, in_one], ids=["as they came", "in one body"])
def test_old_deliveries_sent_again_bring_nobody_back(
    lives: Lives, gather: Callable[[list[bytes]], list[bytes]]
) -> None:
    everywhere(lives)
    old = gather(bodies())
    lives.erase()
    before = Citizen.objects.count(), Ticket.objects.count(), Outbox.objects.count(), Message.objects.count()
    for body in old:
        lives.line.receive(body)
    lives.line.work()
    lives.line.later(minutes=20)
    assert lives.traces() == []
    after = Citizen.objects.count(), Ticket.objects.count(), Outbox.objects.count(), Message.objects.count()
    assert after == before


def test_a_new_message_beside_old_ones_is_taken_in(lives: Lives) -> None:
    new = wire.said(wire.text(VELI, "Gesi mahallesinde bir çukur daha"), by=VELI)
    old = [*bodies(), new]
    lives.erase()
    lives.line.receive(in_one(old)[0])
    lives.line.work()
    assert Message.objects.filter(text__contains="bir çukur daha").count() == 1
    assert lives.traces() == []


@pytest.mark.slow
def test_what_is_destroyed_by_its_age_is_not_brought_back_either(lives: Lives) -> None:
    old = bodies()
    late = lives.line.now + timedelta(days=800)
    destruction.destroy(lambda: late)
    before = Citizen.objects.count(), Ticket.objects.count()
    for body in old:
        lives.line.receive(body)
    lives.line.work()
    assert (Citizen.objects.count(), Ticket.objects.count()) == before
    assert not {"Selamün", STREET} & {word for word, _ in lives.traces()}


def test_the_others_keep_everything(lives: Lives, media_root: Path) -> None:
    def of_veli() -> set[str]:
        rows = (row for row in everything() if not row.startswith("tickets_monthlyreport"))
        return {row for row in rows if any(form in row for form in ("tr.2222222222", "velinin", "gesi"))}

    before, stored = of_veli(), set(files(media_root))
    lives.erase()
    assert before <= of_veli()
    veli = Citizen.objects.get(name="Veli Demir")
    assert {Message.objects.filter(conversation__citizen=veli).count(), veli.tickets.count()} == {2, 1}
    attachment = veli.tickets.get().attachments.get()
    assert SavedFilter.objects.get().query == "q=Veli"
    assert {str(attachment.file), str(attachment.thumbnail)} <= stored & set(files(media_root))


def test_the_figures_of_the_channel_are_the_same_afterwards(lives: Lives) -> None:
    span = lives.line.now - timedelta(days=2), lives.line.now + timedelta(days=1)
    before = channel.channel().statistics(*span)
    lives.erase()
    assert channel.channel().statistics(*span) == before
    assert before
    assert before.citizens == 2


def test_whoever_writes_again_is_somebody_new(lives: Lives) -> None:
    lives.erase()
    lives.line.hear(wire.text(AYSE, "durum"))
    assert Citizen.objects.filter(name="Ayşe Yılmaz").count() == 1
    assert lives.ayse().tickets.count() == 0
    assert "MG-" not in lives.line.meta.texts()[-1]


def test_what_staff_can_still_take_back_keeps_nothing_of_whoever_is_erased(lives: Lives) -> None:
    everywhere(lives)
    for note in CitizenNote.objects.filter(citizen=lives.ayse()):
        perform("delete_note", note=note, actor=lives.supervisor, now=lives.line.now)
    [waits] = WaitingConversation.objects.filter(citizen=lives.ayse(), ended_at=None)
    said = "Ayşe Hanım ile Konuştuk"
    by = lives.supervisor
    perform("close_talk", handover=waits, actor=by, now=lives.line.now, note=said)
    assert "tickets_actchange" in {row.split(" ")[0] for _, row in lives.traces()}
    lives.erase()
    assert lives.traces() == []


def test_views_named_after_whoever_is_erased_and_notes_of_their_shift_go(lives: Lives) -> None:
    by = lives.supervisor.user
    assert by
    for name, query in (
        ("Yılmaz hanım", "durum=acik"),
        ("Adres", "q=Kavakl%C4%B1dere+sokak"),
        ("Ad", "q=ay%C5%9Fe"),
    ):
        save_filter(actor=lives.supervisor, now=lives.line.now, name=name, query=query)
    Ticket.objects.filter(pk=lives.ticket.pk).update(address=f"{STREET} sokak 12")
    ShiftChange.objects.create(
        at=lives.line.now, by=by, giver=by, note="Ayşe Hanım akşam aranacak", tickets=[lives.ticket.pk]
    )
    lives.erase()
    assert lives.traces() == []
    assert list(SavedFilter.objects.values_list("query", flat=True)) == ["q=Veli"]


def test_a_saved_search_with_too_many_words_stops_no_erasure(lives: Lives) -> None:
    words = "+".join(f"kelime{number}" for number in range(30))
    assert lives.supervisor.user
    SavedFilter.objects.create(user=lives.supervisor.user, name="Uzun", query=f"q={words}")
    lives.erase()
    assert not SavedFilter.objects.filter(name="Uzun").exists()


def test_a_view_with_a_search_is_shared_with_nobody(lives: Lives) -> None:
    by = lives.supervisor
    with pytest.raises(NotAllowed, match="paylaşılmaz"):
        save_filter(actor=by, now=lives.line.now, name="Ad", query="?q=ay%C5%9Fe", shared=True)


@pytest.mark.slow
def test_a_hold_on_a_ticket_keeps_everything_of_its_citizen(lives: Lives) -> None:
    place_hold(ticket=lives.ticket, actor=lives.officer, now=lives.line.now, reason="2026/15 sayılı dava")
    before = everything()
    with pytest.raises(UnderLegalHold):
        lives.erase()
    late = lives.line.now + timedelta(days=1000)
    destruction.destroy(lambda: late)
    kept = {row for row in before if not row.startswith("tickets_destruction")}
    hers = {
        row
        for row in kept
        if any(form in row for form in ("ay\\u015fe", "ayşe", "tr.1111111111", "selam", AYSE.phone))
    }
    assert hers <= set(everything())


def test_an_open_ticket_is_closed_before_anybody_is_erased(lives: Lives) -> None:
    report = Report(channel=Source.TELEFON, kind=Kind.TALEP, citizen=lives.ayse())
    number = open_ticket(report=report, actor=lives.supervisor, now=lives.line.now).number
    before = everything()
    with pytest.raises(NotYet, match=number):
        lives.erase()
    assert everything() == before


def test_a_body_that_is_still_unread_comes_first(lives: Lives) -> None:
    lives.line.receive(wire.said(wire.text(AYSE, "bir şey daha")))
    with pytest.raises(NotYet, match="alınıyor"):
        lives.erase()


@pytest.mark.slow
def test_what_is_due_by_its_age_goes_and_is_counted_alike_beforehand(lives: Lives, media_root: Path) -> None:
    late = lives.line.now + timedelta(days=800)
    expected = destruction.due(late)
    before = everything()
    assert everything() == before  # counting changed nothing
    done = destruction.destroy(lambda: late)
    assert done == expected
    assert destruction.due(late) == {}
    assert lives.traces() == []


@pytest.mark.parametrize(
    ("days", "gone"),
    [
        (20, set()),
        (31, {"webhook gövdesi", "durum bildirimi"}),
        (
            91,
            {"webhook gövdesi", "durum bildirimi", "giden mesajın ham biçimi", "gelen mesaj", "giden mesaj"},
        ),
    ],
)
def test_each_kind_goes_at_its_own_age(lives: Lives, days: int, gone: set[str]) -> None:
    assert set(destruction.due(lives.line.now + timedelta(days=days))) == gone


@pytest.mark.slow
def test_chatter_goes_and_the_report_beside_it_stays(lives: Lives) -> None:
    late = lives.line.now + timedelta(days=91)
    destruction.destroy(lambda: late)
    assert "Selamün" not in {word for word, _ in lives.traces()}
    assert lives_ticket().description
    assert Message.objects.filter(ticket=lives.ticket).exclude(text="").exists()
    assert Outbox.objects.filter(ticket=lives.ticket).exclude(text="").exists()
    assert not Outbox.objects.exclude(payload={}).exists()


def test_an_emptied_talk_is_known_by_nothing(lives: Lives) -> None:
    talk = Conversation.objects.get(citizen=lives.ayse())
    lives.erase()
    talk.refresh_from_db()
    assert (talk.state, talk.wake_at, talk.language) == ({}, None, "")
    assert not Identity.objects.filter(citizen=talk.citizen_id).exists()
    assert PendingFileDeletion.objects.count() == 0


@pytest.mark.slow
def test_a_colleague_who_hears_by_whatsapp_stays_known(lives: Lives) -> None:
    late = lives.line.now + timedelta(days=800)
    NotificationPreference.objects.create(user=User.objects.get(username="zeynepk"), phone=f"+{AYSE.phone}")
    destruction.destroy(lambda: late)
    assert lives.ayse().phone == f"+{AYSE.phone}"


def test_a_file_that_is_fetched_while_its_sender_is_forgotten_is_not_kept(
    lives: Lives, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives.line.meta.files["m3"] = photo(color="red")
    lives.line.ingest_all(wire.said(wire.photo(AYSE, "m3")))
    store, stored = storing.store, Event()

    def noted(*args: Any, **facts: Any) -> Any:
        kept = store(*args, **facts)
        stored.set()
        return kept

    def clock() -> datetime:
        if stored.is_set():
            stored.clear()
            lives.erase()
        return lives.line.clock()

    before = set(files(media_root))
    monkeypatch.setattr(storing, "store", noted)
    fetch.work(clock)
    assert set(files(media_root)) < before
