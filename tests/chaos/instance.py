"""A whole line started by bin/run in a directory of its own, and the means to hurt it."""

import os
import random
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import requests

from tests.timeouts import PATIENCE
from tooling.instance import read_variables
from whatsapp.emulator.client import ControlClient

START_SECONDS = 180  # with an environment to install before
ROOT = Path(__file__).resolve().parent.parent.parent
INHERITED = (
    "DATABASE_URL",
    "BROKER_URL",
    "WHATSAPP_",
    "SECRET_KEY",
    "EMULATOR",
    "MEDIA_ROOT",
    "PUBLIC_URL",
    "DJANGO_",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], Any], seconds: float = PATIENCE, every: float = 0.3) -> Any:
    """The first true answer of `what`; AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every)
    return found


class LiveLine:
    """A line with the emulator as WhatsApp; `variables` is what its programs are started with."""

    variables: dict[str, str]

    @property
    def emulator(self) -> ControlClient:
        """Of a line that was not given another server for the Cloud API."""
        return ControlClient(self.variables["EMULATOR_URL"])

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        host = self.variables["DATABASE_URL"].partition("host=")[2]
        return psycopg.connect(host=host, user="melikgazi", dbname="melikgazi")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(query.encode()).fetchall()

    def count(self, query: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {query}")[0][0])


class Instance(LiveLine):
    """bin/run, alive, with `options`. `names` are its programs: web, workers, postgres, valkey …"""

    def __init__(self, directory: Path, *options: str, root: Path = ROOT, **variables: str) -> None:
        self.directory, self.port = directory, free_port()
        self._killed: Counter[str] = Counter()  # first processes, by the word that they were found by
        kept = {name: text for name, text in os.environ.items() if not name.startswith(INHERITED)} | variables
        command = [str(root / "bin" / "run"), "--port", str(self.port), "--data", str(directory), *options]
        self.output = directory.with_suffix(".out")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(command, env=kept, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_for(
                lambda: (directory / "run.env").exists() or self.process.poll() is not None, START_SECONDS
            )
            assert self.process.poll() is None, self.output.read_text()
        except AssertionError:
            self.process.terminate()
            self.process.wait(PATIENCE)
            raise
        self.variables = read_variables(directory / "run.env")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def is_ready(self) -> bool:
        """Whether the web server says that it is; not while it is started again."""
        try:
            return requests.get(f"{self.url}/readyz", timeout=PATIENCE).status_code == 200
        except requests.RequestException:
            return False

    def post(self, body: bytes, signature: str) -> int:
        headers = {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}
        return requests.post(
            f"{self.url}/whatsapp/webhook/", body, headers=headers, timeout=PATIENCE
        ).status_code

    def processes(self, *words: str) -> list[int]:
        """Process ids below bin/run whose command line holds one of the words."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                named = line + (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(self.directory) in named and any(word in line for word in words):
                found.append(int(entry.name))
        return found

    def kill_one(self, *words: str) -> None:
        """kill -9 to one process, picked by chance. A program's first process only twice: bin/run gives up what dies
        too often, and while it starts again it is the only one there is to pick."""
        victims = {pid: word for word in words for pid in self.processes(word)}
        spared = [pid for pid, word in victims.items() if self._killed[word] >= 2 and self._is_first(pid)]
        if victims := {pid: word for pid, word in victims.items() if pid not in spared}:
            pid = random.choice(list(victims))
            self._killed[victims[pid]] += self._is_first(pid)
            os.kill(pid, signal.SIGKILL)

    def _is_first(self, pid: int) -> bool:
        """Whether bin/run itself has started the process."""
        try:
            parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        except OSError:  # gone by itself
            return False
        return int(parent) == self.process.pid
