"""Citizens' files in a bucket: stored, served, deleted and moved there as on the disk, on a real server (SeaweedFS);
and what is wrong with a bucket is never taken for a file that is gone (moto).
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import boto3
import pytest
import requests
from botocore.exceptions import EndpointConnectionError
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from moto import mock_aws
from pytest_django import Settings
from rest_framework.test import APIClient

from melikgazi.backup import media_copy
from melikgazi.backup.encryption import new_identity
from melikgazi.web.csp import _policies
from tests.attachments import attach_after_photo
from tests.pictures import photo
from tests.seaweedfs import KEY, SECRET, SeaweedFS, seaweedfs
from tests.tickets.world import NOW, World
from tickets.attachments import file_deletion, uploads
from tickets.attachments import uploads as uploads_services
from tickets.attachments.file_deletion import delete_pending_files, schedule_deletion
from tickets.files import object_storage
from tickets.files.object_storage import ObjectStorage, StorageDownError, parse
from tickets.files.storage import new_name, private_storage
from tickets.models import Attachment, PendingFileDeletion, PendingUpload
from tickets.privacy import destruction, subject_access
from tickets.privacy.subject_access import DataExport
from tickets.record.workflow import MissingFields
from whatsapp.graph.errors import CloudApiError, ErrorAction
from whatsapp.outbox import send

NAME = "2026/11/cukur.jpg"
LARGE = bytes(range(256)) * (80 << 10)  # 20 MB: three parts


def at(now: Callable[[], datetime]) -> Callable[..., datetime]:
    """What requests are dated by where they are signed."""
    return lambda **_options: now().replace(tzinfo=None)


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    with seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as running:
        keys = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
        with pytest.MonkeyPatch.context() as signed:
            signed.setattr("botocore.auth.get_current_datetime", at(running.now))
            boto3.client("s3", endpoint_url=running.address, **keys).create_bucket(Bucket="files")
        yield running


@pytest.fixture
def server(_server: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> SeaweedFS:
    """The real server, to which requests are signed by its own clock."""
    monkeypatch.setattr("botocore.auth.get_current_datetime", at(_server.now))
    return _server


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    settings.MEDIA_ROOT = str(tmp_path / "media")
    yield
    object_storage._storage.cache_clear()


@pytest.fixture
def bucket(server: SeaweedFS, settings: Settings, tmp_path: Path) -> ObjectStorage:
    """A folder of the test's own in a bucket of the real server."""
    settings.MEDIA_STORAGE = f"s3://files/line-{tmp_path.name}?endpoint={server.address}"
    found = private_storage.bucket
    assert found
    return found


@pytest.fixture
def amazon(settings: Settings) -> Iterator[ObjectStorage]:
    with mock_aws():
        settings.MEDIA_STORAGE = "s3://files/line?region=eu-central-1"
        found = private_storage.bucket
        assert found
        place = {"LocationConstraint": "eu-central-1"}
        found._client.create_bucket(Bucket="files", CreateBucketConfiguration=place)
        yield found


def in_bucket() -> set[str]:
    return {name for name, _, _ in private_storage.in_bucket()}


def on_disk(settings: Settings) -> set[str]:
    root = Path(settings.MEDIA_ROOT)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} - {".moving"}


# --- stored and read -----------------------------------------------------------------------------------------
@pytest.mark.slow
def test_what_is_stored_is_in_the_bucket_alone_and_comes_back_whole(
    bucket: ObjectStorage, server: SeaweedFS, settings: Settings
) -> None:
    for name, content in ((NAME, b"photo"), ("2026/11/large", LARGE), ("2026/11/empty", b"")):
        assert private_storage.save(name, ContentFile(content)) == name
        with private_storage.open(name) as file:
            assert file.read() == content
        assert (private_storage.exists(name), private_storage.size(name)) == (True, len(content))
    assert on_disk(settings) == set()
    assert private_storage.listdir("2026") == (["11"], [])
    assert private_storage.listdir("2026/11") == ([], ["cukur.jpg", "empty", "large"])
    assert abs(private_storage.get_modified_time(NAME) - server.now()) < timedelta(minutes=5)


def test_a_large_file_goes_in_parts(amazon: ObjectStorage) -> None:
    private_storage.save("2026/11/large", ContentFile(LARGE))
    private_storage.save(NAME, ContentFile(b"photo"))
    etag = amazon._head("2026/11/large")
    assert etag is not None
    assert etag["ETag"].strip('"').endswith("-3")
    assert "-" not in (amazon._head(NAME) or {})["ETag"]


def test_what_is_stored_is_encrypted_by_the_server(amazon: ObjectStorage) -> None:
    for content in (b"photo", LARGE):
        private_storage.save(NAME, ContentFile(content))
        assert (amazon._head(NAME) or {})["ServerSideEncryption"] == "AES256"


def test_a_file_that_is_not_there_is_not_there(bucket: ObjectStorage) -> None:
    assert not private_storage.exists(NAME)
    private_storage.delete(NAME)
    for asked in (private_storage.open, private_storage.size, private_storage.get_modified_time):
        with pytest.raises(FileNotFoundError):
            asked(NAME)


def test_nothing_beyond_the_folder_is_reached(bucket: ObjectStorage) -> None:
    with pytest.raises(Exception, match=r"denied|traversal"):
        private_storage.save("../others/file", ContentFile(b"x"))


# --- served --------------------------------------------------------------------------------------------------
def addresses(world: World, attachment: Attachment) -> tuple[str, str]:
    client = APIClient()
    client.force_authenticate(world.user("crew_fen"))
    found = client.get(f"/api/v1/tickets/{attachment.of_ticket.number}/").json()["attachments"]
    return found[0]["url"], found[0]["thumbnail_url"]


def test_a_photo_is_made_safe_and_read_from_the_bucket_for_a_minute(
    world: World, bucket: ObjectStorage
) -> None:
    attachment = attach_after_photo(ticket=world.assigned(), actor=world.actor("crew_fen"), now=NOW)
    assert in_bucket() == {str(attachment.file), str(attachment.thumbnail)}
    url, thumbnail_url = addresses(world, attachment)
    for own in (url, thumbnail_url):
        led = Client().get(own)
        assert (led.status_code, led.headers["Cache-Control"]) == (302, "no-store")
        address = led.headers["Location"]
        assert "X-Amz-Expires=60&" in address
        assert address.startswith(f"{bucket.bucket.origin}/")
        response = requests.get(address, timeout=10)
        assert response.content.startswith(b"\xff\xd8")
        assert response.headers["Content-Type"] == "image/jpeg"
        assert response.headers["Content-Disposition"].startswith("inline")
        assert requests.get(address.split("?")[0], timeout=10).status_code == 403
        assert requests.get(address.replace("image%2Fjpeg", "text%2Fhtml"), timeout=10).status_code == 403
    assert f" {bucket.bucket.origin}" in dict(_policies())["/admin/"]


def test_an_address_does_not_work_after_its_minute(
    bucket: ObjectStorage, server: SeaweedFS, monkeypatch: pytest.MonkeyPatch
) -> None:
    private_storage.save(NAME, ContentFile(b"photo"))
    for seconds, status in ((50, 200), (75, 403)):
        then = replace(server, ahead=server.ahead + timedelta(seconds=seconds)).now
        with monkeypatch.context() as earlier:
            earlier.setattr("botocore.auth.get_current_datetime", at(then))
            address = bucket.url(NAME, mime_type="image/jpeg", disposition="inline", cache="no-store")
        assert requests.get(address, timeout=10).status_code == status


def test_what_a_browser_might_run_is_a_download_there_too(bucket: ObjectStorage) -> None:
    from tickets.files.serving import respond

    private_storage.save(NAME, ContentFile(b"<script>alert(1)</script>"))
    address = respond(NAME, "text/html", cache="no-store").headers["Location"]
    response = requests.get(address, timeout=10)
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_files_come_through_us_where_browsers_do_not_reach_the_bucket(
    world: World, bucket: ObjectStorage, settings: Settings
) -> None:
    settings.MEDIA_STORAGE += "&reads=through"
    attachment = attach_after_photo(ticket=world.assigned(), actor=world.actor("crew_fen"), now=NOW)
    response = Client().get(addresses(world, attachment)[0])
    assert response.status_code == 200
    assert response.getvalue().startswith(b"\xff\xd8")
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert bucket.bucket.origin not in dict(_policies())["/admin/"]
    private_storage.delete(str(attachment.file))
    assert Client().get(addresses(world, attachment)[0]).status_code == 404


# --- deleted -------------------------------------------------------------------------------------------------
def test_what_has_to_go_goes_from_the_bucket(bucket: ObjectStorage, db: None) -> None:
    private_storage.save(NAME, ContentFile(b"photo"))
    private_storage.save("2026/11/cukur-k.jpg", ContentFile(b"small"))
    schedule_deletion([NAME], NOW)
    assert delete_pending_files() == 2
    assert in_bucket() == set()


def test_while_the_bucket_is_away_what_has_to_go_stays_noted(
    amazon: ObjectStorage, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    private_storage.save(NAME, ContentFile(b"photo"))
    schedule_deletion([NAME], NOW)
    with monkeypatch.context() as away:
        away.setattr(ObjectStorage, "delete", down)
        assert delete_pending_files() == 0
    assert PendingFileDeletion.objects.count() == 2
    assert delete_pending_files() == 2
    assert in_bucket() == set()


def test_a_file_in_the_bucket_that_no_row_names_goes_after_a_day(
    bucket: ObjectStorage, server: SeaweedFS, world: World
) -> None:
    kept = attach_after_photo(ticket=world.assigned(), actor=world.actor("crew_fen"), now=timezone.now())
    stray = private_storage.save(new_name(timezone.now()), ContentFile(b"x"))
    assert file_deletion.orphaned_files(server.now()) == []
    assert destruction.delete_orphaned_files(server.now() + timedelta(days=1, minutes=1)) == 1
    assert in_bucket() == {str(kept.file), str(kept.thumbnail)} - {stray}


def test_parts_of_a_file_that_was_never_whole_go_after_a_day(amazon: ObjectStorage, world: World) -> None:
    begun = amazon._client.create_multipart_upload(Bucket="files", Key="line/2026/11/half")
    amazon._client.upload_part(
        Bucket="files", Key="line/2026/11/half", UploadId=begun["UploadId"], PartNumber=1, Body=b"x"
    )
    # moto says of every upload that it began in 2010.
    assert amazon.abort_unfinished(NOW - timedelta(days=365 * 30)) == 0
    destruction.delete_orphaned_files(timezone.now())
    assert "Uploads" not in amazon._client.list_multipart_uploads(Bucket="files")


# --- moved from the disk -------------------------------------------------------------------------------------
@pytest.fixture
def lying(settings: Settings, bucket: ObjectStorage) -> list[str]:
    """Files that were stored before there was a bucket."""
    address, settings.MEDIA_STORAGE = settings.MEDIA_STORAGE, ""
    wanted = [f"2026/1{month}/{number}.jpg" for month in (0, 1) for number in range(4)]
    names = [private_storage.save(name, ContentFile(name.encode())) for name in wanted]
    private_storage.save("open-data/melikgazi-2026.csv", ContentFile(b"our own"))
    settings.MEDIA_STORAGE = address
    return names


def content(name: str) -> bytes:
    with private_storage.open(name) as file:
        found: bytes = file.read()
    return found


def test_files_are_read_while_they_move_and_none_is_left_on_the_disk(
    lying: list[str], settings: Settings
) -> None:
    before = {name: content(name) for name in lying}
    for is_there in private_storage.move_to_bucket():
        assert is_there
        assert {name: content(name) for name in lying} == before
    assert in_bucket() == set(lying)
    assert on_disk(settings) == {"open-data/melikgazi-2026.csv"}


def test_a_move_that_was_killed_goes_on(
    lying: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: content(name) for name in lying}
    for dies_in in ("save", "size"):
        moving = private_storage.move_to_bucket()
        next(moving)
        with monkeypatch.context() as killed:
            killed.setattr(ObjectStorage, dies_in, lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                next(moving)
        assert {name: content(name) for name in lying} == before
    call_command("move_media")
    assert {name: content(name) for name in lying} == before
    assert on_disk(settings) == {"open-data/melikgazi-2026.csv"}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_is_deleted_while_it_moves_is_gone(
    lying: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    stored, (first, *others) = ObjectStorage.save, lying

    def deleted_meanwhile(bucket: ObjectStorage, name: str, file: Any) -> None:
        if name == first and moment == "before":
            private_storage.delete(name)
        stored(bucket, name, file)
        if name == first and moment == "after":
            private_storage.delete(name)

    monkeypatch.setattr(ObjectStorage, "save", deleted_meanwhile)
    assert list(private_storage.move_to_bucket()) == [False, *(True for _ in others)]
    assert in_bucket() == set(others)
    assert not private_storage.exists(first)


def test_two_do_not_move_at_once(lying: list[str]) -> None:
    moving = private_storage.move_to_bucket()
    next(moving)
    with pytest.raises(CommandError, match="sürüyor"):
        call_command("move_media")
    moving.close()
    call_command("move_media")


def test_nothing_moves_without_a_bucket_or_into_one_that_deletes_by_itself(
    settings: Settings, amazon: ObjectStorage
) -> None:
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
    amazon._client.put_bucket_lifecycle_configuration(
        Bucket="files", LifecycleConfiguration={"Rules": [rule]}
    )
    with pytest.raises(CommandError, match="saklama sürelerini"):
        call_command("move_media")
    amazon._client.delete_bucket_lifecycle(Bucket="files")
    amazon._client.put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Enabled"})
    with pytest.raises(CommandError, match="eski sürümlerini"):
        call_command("move_media")
    settings.MEDIA_STORAGE = ""
    with pytest.raises(CommandError, match="verilmemiş"):
        call_command("move_media")


# --- copies and exports --------------------------------------------------------------------------------------
def test_the_copy_elsewhere_holds_what_is_in_the_bucket(
    lying: list[str], bucket: ObjectStorage, settings: Settings, tmp_path: Path
) -> None:
    identity, recipient = new_identity()
    settings.BACKUP_RECIPIENTS = [recipient]
    next(private_storage.move_to_bucket())
    assert media_copy.copy(tmp_path / "copy")[0] == len(lying) + 1
    before = {name: content(name) for name in lying}
    for name in lying:
        private_storage.delete(name)
    assert media_copy.restore(tmp_path / "copy", identity) == len(lying)
    assert {name: content(name) for name in lying} == before


def test_an_export_for_a_citizen_has_the_files_of_the_bucket(bucket: ObjectStorage) -> None:
    private_storage.save(NAME, ContentFile(b"photo"))
    packed = BytesIO()
    subject_access.write(DataExport({"tickets": []}, {"1.jpg": NAME, "2.jpg": "2026/11/gone.jpg"}), packed)
    archive = ZipFile(packed)
    assert [name for name in archive.namelist() if name.startswith("dosyalar/")] == ["dosyalar/1.jpg"]
    assert archive.read("dosyalar/1.jpg") == b"photo"


# --- what may be wrong with a bucket -------------------------------------------------------------------------
def down(*_: object, **__: object) -> None:
    raise StorageDownError("SlowDown")


def test_a_bucket_that_is_gone_is_no_file_that_is_gone(amazon: ObjectStorage) -> None:
    private_storage.save(NAME, ContentFile(b"photo"))
    amazon.delete(NAME)
    amazon._client.delete_bucket(Bucket="files")
    for asked in (private_storage.open, private_storage.exists, private_storage.size):
        with pytest.raises(StorageDownError, match="NoSuchBucket"):
            asked(NAME)
    assert amazon.trouble()


def test_a_wrong_key_is_told_of(
    server: SeaweedFS, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-somebody-else-entirely")
    settings.MEDIA_STORAGE = f"s3://files-wrong?endpoint={server.address}"
    assert private_storage.bucket
    assert "ulaşılamıyor" in private_storage.bucket.trouble()[0]
    with pytest.raises(StorageDownError):
        private_storage.exists(NAME)
    with pytest.raises(StorageDownError, match="SignatureDoesNotMatch"):
        private_storage.open(NAME)


def test_a_server_that_is_not_there_is_told_of(settings: Settings) -> None:
    settings.MEDIA_STORAGE = "s3://files?endpoint=http://127.0.0.1:1"
    with pytest.raises(StorageDownError, match=EndpointConnectionError.__name__):
        private_storage.open(NAME)


def test_an_upload_that_cannot_be_stored_is_refused_with_what_to_do(
    world: World, amazon: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ObjectStorage, "save", down)
    ticket = world.assigned()
    with pytest.raises(MissingFields, match="Biraz sonra yeniden deneyin"):
        uploads_services.attach_after_photo(
            ticket=ticket, actor=world.actor("crew_fen"), now=NOW, file=BytesIO(photo())
        )
    assert not PendingUpload.objects.exists()


def test_an_upload_waits_for_the_bucket_and_is_not_called_gone(
    world: World, amazon: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = world.assigned()
    file = BytesIO(photo())
    attachment = uploads_services.attach_after_photo(
        ticket=ticket, actor=world.actor("crew_fen"), now=NOW, file=file
    )
    with monkeypatch.context() as away:
        away.setattr(ObjectStorage, "open", down)
        uploads.work(lambda: NOW)
    attachment.refresh_from_db()
    assert attachment.state == Attachment.State.CHECKING
    uploads.work(lambda: NOW + timedelta(hours=1))
    attachment.refresh_from_db()
    assert attachment.state == Attachment.State.STORED


def test_a_message_with_a_photo_waits_for_the_bucket_and_fails_only_where_the_photo_is_gone(
    amazon: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CloudApiError) as gone:
        send._uploaded(NAME, "image/jpeg")
    assert gone.value.action == ErrorAction.FAIL
    monkeypatch.setattr(ObjectStorage, "open", down)
    with pytest.raises(CloudApiError) as away:
        send._uploaded(NAME, "image/jpeg")
    assert away.value.action == ErrorAction.RETRY


def test_a_page_says_that_files_cannot_be_reached(
    world: World, amazon: ObjectStorage, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_STORAGE += "&reads=through"
    attachment = attach_after_photo(ticket=world.assigned(), actor=world.actor("crew_fen"), now=NOW)
    url, _ = addresses(world, attachment)
    monkeypatch.setattr(ObjectStorage, "open", down)
    response = Client().get(url)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert "yeniden deneyin" in response.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "s3://",
        "s3://files",
        "http://files?region=eu-central-1",
        "s3://key:secret@files?region=eu-central-1",
        "s3://files?region=eu-central-1&sse=rot13",
        "s3://files?region=eu-central-1&reads=never",
        "s3://files?region=eu-central-1&acl=public",
        "s3://files?region",
    ],
)
def test_an_address_that_is_not_understood_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(address)


@pytest.mark.slow
def test_threads_have_connections_of_their_own(bucket: ObjectStorage) -> None:
    private_storage.save(NAME, ContentFile(b"photo"))
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(content(NAME))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [b"photo"] * 8
