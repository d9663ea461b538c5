"""Client of the emulator's control API: for the citizen command, the benchmarks and the tests."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import requests

from whatsapp.emulator.records import ControlError, File, Json

QUIET_SECONDS = 2.0
LONGEST_POLL = 20.0


class EmulatorOffError(ConnectionError):
    """No emulator answers at its URL."""


class ControlClient:
    """Every call raises EmulatorOffError when no emulator answers and ControlError when it refuses."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + "/control/"

    def people(self) -> list[Json]:
        found: list[Json] = self._call("GET", "people")["people"]
        return found

    def add_person(self, name: str, **details: object) -> Json:
        """Details are phone, username and auto_read."""
        return self._call("POST", "people", json={"name": name, **details})

    def say(self, person: int, kind: str, files: Sequence[File] = (), **fields: object) -> list[Json]:
        """A message of a person, or one for each file; returns them as they went over the wire."""
        path = f"people/{person}/messages"
        if files:
            parts = [("file", (file.name, file.data, file.mime_type)) for file in files]
            answer = self._call("POST", path, data={"type": kind, **fields}, files=parts)
        else:
            answer = self._call("POST", path, json={"type": kind, **fields})
        messages: list[Json] = answer["messages"]
        return messages

    def read(self, person: int, kind: str = "read") -> None:
        self._call("POST", f"people/{person}/read", json={"kind": kind})

    def chat(self, person: int, *, after: int = 0, wait: float = 0.0) -> Json:
        """`{person, messages, last}`: what changed after the cursor; `last` is the next one."""
        return self._call("GET", f"people/{person}/chat", params={"after": after, "wait": wait})

    def outbound(self, *, after: int = 0, wait: float = 0.0) -> Json:
        """`{messages, last}`: what the business sent to anybody after the cursor."""
        return self._call("GET", "outbound", params={"after": after, "wait": wait})

    def answers(
        self, person: int, *, after: int, seconds: float, quiet: float = QUIET_SECONDS
    ) -> Iterator[Json]:
        """The business's messages to a person as they come: until nothing came for `quiet` seconds after the last
        one, and no longer than `seconds` in all."""
        deadline = end = time.monotonic() + seconds
        seen: set[int] = set()
        while (left := end - time.monotonic()) > 0:
            page = self.chat(person, after=after, wait=min(left, LONGEST_POLL))
            after = page["last"]
            for message in page["messages"]:
                if message["direction"] == "out" and message["seq"] not in seen:
                    seen.add(message["seq"])
                    end = min(deadline, time.monotonic() + quiet)
                    yield message

    def forward(self, seconds: float, *, line: bool = True) -> float:
        """Moves the emulator's clock forward, with `line` the application's, too; returns the emulator's time."""
        return float(self._call("POST", "clock", json={"forward": seconds, "line": line})["now"])

    def set_fault(self, kind: str, count: int | None = None, **options: object) -> None:
        self._call("POST", "faults", json={"kind": kind, "count": count, **options})

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def release(self, *, batch: bool = False, shuffle: bool = False) -> int:
        """Sends the webhooks that the faults "hold" and "batch" keep back; returns how many bodies."""
        return int(self._call("POST", "release", json={"batch": batch, "shuffle": shuffle})["released"])

    def deliveries(self, *, after: int = 0) -> list[Json]:
        """The log of webhooks: body, tries with status codes, when due, when done."""
        found: list[Json] = self._call("GET", "deliveries", params={"after": after})["deliveries"]
        return found

    def publish(self, field: str, value: Json) -> None:
        """Posts a webhook of any field: account and template updates."""
        self._call("POST", "changes", json={"value": value, "field": field})

    def add_template(self, definition: Json) -> None:
        self._call("POST", "templates", json=definition)

    def verify(self) -> Json:
        """Verifies the webhook by a GET request: `{ok, status, answer}`."""
        return self._call("POST", "verify")

    def _call(self, method: str, path: str, **arguments: Any) -> Json:
        try:
            answer = requests.request(method, self._url + path, timeout=LONGEST_POLL + 10, **arguments)
        except requests.ConnectionError as error:
            raise EmulatorOffError(f"No emulator at {self._url}") from error
        body: Json = answer.json()
        if answer.status_code != 200:
            raise ControlError(body["error"])
        return body
