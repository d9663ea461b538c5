"""The tooling's programs are tried for real, each in a process of its own that may be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.timeouts import PATIENCE
from tooling import services
from tooling.services import Postgres

ROOT = Path(__file__).resolve().parents[2]


class Trial:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._started: list[subprocess.Popen[str]] = []

    def python(self, script: str, *, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """Runs a script that finds the folder of the trial as `directory`, in a process that names it."""
        prelude = "import sys, pathlib; directory = pathlib.Path(sys.argv[1])\n"
        return self._start([sys.executable, "-c", prelude + script, str(self.directory)], environment)

    def command(
        self, name: str, *arguments: str, environment: dict[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Runs one of the project's commands on the trial's folder, from a directory that is not the checkout."""
        return self._start([str(ROOT / "bin" / name), "--data", str(self.directory), *arguments], environment)

    def _start(self, command: list[str], environment: dict[str, str] | None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **(environment or {})},
            cwd=self.directory.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started.append(process)
        return process

    def kill_all(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()
        eventually(lambda: not processes_naming(self.directory))


def database_of(directory: Path) -> Postgres:
    """The database server that the programs working on the folder have."""
    [server] = (each for each in services.needed(directory, {}) if isinstance(each, Postgres))
    return server


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """What the process prints up to the line that holds `text`."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError(f"ended without saying {text!r}:\n{''.join(lines)}")


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Whether the condition comes true within that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def processes_naming(*words: object) -> list[int]:
    """The processes, zombies left out, whose command line holds every word."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # ended while we looked
            continue
        if all(str(word) in line for word in words):
            found.append(int(entry.parent.name))
    return found


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
