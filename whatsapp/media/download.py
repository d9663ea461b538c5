"""The bytes of one file from Meta, in a thread: the database is asked nothing here."""

from base64 import b64decode
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO

from departments.common.http_deadline import deadline
from whatsapp import log_fields
from whatsapp.conversations.models.messages import Media
from whatsapp.graph import client
from whatsapp.graph.client import MediaGoneError
from whatsapp.media import size_limits

SECONDS, SECONDS_AT_MOST = 10, 60  # of the first attempt, doubled with each, and of any
IN_MEMORY = 1 << 20  # bytes of a file; more of it lies on the disk


def seconds_of(attempt: int) -> int:
    """How long this attempt, counted from 1, may take: what drips is cut off soon, and has longer the next time."""
    return int(min(SECONDS * 2 ** min(attempt - 1, 10), SECONDS_AT_MOST))


def attempts_within(seconds: float) -> int:
    """Up to which attempt a file will have come, or not, within so many seconds."""
    if seconds >= SECONDS_AT_MOST:
        return 1000
    return sum(seconds_of(attempt) <= seconds for attempt in range(1, 10))


def download(media: Media, seconds: float) -> IO[bytes]:
    """The whole file, to be closed by the caller; an address that has expired is asked for anew, once.

    Raises `MediaRefusedError`, `MediaGoneError`, `CloudApiError`; this one after `seconds`, too.
    """
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller's
    try:
        with log_fields.bind(media=media.pk, message=media.message_id), deadline(seconds):
            try:
                _read(media, file)
            except MediaGoneError:
                _read(media, file)
    except BaseException:
        file.close()
        raise
    return file


def _read(media: Media, file: IO[bytes]) -> None:
    url = client.media_url(media.media_id)
    file.seek(0)
    file.truncate()
    with client.media_stream(url, size_limits.BYTES[media.kind]) as chunks:
        for chunk in chunks:
            file.write(chunk)
    file.seek(0)


def is_as_sent(media: Media, file: IO[bytes]) -> bool:
    """Whether the file has the SHA-256 that came with the message, in base64; what came without any has it."""
    try:
        expected = b64decode(media.sha256, validate=True)
    except ValueError:
        expected = b""
    if len(expected) != sha256().digest_size:
        return True
    hashed = sha256()
    for part in iter(lambda: file.read(1 << 20), b""):
        hashed.update(part)
    file.seek(0)
    return hashed.digest() == expected
