"""Private storage of citizens' files, outside the web root; served only by signed URLs that expire."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import uuid4

from django.core import signing
from django.core.files.storage import FileSystemStorage

URL_SECONDS = 600
SAMPLES = "fill/"  # pictures of demonstration data, which many rows share
Part = Literal["file", "thumbnail"]

private_storage = FileSystemStorage(file_permissions_mode=0o600, directory_permissions_mode=0o700)
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
    """The names of the file and of its thumbnail, if it is a photo (`tickets.photos.images.keep`)."""
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
