"""Whoever is forgotten is found nowhere: in no column of any table and no file, while others and the figures stay."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.pictures import photo
from tests.traces import everything, files
from tests.whatsapp import wire
from tests.whatsapp.beginnings import Beginning, Stage
from tests.whatsapp.lives import WORDS, Lives, live, lives_ticket
from tests.whatsapp.meta import Meta
from tests.whatsapp.wire import AYSE
from tickets import ports, services
from tickets.files import storing
from tickets.models import Citizen, Kind, NotificationPreference, PendingFileDeletion, SavedFilter, Source
from tickets.privacy import destruction
from tickets.services import Held, NotYet
from whatsapp.media import fetch
from whatsapp.models import Conversation, Identity, Message, Outbox


@pytest.fixture(scope="module")
def lived(stage: Stage, jpeg: bytes) -> Iterator[Beginning[Lives]]:
    yield from stage.begin(lambda line: live(line, jpeg))


@pytest.fixture
def lives(lived: Beginning[Lives], db: None, meta: Meta, media_root: Path) -> Lives:
    return lived.go_on(meta, media_root)


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
    before = ports.channel().statistics(*span)
    lives.erase()
    assert ports.channel().statistics(*span) == before
    assert before
    assert before.citizens == 2


def test_whoever_writes_again_is_somebody_new(lives: Lives) -> None:
    lives.erase()
    lives.line.hear(wire.text(AYSE, "durum"))
    assert Citizen.objects.filter(name="Ayşe Yılmaz").count() == 1
    assert lives.ayse().tickets.count() == 0
    assert "MG-" not in lives.line.meta.texts()[-1]


def test_a_hold_on_a_ticket_keeps_everything_of_its_citizen(lives: Lives) -> None:
    services.place_hold(
        ticket=lives.ticket, actor=lives.officer, now=lives.line.now, reason="2026/15 sayılı dava"
    )
    before = everything()
    with pytest.raises(Held):
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
    report = services.Report(channel=Source.TELEFON, kind=Kind.TALEP, citizen=lives.ayse())
    number = services.open_ticket(report=report, actor=lives.supervisor, now=lives.line.now).number
    before = everything()
    with pytest.raises(NotYet, match=number):
        lives.erase()
    assert everything() == before


def test_a_body_that_is_still_unread_comes_first(lives: Lives) -> None:
    lives.line.receive(wire.said(wire.text(AYSE, "bir şey daha")))
    with pytest.raises(NotYet, match="alınıyor"):
        lives.erase()


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
    store = storing.store

    def erased_meanwhile(*args: Any, **facts: Any) -> Any:
        kept = store(*args, **facts)
        lives.erase()
        return kept

    before = set(files(media_root))
    monkeypatch.setattr(storing, "store", erased_meanwhile)
    fetch.work(lives.line.clock)
    assert set(files(media_root)) < before
