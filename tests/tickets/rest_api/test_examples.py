"""The examples in docs/arayuzler.md work."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from pytest_django import Settings

from departments.places.points import Point
from tests.tickets.keys import key_of
from tests.tickets.world import World
from tickets.models import LocationSource

PAGE = Path(__file__).parents[3] / "docs" / "arayuzler.md"
_EXAMPLE = re.compile(r"^    (curl .*?)\s+# (\d{3})$", re.MULTILINE)


def examples() -> Iterator[tuple[str, int]]:
    for command, status in _EXAMPLE.findall(PAGE.read_text(encoding="utf-8")):
        yield command, int(status)


def run(command: str, variables: dict[str, str]) -> Any:
    """What curl would do, against the test's own site."""
    for name, value in variables.items():
        command = command.replace(f"${name}", value)
    headers: dict[str, str] = {}
    body: list[str] = []
    url = ""
    words = iter(shlex.split(command)[1:])
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body.append(next(words))
        else:
            url = word
    address = urlsplit(url)._replace(scheme="", netloc="").geturl()
    if not body:
        return Client().get(address, headers=headers)
    if kind := headers.pop("Content-Type", ""):
        return Client().post(address, body[0], content_type=kind, headers=headers)
    form = urlencode(dict(pair.split("=", 1) for pair in body))
    return Client().post(address, form, content_type="application/x-www-form-urlencoded", headers=headers)


def closed(answer: Any) -> None:
    """Lets go of the file of a download. The connection, which a server would look after then, is the test's own."""
    request_finished.disconnect(close_old_connections)
    try:
        answer.close()
    finally:
        request_finished.connect(close_old_connections)


@pytest.mark.slow
def test_every_example_is_answered_as_the_page_says(world: World, settings: Settings, tmp_path: Path) -> None:
    settings.OPEN_DATA, settings.MEDIA_ROOT = True, str(tmp_path)
    place = {"point": Point(38.72, 35.48), "location_source": LocationSource.PIN}
    ticket = world.assigned(neighbourhood=world.mahalle, **place)
    key = key_of(world.user("supervisor"))
    variables = {"HAT": "http://testserver", "ANAHTAR": key, "NO": ticket.number}
    answered = []
    for command, _ in examples():
        answer = run(command, variables)
        closed(answer)
        answered.append((command, answer.status_code))
    assert answered == list(examples())


def test_no_example_of_the_page_is_left_out() -> None:
    commands = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("    curl")]
    assert len(commands) == len(list(examples())) > 20


@pytest.mark.parametrize("report", ["summary", "trend", "routing", "routing/confusions", "channel"])
def test_the_page_names_every_report(report: str) -> None:
    assert f"`{report}/" in PAGE.read_text(encoding="utf-8")
