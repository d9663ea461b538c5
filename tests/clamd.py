"""A daemon that speaks ClamAV's protocol (man clamd) as far as the line does."""

import socketserver
import threading
import time
from pathlib import Path
from typing import Self

from typing_extensions import override

# The EICAR test file, in two halves: whole it would be found in this very file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
FOUND = "stream: Eicar-Test-Signature FOUND"


class FakeClamd:
    """Answers PONG, and finds EICAR. `answers` are given first, one a command; None hangs up without any. One that
    `drips` says a byte each so many seconds.
    """

    def __init__(self, socket: Path, most: int = 1 << 20, drips: float = 0.0) -> None:
        self.url = f"unix://{socket}"
        self.answers: list[str | None] = []
        self.seen: list[bytes] = []
        self._most, self._drips = most, drips
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            @override
            def handle(self) -> None:
                outer._answer(self)

        self._server = socketserver.ThreadingUnixStreamServer(str(socket), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, handler: socketserver.StreamRequestHandler) -> None:
        command = _until_nul(handler)
        content = self._content(handler) if command == b"zINSTREAM" else b""
        if content:
            self.seen.append(content)
        said: str | None = "PONG" if command == b"zPING" else "stream: OK"
        if len(content) > self._most:
            said = "INSTREAM size limit exceeded. ERROR"
        elif EICAR in content:
            said = FOUND
        if self.answers:
            said = self.answers.pop(0)
        if said is not None and self._drips:
            for byte in said.encode() + b"\0":
                time.sleep(self._drips)
                handler.wfile.write(bytes([byte]))
        elif said is not None:
            handler.wfile.write(said.encode() + b"\0")

    def _content(self, handler: socketserver.StreamRequestHandler) -> bytes:
        content = b""
        while size := int.from_bytes(handler.rfile.read(4)):
            content += handler.rfile.read(size)
            if len(content) > self._most:  # as the daemon does: it answers, and reads no more
                break
        return content


def _until_nul(handler: socketserver.StreamRequestHandler) -> bytes:
    command = b""
    while (byte := handler.rfile.read(1)) not in (b"\0", b""):
        command += byte
    return command
