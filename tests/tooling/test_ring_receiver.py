"""The gateway for trials."""

import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from pytest_django import Settings

from tests.timeouts import PATIENCE
from tickets.danger import telephone_gateway
from tickets.danger.telephone_gateway import Call
from tooling.bootstrap import ROOT

SECRET = "mavi-kapi-ardinda-9"


@pytest.fixture
def receiver(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tooling.ring_receiver", "0"]
    environment = {**os.environ, "RING_SECRET": SECRET}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        settings.RING_URL, settings.RING_SECRET = process.stdout.readline().strip(), SECRET
        yield process
        process.terminate()
        process.wait(PATIENCE)


def printed(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    line: str = process.stdout.readline()
    return line


def test_it_takes_a_call_of_the_line_and_prints_it(receiver: subprocess.Popen[str]) -> None:
    assert telephone_gateway.call(Call(id=uuid4(), to="+905321112233", test=True)) == ""
    assert '"to": "+905321112233"' in printed(receiver)


def test_it_refuses_what_is_signed_with_another_secret(
    receiver: subprocess.Popen[str], settings: Settings
) -> None:
    settings.RING_SECRET = "yesil-kapi-ardinda-9"
    assert telephone_gateway.call(Call(id=uuid4(), to="+905321112233")) == "HTTP 401"
    assert "+90" not in printed(receiver)
