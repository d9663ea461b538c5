"""Citizens who write to the line, and a stand-in for the Graph API that tells what became of each answer."""

import http.client
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from typing_extensions import override

from bench.answers import PLACES, PROBLEMS
from tests.whatsapp import wire
from tests.whatsapp.meta import Answer, Meta

SENDERS = 8
STATUSES = {"sent": 0.2, "delivered": 1.0}  # seconds between an answer and each status of it
TELLERS = 2  # threads for each of the statuses
Write = Callable[[int], bytes]  # the body in which the citizen of this number reports


class Webhook:
    """Signed posts to the line, over a connection that each thread keeps open."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.port, self.host, self._own = port, host, threading.local()

    def post(self, body: bytes) -> None:
        """RuntimeError for any answer but 200."""
        try:
            status = self._post(body)
        except (http.client.HTTPException, ConnectionError):  # shut for having been idle: once more, anew
            del self._own.connection
            status = self._post(body)
        if status != 200:
            raise RuntimeError(f"the webhook answered {status}")

    def _post(self, body: bytes) -> int:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        headers = {"X-Hub-Signature-256": wire.sign(body), "Content-Type": "application/json"}
        self._own.connection.request("POST", "/whatsapp/webhook/", body, headers)
        answer = self._own.connection.getresponse()
        answer.read()
        return int(answer.status)


@dataclass(frozen=True)
class Sent:
    """An answer of the line's as it arrived at the stand-in."""

    to: str
    at: float
    wamid: str
    callback: str


class Graph(Meta):
    """Notes when each answer arrived and posts two statuses of it to `webhook`, each in a body of its own."""

    def __init__(self) -> None:
        self.webhook: Webhook | None = None
        self.answered: dict[str, list[Sent]] = {}
        self.told: list[Sent] = []  # once for each status
        self.failures: list[Exception] = []
        self._queues: dict[str, queue.SimpleQueue[Sent | None]] = {}
        self._tellers: list[threading.Thread] = []
        super().__init__()
        for state, seconds in STATUSES.items():
            self._queues[state] = queue.SimpleQueue()
            for _ in range(TELLERS):
                self._tellers.append(threading.Thread(target=self._send_statuses, args=(state, seconds)))
                self._tellers[-1].start()

    @override
    def stop(self) -> None:
        for waiting in self._queues.values():
            for _ in range(TELLERS):
                waiting.put(None)
        for teller in self._tellers:
            teller.join()
        super().stop()

    @override
    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        arrived = time.monotonic()
        answer = super()._answer(method, path, body)
        if method == "POST" and path.endswith("/messages") and "messages" in (answer.json or {}):
            message, wamid = json.loads(body), answer.json["messages"][0]["id"]
            to = message.get("to") or message["recipient"]  # a number, or who has none
            sent = Sent(to, arrived, wamid, message["biz_opaque_callback_data"])
            self.answered.setdefault(sent.to, []).append(sent)
            for waiting in self._queues.values():
                waiting.put(sent)
        return answer

    def _send_statuses(self, state: str, seconds: float) -> None:
        while sent := self._queues[state].get():
            time.sleep(max(0.0, sent.at + seconds - time.monotonic()))
            who = {"recipient_id": sent.to.lstrip("+"), "timestamp": str(int(time.time()))}
            status = wire.status(sent.wamid, state, biz_opaque_callback_data=sent.callback, **who)
            try:
                assert self.webhook is not None
                self.webhook.post(wire.dump(wire.envelope(wire.value(statuses=[status]))))
            except Exception as error:  # noqa: BLE001 - told to whoever waits for the statuses
                self.failures.append(error)
            self.told.append(sent)


@dataclass
class Posted:
    """Who wrote when, and when the webhook had taken the last of it."""

    at: dict[str, float] = field(default_factory=dict)
    begin: float = field(default_factory=time.monotonic)
    end: float = 0.0


def person(number: int) -> wire.Person:
    return wire.Person(f"Vatandaş {number}", f"90532{number:07d}", f"TR.{number:010d}")


def telephone(number: int) -> str:
    return f"+{person(number).phone}"


def words(number: int) -> str:
    """A whole report: what is wrong and in which mahalle."""
    return f"{PLACES[number // len(PROBLEMS) % len(PLACES)]} {PROBLEMS[number % len(PROBLEMS)].lower()}"


def in_words(number: int) -> bytes:
    who = person(number)
    return wire.said(wire.text(who, words(number), id=f"wamid.IN{number}", at=int(time.time())), by=who)


def with_photo(number: int) -> bytes:
    who, sent = person(number), {"id": f"wamid.IN{number}", "at": int(time.time())}
    return wire.said(wire.photo(who, f"photo{number}", words(number), **sent), by=who)


def post(webhook: Webhook, numbers: list[int], write: Write, a_second: float = 0) -> Posted:
    """Each citizen's report: as fast as the webhook takes them, or at so many a second whatever becomes of those
    before. A report counts from the moment it was to be posted.
    """
    posted = Posted()

    def one(number: int) -> None:
        posted.at.setdefault(telephone(number), time.monotonic())
        webhook.post(write(number))

    with ThreadPoolExecutor(SENDERS) as pool:
        posts = [pool.submit(one, number) for number in _paced(numbers, posted, a_second)]
        for each in posts:
            each.result()
    posted.end = time.monotonic()
    return posted


def _paced(numbers: list[int], posted: Posted, a_second: float) -> Iterator[int]:
    for turn, number in enumerate(numbers):
        if a_second:
            time.sleep(max(0.0, posted.begin + turn / a_second - time.monotonic()))
            posted.at[telephone(number)] = time.monotonic()
        yield number
