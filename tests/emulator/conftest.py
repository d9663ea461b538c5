"""Fixtures: the emulator, and a receiver in place of the application's webhook."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.timeouts import PATIENCE
from whatsapp.emulator.config import Config
from whatsapp.emulator.records import Person
from whatsapp.emulator.server import Emulator

PHONE = "905321112233"


@dataclass
class Received:
    """One webhook as it came."""

    body: bytes
    signature: str

    @property
    def values(self) -> list[dict[str, Any]]:
        return [change["value"] for entry in json.loads(self.body)["entry"] for change in entry["changes"]]


@dataclass
class Receiver:
    """Answers each POST with the next of `answers` (200 when there is none left) and notes what came."""

    answers: list[int] = field(default_factory=list)
    posts: list[Received] = field(default_factory=list)
    url: str = ""

    def __call__(self, request: Request) -> Response:
        if request.method == "GET":
            known = request.args["hub.verify_token"] == "verify-token"
            return Response(request.args["hub.challenge"] if known else "no", status=200 if known else 403)
        self.posts.append(Received(request.get_data(), request.headers["X-Hub-Signature-256"]))
        return Response(status=self.answers.pop(0) if self.answers else 200)

    def wait(self, count: int, seconds: float = PATIENCE) -> list[Received]:
        """The posts as soon as there are that many."""
        deadline = time.monotonic() + seconds
        while len(self.posts) < count:
            assert time.monotonic() < deadline, f"{len(self.posts)} of {count} webhooks came"
            time.sleep(0.005)
        return self.posts

    def messages(self, count: int = 1) -> list[dict[str, Any]]:
        """The messages in the posts, once that many came."""
        return self._parts("messages", count)

    def statuses(self, count: int = 1) -> list[dict[str, Any]]:
        return self._parts("statuses", count)

    def _parts(self, name: str, count: int) -> list[dict[str, Any]]:
        deadline = time.monotonic() + PATIENCE
        while True:
            posts = list(self.posts)
            parts = [part for post in posts for value in post.values for part in value.get(name, [])]
            if len(parts) >= count:
                return parts
            assert time.monotonic() < deadline, f"{len(parts)} of {count} {name} came"
            time.sleep(0.005)


@dataclass
class Business:
    """What the application does: calls the Graph API with its token."""

    url: str
    token: str = "token"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        return requests.request(
            method, f"{self.url}/v23.0/{path}", headers=self.headers, timeout=PATIENCE, **arguments
        )

    def post(self, body: dict[str, Any]) -> requests.Response:
        return self.call("POST", "100200/messages", json={"messaging_product": "whatsapp", **body})

    def text(self, body: str = "Merhaba", to: str = f"+{PHONE}", **more: Any) -> requests.Response:
        return self.post({"to": to, "type": "text", "text": {"body": body}, **more})

    def upload(self, data: bytes, mime_type: str, name: str = "f") -> requests.Response:
        return self.call(
            "POST",
            "100200/media",
            data={"messaging_product": "whatsapp", "type": mime_type},
            files={"file": (name, data, mime_type)},
        )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = make_server("127.0.0.1", 0, Request.application(receiver), threaded=True)
    receiver.url = f"http://127.0.0.1:{server.server_port}/whatsapp/webhook/"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def start(receiver: Receiver) -> Iterator[Callable[..., Emulator]]:
    """Starts an emulator with other options than usual; every one is stopped at the end."""
    running: list[Emulator] = []

    def start(*, state: str = ":memory:", clock: Path | None = None, **options: Any) -> Emulator:
        config = Config(
            **{
                "webhook_url": receiver.url,
                "secret": "secret",
                "verify_token": "verify-token",
                "access_token": "token",
                "phone_number_id": "100200",
                "waba_id": "300400",
                "retry_scale": 0.01,
                "status_seconds": 0.01,
                **options,
            }
        )
        running.append(Emulator(config, state=state, clock=clock).start())
        return running[-1]

    yield start
    for emulator in running:
        emulator.stop()


@pytest.fixture
def emulator(start: Callable[..., Emulator]) -> Emulator:
    return start()


@pytest.fixture
def business(emulator: Emulator) -> Business:
    return Business(emulator.url)


@pytest.fixture
def citizen(emulator: Emulator) -> Person:
    """Ayşe, who has written "Merhaba" a moment ago: her window is open, the webhook may still be under way."""
    person = emulator.people.add("Ayşe Yılmaz", phone=PHONE)
    emulator.people.say(person.id, "text", text="Merhaba")
    return emulator.people.get(person.id)
