"""python -m whatsapp.emulator: the process that bin/run starts."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.emulator.conftest import Receiver
from tests.timeouts import PATIENCE
from whatsapp.emulator.client import ControlClient

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {
    **os.environ,
    "WHATSAPP_APP_SECRET": "new-secret,old-secret",
    "WHATSAPP_VERIFY_TOKEN": "verify-token",
    "WHATSAPP_ACCESS_TOKEN": "token",
    "WHATSAPP_PHONE_NUMBER_ID": "100200",
    "WHATSAPP_WABA_ID": "300400",
}


@contextmanager
def started(*arguments: str, **changed: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "whatsapp.emulator", *arguments],
        cwd=ROOT,
        env=ENVIRONMENT | changed,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_serves_and_ends_with_0(
    port: int, receiver: Receiver, end: signal.Signals
) -> None:
    with started(f"--port={port}", f"--webhook-url={receiver.url}", "--verify") as process:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        assert "'ok': True" in process.stdout.readline()
        control = ControlClient(f"http://127.0.0.1:{port}")
        control.say(control.add_person("Ayşe", username="ayse")["id"], "text", text="x")
        assert receiver.messages()[0]["text"]["body"] == "x"
        process.send_signal(end)
        assert process.wait(timeout=PATIENCE) == 0


def test_it_names_the_variable_that_is_missing(port: int) -> None:
    with started(f"--port={port}", "--webhook-url=http://127.0.0.1:9/", WHATSAPP_WABA_ID="") as process:
        _out, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "WHATSAPP_WABA_ID" in error) == (2, True)


def test_it_does_not_start_on_a_port_that_is_taken(receiver: Receiver) -> None:
    taken = receiver.url.split(":")[2].split("/")[0]
    with started(f"--port={taken}", "--webhook-url=http://127.0.0.1:9/") as process:
        _out, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "in use" in error) == (1, True)
