"""Private storage of citizens' files, outside the web root; served only by signed URLs that expire."""

import contextlib
import fcntl
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Literal
from uuid import uuid4

from django.conf import settings
from django.core import signing
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible
from typing_extensions import override

from tickets.files import object_storage
from tickets.files.object_storage import ObjectStorage

URL_SECONDS = 600
SAMPLES = "fill/"  # pictures of demonstration data, which many rows share
Part = Literal["file", "thumbnail"]


# To migrations it is what it was: where files lie is a matter of the installation, not of the tables.
@deconstructible(path="django.core.files.storage.FileSystemStorage")
class PrivateStorage(FileSystemStorage):
    """Files in MEDIA_ROOT, or in the bucket that MEDIA_STORAGE names.

    Where there is a bucket all that is new goes there, and what still lies on the disk is read and deleted there, too:
    `manage.py move_media` moves it over while the line runs. Raises FileNotFoundError for a file that is not there,
    `StorageDownError`, an OSError, where the bucket cannot tell.
    """

    @property
    def bucket(self) -> ObjectStorage | None:
        """The bucket; None where files stay on the disk."""
        return object_storage.storage(settings.MEDIA_STORAGE)

    @override
    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        if self.bucket is None or name is None:
            return super().save(name, content, max_length)
        self.bucket.save(name, File(content))
        return name

    @override
    def open(self, name: str, mode: str = "rb") -> "File[Any]":
        try:
            return super().open(name, mode)
        except FileNotFoundError:
            if self.bucket is None:
                raise
            return self.bucket.open(name)

    @override
    def exists(self, name: str) -> bool:
        return super().exists(name) or (self.bucket is not None and self.bucket.exists(name))

    @override
    def size(self, name: str) -> int:
        if self.bucket is not None and not super().exists(name):
            return self.bucket.size(name)
        return super().size(name)

    @override
    def get_modified_time(self, name: str) -> datetime:
        if self.bucket is not None and not super().exists(name):
            return self.bucket.modified(name)
        return super().get_modified_time(name)

    @override
    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folders, files = super().listdir(path) if super().exists(path or ".") else ([], [])
        if self.bucket is not None:
            more_folders, more_files = self.bucket.listdir(path)
            folders, files = (
                sorted({*folders, *more_folders}),
                sorted({*files, *more_files}),
            )
        return folders, files

    @override
    def delete(self, name: str) -> None:
        """Removes the file from the disk, then from the bucket: `move` goes by this order."""
        super().delete(name)
        if self.bucket is not None:
            self.bucket.delete(name)

    def is_on_disk(self, name: str) -> bool:
        """Whether the file lies in MEDIA_ROOT."""
        return super().exists(name)

    def on_disk(self) -> Iterator[str]:
        """The names of the citizens' files in MEDIA_ROOT; none of other folders that lie there."""
        root = Path(self.location)
        for folder in (*sorted(root.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]")), root / SAMPLES):
            for path in sorted(folder.glob("*")):
                if path.is_file():
                    yield str(path.relative_to(root))

    def in_bucket(self) -> Iterator[tuple[str, int, datetime]]:
        """What lies in the bucket: names, sizes in bytes, when it was stored. Nothing where there is no bucket."""
        return self.bucket.names() if self.bucket is not None else iter(())

    def move_to_bucket(self) -> Generator[bool, None, None]:
        """Moves file after file from the disk to the bucket; for each, whether it is there now: not what was deleted
        meanwhile. It may be killed at any moment and done again. Raises BlockingIOError where another one is at it,
        ValueError where there is no bucket.
        """
        if self.bucket is None:
            raise ValueError("MEDIA_STORAGE")
        Path(self.location).mkdir(mode=0o700, parents=True, exist_ok=True)
        with Path(self.location, ".moving").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for name in self.on_disk():
                yield self._move(name, self.bucket)

    def _move(self, name: str, bucket: ObjectStorage) -> bool:
        """The copy is whole before the file goes. Whoever deletes removes it from the disk first: if it is gone there
        by the time it would go, its copy goes, too. Nobody else moves meanwhile, so that it can only have been deleted.
        """
        with contextlib.suppress(FileNotFoundError):
            with super().open(name) as file:
                bucket.save(name, file)
            if bucket.size(name) != super().size(name):
                raise object_storage.StorageDownError("not whole")
            Path(self.path(name)).unlink()
            return True
        bucket.delete(name)
        return False


private_storage = PrivateStorage(file_permissions_mode=0o600, directory_permissions_mode=0o700)
_signer = signing.TimestampSigner(salt="tickets.attachment")


@dataclass(frozen=True)
class StoredFile:
    """A file in the private storage: names relative to it (`thumbnail` may be empty), `size` in bytes, and what staff
    are to know before they open it (in Turkish, mostly nothing).
    """

    name: str
    thumbnail: str
    size: int
    mime_type: str
    warning: str = ""

    def delete(self) -> None:
        """Removes the files, where nothing came of them."""
        for name in filter(None, (self.name, self.thumbnail)):
            private_storage.delete(name)


def new_name(now: datetime) -> str:
    """An unguessable name in the private storage, in a folder by month."""
    return f"{now:%Y/%m}/{uuid4().hex}"


def with_thumbnail(name: str) -> tuple[str, str]:
    """The names of the file and of its thumbnail, if it is a photo (`tickets.files.images.keep`)."""
    return name, f"{name.removesuffix('.jpg')}-k.jpg"


def sign(attachment_id: int, part: Part, user: int) -> str:
    """A token that opens one part of one attachment for ten minutes, for whoever holds it; it names the user to whom it
    was given.
    """
    return _signer.sign(f"{attachment_id}/{part}/{user}").split("/", 1)[1]


def given_to(attachment_id: int, part: str, token: str) -> int | None:
    """The key of the user for whom `token` was signed less than ten minutes ago, for this part of this attachment; None
    where it was not.
    """
    try:
        signed = _signer.unsign(f"{attachment_id}/{token}", max_age=URL_SECONDS)
    except signing.BadSignature:
        return None
    opens, _, user = signed.rpartition("/")
    return int(user) if opens == f"{attachment_id}/{part}" else None
