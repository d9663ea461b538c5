"""Citizens' files: private storage, signed URLs that expire."""

import stat
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from rest_framework.test import APIClient

from tests.attachments import attach_file
from tests.tickets.world import NOW, World
from tickets.files.storage import StoredFile, private_storage
from tickets.models import Attachment, Ticket
from tickets.record.permissions import Actor

PHOTO, SMALL, PAGE = b"\xff\xd8 photo", b"\xff\xd8 small", b"<script>alert(1)</script>"


@pytest.fixture
def ticket(world: World, settings, tmp_path: Path) -> Ticket:
    settings.MEDIA_ROOT = str(tmp_path)
    return world.assigned()


def attach(ticket: Ticket, kind: Attachment.Kind, mime_type: str, suffix: str, body: bytes) -> Attachment:
    name = private_storage.save(f"2026/11/file{suffix}", ContentFile(body))
    small = (
        private_storage.save("2026/11/small.jpg", ContentFile(SMALL)) if kind == Attachment.Kind.IMAGE else ""
    )
    stored = StoredFile(name, small, len(body), mime_type)
    return attach_file(
        ticket=ticket, actor=Actor.citizen(), now=NOW, kind=kind, mime_type=mime_type, stored=stored
    )


def addresses(world: World, ticket: Ticket) -> tuple[str, str | None]:
    client = APIClient()
    client.force_authenticate(world.user("crew_fen"))
    (photo,) = client.get(f"/api/v1/tickets/{ticket.number}/").json()["attachments"]
    return photo["url"], photo["thumbnail_url"]


def test_files_are_readable_by_the_service_alone(ticket: Ticket) -> None:
    photo = attach(ticket, Attachment.Kind.IMAGE, "image/jpeg", ".jpg", PHOTO)
    assert stat.S_IMODE(Path(photo.file.path).stat().st_mode) == 0o600


def test_a_signed_address_opens_the_photo_and_its_thumbnail_without_signing_in(
    world: World, ticket: Ticket
) -> None:
    attach(ticket, Attachment.Kind.IMAGE, "image/jpeg", ".jpg", PHOTO)
    url, thumbnail_url = addresses(world, ticket)
    response = Client().get(url)
    assert response.getvalue() == PHOTO
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Content-Disposition"].startswith("inline")
    assert Client().get(thumbnail_url or "").getvalue() == SMALL


@pytest.mark.parametrize("mime_type", ["text/html", "application/pdf", "image/svg+xml"])
def test_what_a_browser_might_run_is_handed_over_as_a_download(
    world: World, ticket: Ticket, mime_type: str
) -> None:
    attach(ticket, Attachment.Kind.DOCUMENT, mime_type, ".html", PAGE)
    response = Client().get(addresses(world, ticket)[0])
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.getvalue() == PAGE


@pytest.mark.parametrize(
    "mime_type", ["", "x/y", "image/jpeg\r\nX-Sender: 1", "image/svg+xml;a=b", "ı" * 100]
)
def test_a_type_that_is_not_listed_is_mere_bytes_and_never_an_error(
    world: World, ticket: Ticket, mime_type: str
) -> None:
    attach(ticket, Attachment.Kind.DOCUMENT, mime_type, ".html", PAGE)
    response = Client().get(addresses(world, ticket)[0])
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.getvalue() == PAGE


@pytest.mark.parametrize("spoil", ["", "?t=", "?t=file:1abcde:AAAA"])
def test_an_address_without_a_good_signature_is_closed(world: World, ticket: Ticket, spoil: str) -> None:
    attach(ticket, Attachment.Kind.IMAGE, "image/jpeg", ".jpg", PHOTO)
    path = urlsplit(addresses(world, ticket)[0]).path
    response = Client().get(path + spoil)
    assert (response.status_code, response.headers["Content-Type"]) == (403, "application/problem+json")


def test_a_signature_opens_nothing_else(world: World, ticket: Ticket) -> None:
    attach(ticket, Attachment.Kind.IMAGE, "image/jpeg", ".jpg", PHOTO)
    url, thumbnail_url = addresses(world, ticket)
    other = attach(world.assigned(), Attachment.Kind.IMAGE, "image/jpeg", ".jpg", PHOTO)
    token = urlsplit(url).query
    assert thumbnail_url is not None
    assert Client().get(f"{urlsplit(thumbnail_url).path}?{token}").status_code == 403
    assert Client().get(f"/api/v1/attachments/{other.pk}/file/?{token}").status_code == 403


def test_an_address_expires_after_ten_minutes(
    world: World, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    attach(ticket, Attachment.Kind.IMAGE, "image/jpeg", ".jpg", PHOTO)
    url, _ = addresses(world, ticket)
    real = time.time
    for minutes, status in ((9.9, 200), (10.1, 403)):
        later = timedelta(minutes=minutes).total_seconds()
        monkeypatch.setattr(time, "time", lambda later=later: real() + later)
        response = Client().get(url)
        assert (response.status_code, response.getvalue() == PHOTO) == (status, status == 200)


def test_a_file_that_is_gone_from_the_disk_is_not_found(world: World, ticket: Ticket) -> None:
    photo = attach(ticket, Attachment.Kind.IMAGE, "image/jpeg", ".jpg", PHOTO)
    Path(photo.file.path).unlink()
    assert Client().get(addresses(world, ticket)[0]).status_code == 404
