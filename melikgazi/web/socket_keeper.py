"""A server that is exchanged for its next version while it serves: one process keeps the listening socket, another (a
generation) loads the code and serves on it.

1. The keeper starts a generation, which says by a pipe when it serves.
2. SIGHUP: another one is started, from what lies on the disk by then. Once that serves the one before is asked to end,
   and ends when all that it was asked is answered. Where it does not come so far, the one before goes on.
3. A generation that ends unasked is followed by another. SIGTERM or SIGINT ends all.

Under systemd the socket is left with it, too: who connects during a restart waits for its end instead of being refused,
and `systemctl reload` returns when the next generation serves.
"""

import contextlib
import logging
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from melikgazi.processes.forks import die_with_parent

LOOK_SECONDS = 0.1
READY_SECONDS = 120.0  # for a generation to serve
STOP_SECONDS = 55.0  # for one to end: more than it gives its own processes (melikgazi/processes/forks.py)
FIRST_PASSED_ON = 3  # the first descriptor that systemd passes on
SERVES, FAILED = "STATUS=Hizmet veriyor", "STATUS=Yeni sürüm başlamadı, eskisi sürüyor; nedeni günlükte"

log = logging.getLogger(__name__)


def listen(host: str, port: int, backlog: int) -> socket.socket:
    """The socket that systemd has kept for us, or one of our own."""
    if os.environ.get("LISTEN_PID") == str(os.getpid()):
        return socket.socket(fileno=FIRST_PASSED_ON)
    return socket.create_server((host, port), backlog=backlog)


class SocketHolder:
    """Keeps the socket, and a generation that serves on it. `command` starts one; --listening and --ready are added,
    the descriptors of the socket and of the pipe that it writes a byte to."""

    def __init__(self, listening: socket.socket, command: Sequence[str]) -> None:
        self._listening = listening
        self._command = command
        self._folder = Path.cwd()  # by its name: by the next start another version may stand there
        self._asked_to_stop = False
        self._asked_for_next = False
        self._retired: list[subprocess.Popen[bytes]] = []

    def keep(self) -> int:
        """Until asked to stop. Returns the exit status: 1 where nobody serves any more, or one had to be cut off."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGHUP, self._ask_for_next)
        _notify("FDSTORE=1", self._listening)
        present = self._start()
        _notify(f"READY=1\n{SERVES}")
        while present and not self._asked_to_stop:
            if present.poll() is not None:
                log.error("the web server ended (%s)", present.returncode)
                present = self._start()
            elif self._asked_for_next:
                present = self._exchange(present)
            self._retired = [each for each in self._retired if each.poll() is None]
            time.sleep(LOOK_SECONDS)
        asked = self._asked_to_stop
        return 0 if self._stop(present) and asked else 1

    def _ask_to_stop(self, *_: object) -> None:
        self._asked_to_stop = True

    def _ask_for_next(self, *_: object) -> None:
        self._asked_for_next = True

    def _exchange(self, present: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
        """The generation that serves from now on: the next one, or the present one where that does not start."""
        self._asked_for_next = False
        _notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
        following = self._start()
        if following:
            present.terminate()
            self._retired.append(present)
        _notify(f"READY=1\n{SERVES if following else FAILED}")
        return following or present

    def _start(self) -> "subprocess.Popen[bytes] | None":
        """One that serves; None for one that ended or hung before, and where we are asked to stop meanwhile."""
        ready, theirs = os.pipe()
        numbers = (self._listening.fileno(), theirs)
        arguments = [f"--listening={numbers[0]}", f"--ready={numbers[1]}"]
        parent = os.getpid()
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [*self._command, *arguments],
            pass_fds=numbers,
            cwd=self._folder,
            preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 - we have no other thread
        )
        os.close(theirs)
        try:
            if self._is_ready(ready):
                return process
        finally:
            os.close(ready)
        process.kill()
        process.wait()
        return None

    def _is_ready(self, pipe: int) -> bool:
        """Whether it says so in time; its end is told by the pipe, too."""
        end = time.monotonic() + READY_SECONDS
        while not self._asked_to_stop and time.monotonic() < end:
            readable, _, _ = select.select([pipe], [], [], LOOK_SECONDS)
            if readable:
                return os.read(pipe, 1) != b""
        return False

    def _stop(self, present: "subprocess.Popen[bytes] | None") -> bool:
        """Ends all. Returns whether each did by itself."""
        running = [each for each in (present, *self._retired) if each and each.poll() is None]
        for each in running:
            each.terminate()
        end = time.monotonic() + STOP_SECONDS
        for each in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                each.wait(max(0.0, end - time.monotonic()))
        cut_off = [each for each in running if each.poll() is None]
        for each in cut_off:
            each.kill()
            each.wait()
        return not cut_off and all(each.returncode == 0 for each in running)


def _notify(text: str, *kept: socket.socket) -> None:
    """Tells systemd, where that started us; `kept` are left with it over a restart."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as telling, contextlib.suppress(OSError):
        telling.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        socket.send_fds(telling, [text.encode()], [each.fileno() for each in kept])
