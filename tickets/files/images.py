"""Photos for the private storage: safe copies in two sizes, and copies with blurred regions."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import IO

from django.core.files import File

from tickets.files.decoder import DecoderDiedError, decoder
from tickets.files.resize_and_blur import BadPhotoError, Photo, Region
from tickets.files.storage import StoredFile, new_name, private_storage

__all__ = ["BadPhotoError", "DecoderDiedError", "Photo", "Region", "blurred", "clean", "keep"]


def clean(file: IO[bytes]) -> Photo:
    """Makes a `Photo` of an untrusted file, in a child process. Raises `BadPhotoError`, `DecoderDiedError`."""
    file.seek(0)
    return decoder.decode(file.read())


def blurred(file: IO[bytes], regions: Sequence[Region]) -> Photo:
    """The photo with its regions blurred beyond recovery. Raises as `clean`."""
    return decoder.decode(file.read(), regions)


def keep(photo: Photo, now: datetime) -> StoredFile:
    """Stores both sizes in the private storage."""
    name = new_name(now)
    large = private_storage.save(f"{name}.jpg", File(BytesIO(photo.large)))
    small = private_storage.save(f"{name}-k.jpg", File(BytesIO(photo.small)))
    return StoredFile(large, small, len(photo.large), "image/jpeg")
