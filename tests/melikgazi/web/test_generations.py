"""The keeper of the listening socket: versions are exchanged, a bad one is not, and no connection is refused."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.instance import free_port
from tests.timeouts import PATIENCE
from tests.tooling.trial import ROOT, eventually

KEEPER = """
import sys
from melikgazi.web.socket_keeper import SocketHolder, listen
command = (sys.executable, "-c", open(sys.argv[2]).read())
sys.exit(SocketHolder(listen("127.0.0.1", int(sys.argv[1]), 16), command).keep())
"""
# Serves what stands in the file `version`, or ends where it says so.
GENERATION = """
import os, pathlib, socket, sys
listening, ready = (int(each.partition("=")[2]) for each in sys.argv[1:])
version = pathlib.Path("version").read_text()
if version == "broken":
    sys.exit("it does not start")
os.write(ready, b"1")
os.close(ready)
server = socket.socket(fileno=listening)
while True:
    connection, _ = server.accept()
    connection.sendall(version.encode())
    connection.close()
"""


class Kept:
    """A keeper in a folder of its own, and what systemd would hear of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.systemd.bind(str(folder / "notify"))
        self.systemd.settimeout(PATIENCE)
        (folder / "generation.py").write_text(GENERATION)
        self.process: subprocess.Popen[bytes] | None = None
        self.stored: list[int] = []  # descriptors that were left with systemd

    def start(self, *, passes: int | None = None) -> None:
        environment = os.environ | {"NOTIFY_SOCKET": str(self.folder / "notify"), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", KEEPER, str(self.port), str(self.folder / "generation.py")]
        handed = ""
        if passes is not None:
            handed = f"exec 3<&{passes}; export LISTEN_PID=$$ LISTEN_FDS=1; "
        self.process = subprocess.Popen(
            ["bash", "-c", f'{handed}exec "$@"', "bash", *command],
            env=environment,
            cwd=self.folder,
            pass_fds=() if passes is None else (passes,),
        )

    def is_told(self, *words: str) -> str:
        """What systemd is told next that holds one of the words."""
        while True:
            said, descriptors, _, _ = socket.recv_fds(self.systemd, 4096, 4)
            self.stored += descriptors
            if any(word in said.decode() for word in words):
                return said.decode()

    def publishes(self, version: str) -> None:
        (self.folder / "version").write_text(version)

    def signal(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def ends(self) -> int:
        assert self.process
        return self.process.wait(PATIENCE)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def serves(self) -> str:
        with self.connect() as connection:
            return connection.recv(100).decode()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    keeper = Kept(tmp_path)
    keeper.publishes("first")
    yield keeper
    keeper.systemd.close()
    for descriptor in keeper.stored:
        os.close(descriptor)
    if keeper.process:
        keeper.process.kill()
        keeper.process.wait()


def test_a_start_is_over_when_it_serves(kept: Kept) -> None:
    kept.start()
    kept.is_told("READY=1")
    assert kept.serves() == "first"


def test_the_next_version_takes_over_when_asked(kept: Kept) -> None:
    kept.start()
    kept.is_told("READY=1")
    kept.publishes("second")
    kept.signal(signal.SIGHUP)
    assert "MONOTONIC_USEC=" in kept.is_told("RELOADING=1")
    assert "Hizmet veriyor" in kept.is_told("READY=1")
    assert eventually(lambda: kept.serves() == "second")


def test_a_version_that_does_not_start_leaves_the_one_before_in_place(kept: Kept) -> None:
    kept.start()
    kept.is_told("READY=1")
    kept.publishes("broken")
    kept.signal(signal.SIGHUP)
    assert "eskisi sürüyor" in kept.is_told("READY=1")
    assert kept.serves() == "first"


def test_the_folder_is_known_by_its_name(kept: Kept, tmp_path: Path) -> None:
    """Another version was put in its place."""
    kept.start()
    kept.is_told("READY=1")
    tmp_path.rename(tmp_path.with_name("set-aside"))
    tmp_path.mkdir()
    (tmp_path / "version").write_text("second")
    kept.signal(signal.SIGHUP)
    assert eventually(lambda: kept.serves() == "second")


def test_where_the_first_version_does_not_start_it_ends(kept: Kept) -> None:
    kept.publishes("broken")
    kept.start()
    assert kept.ends() == 1


@pytest.mark.slow
def test_who_connects_during_a_restart_waits_for_its_end(kept: Kept) -> None:
    kept.start()
    kept.is_told("FDSTORE=1")
    kept.is_told("READY=1")
    kept.signal(signal.SIGTERM)
    kept.ends()
    with kept.connect() as waiting:
        kept.publishes("second")
        kept.start(passes=kept.stored[0])
        assert waiting.recv(100) == b"second"
