"""Uploaded files: kept as they came, and shown only once a worker has made them safe."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image
from pytest_django import Settings

from tests.clamd import EICAR, FakeClamd
from tests.pictures import exif, photo
from tests.tickets.world import NOW, World
from tickets.attachments import file_deletion, uploads
from tickets.attachments.uploads import attach_after_photo
from tickets.casework.notes import add_note
from tickets.files import decoder, images, storing
from tickets.files.storage import StoredFile
from tickets.models import Attachment, PendingUpload, Ticket
from tickets.privacy import erasure
from tickets.record.workflow import MissingFields

State = Attachment.State


class Later:
    """A clock that a test puts forward."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Later:
    return Later()


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def clamd(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeClamd]:
    with FakeClamd(tmp_path_factory.mktemp("clamd") / "socket") as daemon:
        settings.CLAMD_URL = daemon.url
        yield daemon


def upload(world: World, content: bytes | None = None, ticket: Ticket | None = None) -> Attachment:
    file = BytesIO(photo() if content is None else content)
    ticket = ticket or world.assigned()
    return attach_after_photo(ticket=ticket, actor=world.actor("crew_fen"), now=NOW, file=file)


def files(media_root: Path) -> set[Path]:
    return {path for path in media_root.rglob("*") if path.is_file()}


def reasons(attachment: Attachment) -> list[str]:
    return [event.note for event in attachment.of_ticket.events.all() if event.note]


# --- in the web process --------------------------------------------------------------------------------------
def test_nothing_is_decoded_while_somebody_waits(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(decoder.Decoder, "decode", lambda *_: pytest.fail("decoded"))
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("opened"))
    attachment = upload(world)
    assert (attachment.state, attachment.file.name, attachment.thumbnail.name) == (State.CHECKING, "", "")


def test_what_does_not_begin_as_a_photo_does_is_refused_at_once(world: World, media_root: Path):
    for content in (b"", b"<html>", b"%PDF-1.7", photo(form="GIF"), b"PK\x03\x04"):
        with pytest.raises(MissingFields):
            upload(world, content)
    assert not Attachment.objects.exists()
    assert not files(media_root)


def test_what_is_too_large_is_refused_at_once(world: World, media_root: Path):
    with pytest.raises(MissingFields, match="20 MB"):
        upload(world, photo() + bytes(uploads.MOST_BYTES))
    assert not files(media_root)


# --- in the worker -------------------------------------------------------------------------------------------
def test_a_worker_makes_it_safe_and_the_upload_goes(world: World, media_root: Path, clock: Later):
    attachment = upload(world, photo(exif=exif(place=(38.0, 35.0))))
    uploads.work(clock)
    attachment.refresh_from_db()
    assert (attachment.state, attachment.mime_type) == (State.STORED, "image/jpeg")
    assert not PendingUpload.objects.exists()
    kept = {media_root / str(each) for each in (attachment.file, attachment.thumbnail)}
    assert files(media_root) == kept
    assert not any(b"Nokia" in path.read_bytes() for path in kept)


def test_a_ready_photo_refuses_no_form_that_was_open_meanwhile(world: World, clock: Later):
    ticket = upload(world).of_ticket
    uploads.work(clock)
    add_note(ticket=ticket, actor=world.actor("crew_fen"), now=NOW, text="Bitti.", version=ticket.version)


def test_a_broken_photo_is_refused_and_staff_see_why(world: World, media_root: Path, clock: Later):
    attachment = upload(world, photo()[:300])
    uploads.work(clock)
    attachment.refresh_from_db()
    assert attachment.state == State.REFUSED
    assert [reason.startswith("Fotoğraf açılamadı") for reason in reasons(attachment)] == [True]
    assert not files(media_root)


def test_an_upload_that_is_gone_from_the_disk_is_refused(world: World, media_root: Path, clock: Later):
    attachment = upload(world)
    for path in files(media_root):
        path.unlink()
    uploads.work(clock)
    attachment.refresh_from_db()
    assert attachment.state == State.REFUSED


def test_a_file_that_kills_its_decoder_thrice_is_refused_and_the_next_is_stored(
    world: World, clock: Later, monkeypatch: pytest.MonkeyPatch
):
    bad, good = upload(world, photo(color="red")), upload(world)
    decode = decoder.Decoder.decode

    def dies(self: decoder.Decoder, content: bytes) -> object:
        if content == photo(color="red"):
            raise decoder.DecoderDiedError
        return decode(self, content)

    monkeypatch.setattr(decoder.Decoder, "decode", dies)
    for _ in range(3):
        uploads.work(clock)
        clock.now += uploads.PAUSE
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == (State.REFUSED, State.STORED)
    assert reasons(bad) == [storing.KILLS]


def test_a_full_disk_costs_nobody_a_photo(world: World, clock: Later, monkeypatch: pytest.MonkeyPatch):
    attachment = upload(world)
    with monkeypatch.context() as patch:
        patch.setattr(images, "keep", lambda *_: full_disk())
        for _ in range(10):
            uploads.work(clock)
            clock.now += uploads.LONG_PAUSE
    uploads.work(clock)
    attachment.refresh_from_db()
    assert attachment.state == State.STORED


def full_disk() -> None:
    raise OSError(28, "No space left on device")


def test_nobody_else_begins_while_a_worker_has_it(world: World, clock: Later):
    upload(world)
    assert uploads._claim(clock.now)
    clock.now += uploads.LEASE - timedelta(seconds=1)
    assert uploads._claim(clock.now) is None


def test_an_empty_look_costs_one_statement(world: World, clock: Later):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        uploads.work(clock)
    assert len(seen) == 1


# --- forgotten -----------------------------------------------------------------------------------------------
def test_an_upload_of_an_erased_ticket_goes_with_it(world: World, media_root: Path, clock: Later):
    attachment = upload(world)
    names = erasure.forget_files([attachment.pk])
    file_deletion.schedule_deletion(names, NOW)
    file_deletion.delete_pending_files()
    uploads.work(clock)
    attachment.refresh_from_db()
    assert attachment.state == State.DESTROYED
    assert not files(media_root)


def test_a_photo_that_is_made_while_its_ticket_is_erased_is_not_kept(
    world: World, media_root: Path, clock: Later, monkeypatch: pytest.MonkeyPatch
):
    attachment = upload(world)
    made_safe = uploads._made_safe

    def erased_meanwhile(*facts: Any) -> StoredFile:
        kept = made_safe(*facts)
        erasure.forget_files([attachment.pk])
        return kept

    monkeypatch.setattr(uploads, "_made_safe", erased_meanwhile)
    uploads.work(clock)
    attachment.refresh_from_db()
    assert (attachment.state, attachment.file.name) == (State.DESTROYED, "")
    assert not files(media_root)


def test_an_upload_that_waits_is_no_stray_file(world: World, media_root: Path):
    upload(world)
    (path,) = files(media_root)
    assert file_deletion._named(str(path.parent.relative_to(media_root))) >= {
        str(path.relative_to(media_root))
    }


# --- viruses -------------------------------------------------------------------------------------------------
def test_an_infected_file_is_not_kept_and_staff_see_its_virus(
    world: World, media_root: Path, clock: Later, clamd: FakeClamd
):
    attachment = upload(world, photo() + EICAR)
    uploads.work(clock)
    attachment.refresh_from_db()
    assert attachment.state == State.REFUSED
    assert reasons(attachment) == ["Dosyada virüs bulundu (Eicar-Test-Signature); dosya saklanmadı."]
    assert not files(media_root)


def test_a_clean_file_is_stored_once_it_was_looked_through(world: World, clock: Later, clamd: FakeClamd):
    attachment = upload(world)
    uploads.work(clock)
    attachment.refresh_from_db()
    assert (attachment.state, clamd.seen) == (State.STORED, [photo()])


def test_while_the_scanner_is_down_a_file_waits_and_loses_no_attempt(
    world: World, clock: Later, clamd: FakeClamd, settings: Settings
):
    attachment = upload(world)
    settings.CLAMD_URL = "unix:///nowhere"
    for _ in range(5):
        uploads.work(clock)
        clock.now += timedelta(minutes=1)
    clamd.answers = ["PONG", None]  # it goes away over the file
    settings.CLAMD_URL = clamd.url
    uploads.work(clock)
    assert PendingUpload.objects.get().attempts == 0
    clock.now += uploads.LONG_PAUSE
    uploads.work(clock)
    attachment.refresh_from_db()
    assert attachment.state == State.STORED
