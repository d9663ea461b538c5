"""A line whose web server and workers are of either of two releases, and are exchanged while people write."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.chaos.instance import INHERITED, ROOT, START_SECONDS, LiveLine, free_port, wait_for
from tests.timeouts import PATIENCE
from tooling import instance, services
from whatsapp.emulator.client import ControlClient, EmulatorOffError

HOST = "127.0.0.1"
STOP_SECONDS = 90  # longer than any program gives its own processes


class WayIn:
    """Where WhatsApp calls: each connection is passed on to the web server of the moment, as by a proxy."""

    def __init__(self) -> None:
        self.to = 0  # a port
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                caller, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(caller,), daemon=True).start()

    def _pass_on(self, caller: socket.socket) -> None:
        with contextlib.suppress(OSError), caller, socket.create_connection((HOST, self.to)) as server:
            back = threading.Thread(target=_pour, args=(server, caller), daemon=True)
            back.start()
            _pour(caller, server)
            back.join()

    def close(self) -> None:
        self._listener.close()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class TwoReleases(LiveLine):
    """Made by `on_tables_of`. `folder` is where the code of a program lies, and its environment (.venv)."""

    def __init__(self, directory: Path, way_in: WayIn, variables: dict[str, str]) -> None:
        self._directory = directory
        self._way_in = way_in
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.variables = variables

    def start(self, folder: Path, *command: str, log: str) -> "subprocess.Popen[bytes]":
        """A program of the code in that folder."""
        clean = {name: text for name, text in os.environ.items() if not name.startswith(INHERITED)}
        environment = clean | self.variables | {"PYTHONPATH": str(folder)}
        with (self._directory / "log" / f"{log}.log").open("ab") as said:
            return subprocess.Popen(
                [folder / ".venv/bin/python", *command], cwd=folder, env=environment, stdout=said, stderr=said
            )

    def does(self, folder: Path, *command: str) -> tuple[int, str]:
        """Exit status of a program that ends by itself, and what it said."""
        name = f"once-{len(list((self._directory / 'log').iterdir()))}"
        status = self.start(folder, *command, log=name).wait(START_SECONDS)
        return status, (self._directory / "log" / f"{name}.log").read_text(errors="replace")

    def puts_to_work(self, program: str, folder: Path) -> None:
        """Exchanges the web server without a gap, the workers one after the other, as melikgazi-upgrade does."""
        before = self._running.get(program)
        if program == "web":
            port = free_port()
            self._running[program] = self.start(folder, "-m", "melikgazi.web", "--port", str(port), log="web")
            wait_for(lambda: _is_ready(port) or self._is_over(program), START_SECONDS)
            self._way_in.to = port
        if before:
            before.send_signal(signal.SIGTERM)
            assert before.wait(STOP_SECONDS) == 0, program
        if program == "workers":
            self._running[program] = self.start(folder, "-m", "melikgazi.workers", log="workers")

    def _is_over(self, program: str) -> bool:
        status = self._running[program].poll()
        assert status is None, (self._directory / "log" / f"{program}.log").read_text(errors="replace")
        return False

    def stop(self) -> None:
        for each in self._running.values():
            each.terminate()
        for each in self._running.values():
            each.wait(STOP_SECONDS)


@contextlib.contextmanager
def on_tables_of(last: Path, directory: Path) -> Iterator[TwoReleases]:
    """A database and broker of its own, with the tables of the last release, and that release at work on them."""
    instance.prepare_directory(directory)
    instance.make_secrets(directory)
    way_in = WayIn()
    meta = f"{HOST}:{free_port()}"
    needed = services.needed(directory, {})
    variables = instance.environment(directory, way_in.port, {})
    variables |= {service.variable: service.url for service in needed}
    variables |= {
        "EMULATOR": "on",
        "EMULATOR_URL": f"http://{meta}",
        "EMULATOR_CLOCK": str(directory / "clock"),
    }
    variables |= {"WHATSAPP_GRAPH_URL": f"http://{meta}", "WHATSAPP_MEDIA_HOSTS": meta}
    line = TwoReleases(directory, way_in, variables)
    with services.running(needed), contextlib.ExitStack() as at_the_end:
        at_the_end.callback(way_in.close)
        webhook = f"http://{HOST}:{way_in.port}/whatsapp/webhook/"
        command = ("-m", "whatsapp.emulator", "--port", meta.partition(":")[2], "--webhook-url", webhook)
        emulator = line.start(ROOT, *command, log="emulator")
        at_the_end.callback(emulator.wait, PATIENCE)
        at_the_end.callback(emulator.terminate)
        at_the_end.callback(line.stop)
        for made in ("migrate", "load_base"):
            status, said = line.does(last, "manage.py", made)
            assert status == 0, said
        for program in ("web", "workers"):
            line.puts_to_work(program, last)
        wait_for(lambda: _answers(line.emulator), PATIENCE)
        yield line


def _is_ready(port: int) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"http://{HOST}:{port}/readyz", timeout=PATIENCE).status_code == 200
    return False


def _answers(emulator: ControlClient) -> bool:
    with contextlib.suppress(EmulatorOffError):
        emulator.people()
        return True
    return False
