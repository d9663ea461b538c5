"""Backups encrypted to whoever may read them, in age's format (age-encryption.org), as they are written.

The server knows public keys alone (BACKUP_RECIPIENTS), so whoever takes the server or an archive reads no backup. The
identity that reads them is kept elsewhere; age's own program reads the archives, too.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Thread
from typing import BinaryIO

import pyrage
from pyrage.x25519 import Identity, Recipient

MAGIC = b"age-encryption.org/"


class IdentityFileError(Exception):
    """Not a file of an age identity."""


def is_recipient(word: str) -> bool:
    """Whether it is an age public key."""
    try:
        Recipient.from_str(word)
    except pyrage.RecipientError:
        return False
    return True


def new_identity() -> tuple[str, str]:
    """A new identity and its recipient, as texts."""
    identity = Identity.generate()
    return str(identity), str(identity.to_public())


def read_identities(text: str) -> list[Identity]:
    """The identities of a file as age-keygen writes it. Raises IdentityFileError."""
    lines = [line.strip() for line in text.splitlines()]
    try:
        found = [Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError as error:
        raise IdentityFileError from error
    if not found:
        raise IdentityFileError
    return found


@contextmanager
def encrypted(file: BinaryIO, recipients: Sequence[str]) -> Iterator[BinaryIO]:
    """What is written goes into the file encrypted, as it comes. The file is whole once the block has ended."""
    known = [Recipient.from_str(each) for each in recipients]
    read, write = os.pipe()
    source, sink = os.fdopen(read, "rb"), os.fdopen(write, "wb")
    with _beside(lambda: pyrage.encrypt_io(source, file, known), closes=source), _closed(sink):
        yield sink


@contextmanager
def decrypted(file: BinaryIO, identities: Sequence[Identity]) -> Iterator[BinaryIO]:
    """What the file holds, as it is read. Raises pyrage.DecryptError or OSError, at the latest when the block ends."""
    read, write = os.pipe()
    source, sink = os.fdopen(read, "rb"), os.fdopen(write, "wb")
    with _beside(lambda: pyrage.decrypt_io(file, sink, list(identities)), closes=sink), _closed(source):
        yield source


@contextmanager
def _beside(work: Callable[[], None], *, closes: BinaryIO) -> Iterator[None]:
    """Has a thread do the work and close its end of the pipe; its error hides the one that follows from it."""
    failed: list[Exception] = []

    def run() -> None:
        try:
            with _closed(closes):
                work()
        except Exception as error:  # noqa: BLE001 - raised anew below
            failed.append(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    except Exception as error:
        thread.join()
        if failed and not isinstance(failed[0], BrokenPipeError):
            raise failed[0] from error
        raise
    finally:
        thread.join()
    if failed:
        raise failed[0]


@contextmanager
def _closed(pipe: BinaryIO) -> Iterator[None]:
    """Closes this end of the pipe at the end; the other may be gone by then."""
    try:
        yield
    except BaseException:
        with suppress(BrokenPipeError):
            pipe.close()
        raise
    pipe.close()
