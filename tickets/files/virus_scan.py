"""Looks through files for viruses with ClamAV's daemon, where CLAMD_URL names one (its protocol: man clamd, INSTREAM).

The client is ours: it is three commands on a socket, and the libraries for it are not kept up.
"""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings

NOT_SET = "Kurulu değil: gelen dosyalar virüs için taranmıyor. CLAMD_URL verilirse taranır (docs/kurulum.md)."
PING_SECONDS = 1.0
SCAN_SECONDS = 14.0  # for a whole file: with its decoding (15 s) the next one waits less than half a minute
PART_BYTES = 1 << 16
REPLY_BYTES = 4096
_FOUND = re.compile(r"\Astream: (.+) FOUND")


class ScannerDownError(Exception):
    """The daemon cannot be asked, or cannot say: the file waits."""


class SlowScanError(Exception):
    """The daemon did not come to an end with the file in time: it is put off, so that others have their turn."""


class TooLargeToScanError(Exception):
    """The file is larger than the daemon's StreamMaxLength."""


def is_ready() -> bool:
    """Whether files can be looked through: the daemon answers, or the installation has none."""
    return not trouble()


def trouble() -> str:
    """What is wrong with the daemon, in a word; "" where it answers, or where the installation has none."""
    if not settings.CLAMD_URL:
        return ""
    try:
        answer = _ask(b"zPING\0", PING_SECONDS)
    except ScannerDownError as error:
        return str(error)
    return "" if answer == "PONG" else "unexpected answer"


def scan(file: IO[bytes]) -> str:
    """The name of the virus in the file, "" where there is none or where no daemon is set. `file` is read from its
    beginning and left there. Raises `ScannerDownError`, `SlowScanError`, `TooLargeToScanError`.
    """
    if not settings.CLAMD_URL:
        return ""
    file.seek(0)
    try:
        answer = _ask(b"zINSTREAM\0", SCAN_SECONDS, file)
    except ScannerDownError as error:
        if isinstance(error.__cause__, TimeoutError):
            raise SlowScanError from error
        raise
    file.seek(0)
    if answer == "stream: OK":
        return ""
    if found := _FOUND.fullmatch(answer):
        return found[1]
    if "size limit exceeded" in answer:
        raise TooLargeToScanError
    raise ScannerDownError("unexpected answer")


def _ask(command: bytes, seconds: float, file: IO[bytes] | None = None) -> str:
    try:
        until = time.monotonic() + seconds
        with _connected(seconds) as connection:
            connection.sendall(command)
            if file is not None:
                _stream(connection, file, until)
            return _reply(connection, until)
    except OSError as error:
        raise ScannerDownError(type(error).__name__) from error


@contextmanager
def _connected(seconds: float) -> Iterator[socket.socket]:
    url = urlsplit(settings.CLAMD_URL)
    if url.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(seconds)
        with connection:
            connection.connect(url.path)
            yield connection
    else:
        with socket.create_connection((url.hostname or "", url.port or 0), seconds) as connection:
            yield connection


def _in_time(connection: socket.socket, until: float) -> socket.socket:
    """The connection, whose next step may take what is left. Raises TimeoutError where nothing is."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)
    return connection


def _stream(connection: socket.socket, file: IO[bytes], until: float) -> None:
    """Sends the file. A daemon that has heard enough answers and hangs up: its answer is still there to be read."""
    try:
        for part in iter(lambda: file.read(PART_BYTES), b""):
            _in_time(connection, until).sendall(len(part).to_bytes(4, "big") + part)
        _in_time(connection, until).sendall(bytes(4))
    except (BrokenPipeError, ConnectionResetError):
        return


def _reply(connection: socket.socket, until: float) -> str:
    """The answer up to its NUL. Raises OSError where the daemon hangs up without one."""
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < REPLY_BYTES:
        part = _in_time(connection, until).recv(REPLY_BYTES)
        if not part:
            raise ConnectionAbortedError
        answer += part
    return answer.rstrip(b"\0").decode(errors="replace")
