"""What somebody gets who asks for their data: all of theirs, nothing of others, and it is kept that they did."""

import json
import re
import stat
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from tests.whatsapp import wire
from tests.whatsapp.beginnings import Beginning, Stage
from tests.whatsapp.lives import STREET, Lives, live
from tests.whatsapp.meta import Meta
from tests.whatsapp.wire import AYSE, VELI
from tickets.answering.drafts import save_draft
from tickets.answering.phone_calls import log_call
from tickets.answering.scheduled_replies import schedule_reply
from tickets.citizens.blocks import block
from tickets.citizens.notes import note_citizen
from tickets.models import Access, Citizen, CitizenNote, Destruction, PhoneCall, Ticket
from tickets.privacy import subject_access
from tickets.privacy.data_subjects import subject_of
from tickets.privacy.legal_holds import place_hold
from tickets.record.workflow import NotAllowed

PHONE = "0532 111 22 33"


@pytest.fixture(scope="module")
def lived(stage: Stage, jpeg: bytes) -> Iterator[Beginning[Lives]]:
    yield from stage.begin(lambda line: live(line, jpeg))


@pytest.fixture
def lives(lived: Beginning[Lives], db: None, meta: Meta, media_root: Path) -> Lives:
    return lived.go_on(meta, media_root)


def taken_out(lives: Lives) -> ZipFile:
    told = subject_access.data_export_of(
        subject_of(PHONE, lives.officer), actor=lives.officer, now=lives.line.now, reason="Ayşe’nin dilekçesi"
    )
    file = BytesIO()
    subject_access.write(told, file)
    return ZipFile(file)


@pytest.mark.slow
def test_all_of_a_person_is_in_it_and_nothing_of_another(lives: Lives) -> None:
    archive = taken_out(lives)
    data, page = (archive.read(name).decode() for name in ("veriler.json", "oku.html"))
    for text in (data, page):
        for hers in (
            AYSE.bsuid,
            AYSE.phone,
            STREET,
            "Selamün",
            "Muhteremsiniz",
            "Konuştuk",
            "kapatıldı, Ayşe Hanım",
        ):
            assert hers in text
        for others in (VELI.name, VELI.bsuid, "Velinin", "Gesi", "zeynepk", "kvkgorevli"):
            assert others not in text
    assert json.loads(data)["Başvurular"][0]["enlem"] == 38.71234


def test_what_staff_keep_of_the_person_is_in_it_without_names_of_staff(lives: Lives) -> None:
    ayse, by, now = lives.ayse(), lives.supervisor, lives.line.now
    assert by.user
    note_citizen(
        citizen=ayse,
        actor=by,
        now=now,
        text="İşitme cihazı var, zeynepk ile",
        purpose=CitizenNote.Purpose.ACCESS,
    )
    log_call(citizen=ayse, actor=by, now=now, result=PhoneCall.Result.BUSY, note="Hat doluydu")
    save_draft(user=by.user, citizen=ayse, text="Yazıyordum", now=now)
    later: dict[str, Any] = {"due_at": now + timedelta(hours=1), "whatever_comes": True}
    schedule_reply(ticket=lives.ticket, actor=by, now=now, text="Sonra giderdi", **later)
    save_draft(user=by.user, citizen=ayse, text="Yazıyordum", now=now)
    block(citizen=ayse, actor=by, now=now, reason="Hakaret etmişti", until=now + timedelta(days=2))
    text = taken_out(lives).read("veriler.json").decode()
    for hers in ("İşitme cihazı", "Hat doluydu", "Yazıyordum", "Sonra giderdi", "Hakaret etmişti"):
        assert hers in text
    assert "zeynepk" not in text


def test_the_photos_are_in_it_as_they_were_sent(lives: Lives, media_root: Path) -> None:
    archive = taken_out(lives)
    sent, after = lives.ticket.attachments.order_by("id")
    names = [f"dosyalar/{lives.ticket.number}-{each.pk}.jpg" for each in (sent, after)]
    assert {name for name in archive.namelist() if name.startswith("dosyalar/")} == set(names)
    assert archive.read(names[0]) == (media_root / str(sent.original)).read_bytes()
    assert names[0].removeprefix("dosyalar/") in archive.read("oku.html").decode()


def test_it_is_kept_who_took_it_out_and_why_without_a_name(lives: Lives) -> None:
    taken_out(lives)
    entry = Access.objects.get()
    assert (entry.what, entry.by, entry.tickets) == ("exported", lives.officer.user, [lives.ticket.number])
    assert entry.reason == "…’nin dilekçesi"


def test_nobody_else_takes_data_out(lives: Lives) -> None:
    with pytest.raises(NotAllowed):
        subject_access.data_export_of(
            subject_of(PHONE, lives.supervisor), actor=lives.supervisor, now=lives.line.now
        )
    assert not Access.objects.exists()


def test_html_that_somebody_wrote_is_shown_as_it_was_written(lives: Lives) -> None:
    lives.line.hear(wire.text(AYSE, "selam <script>alert(1)</script>"))
    page = taken_out(lives).read("oku.html").decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_command_writes_a_file_that_only_its_owner_reads_and_overwrites_none(
    lives: Lives, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "x.zip"
    call_command("export_citizen", PHONE, "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert capsys.readouterr().out == f"{out}: 1 başvuru, 2 dosya\n"
    with pytest.raises(CommandError, match="yazılamadı"):
        call_command("export_citizen", PHONE, "--out", str(out))


def test_the_command_erases_what_it_was_told_to_and_says_under_what_entry(
    lives: Lives, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("erase_citizen", lives.ticket.number, "--reason", "dilekçe 12", "--confirm")
    entry = Destruction.objects.get()
    assert f"İmha kaydı no {entry.pk}" in capsys.readouterr().out
    assert (entry.by, entry.reason, entry.tickets) == (None, "dilekçe 12", [lives.ticket.number])
    assert entry.counts["vatandaş"] == entry.counts["başvuru"] == 1
    with pytest.raises(CommandError, match="anonimleştirildi"):
        call_command("erase_citizen", lives.ticket.number, "--reason", "yine", "--confirm")


def test_the_command_erases_nothing_that_nobody_confirmed(lives: Lives) -> None:
    with pytest.raises(CommandError, match="--confirm"):
        call_command("erase_citizen", PHONE, "--reason", "x")
    assert Citizen.objects.filter(name=AYSE.name).exists()


def test_the_command_says_what_stands_against_it(lives: Lives) -> None:
    place_hold(citizen=lives.ayse(), actor=lives.officer, now=lives.line.now, reason="Dava")
    with pytest.raises(CommandError, match="İmha engeli"):
        call_command("erase_citizen", PHONE, "--reason", "x", "--confirm")
    assert not Ticket.objects.exclude(forgotten_at=None).exists()


def test_a_ticket_of_nobody_is_erased_alone(lives: Lives) -> None:
    Ticket.objects.filter(pk=lives.ticket.pk).update(citizen=None)
    call_command("erase_citizen", lives.ticket.number, "--reason", "dilekçe", "--confirm")
    lives.ticket.refresh_from_db()
    assert lives.ticket.description == ""
    assert re.match("Ayşe", lives.ayse().name or "")
