"""Citizens whose messages Meta brings and brings again, and what reaches their telephones."""

import heapq
import http.client
import itertools
import json
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from typing_extensions import override

from bench.line_world import in_words, telephone
from tests.whatsapp import wire
from tests.whatsapp.meta import Answer, Meta

CONNECTIONS = 48  # of Meta's to the webhook at once
TIMEOUT = 15.0  # seconds until Meta gives a delivery up and brings it again
# Seconds until a refused delivery is brought again: 1, 2, 4, then always 5. Meta waits longer; the line must not care.
PAUSES = (1.0, 2.0, 4.0, 5.0)
QUIET_SECONDS = 180.0  # nothing was answered for so long: nothing will be


@dataclass(frozen=True)
class Figures:
    """What came of the messages of one run."""

    messages: int  # acknowledged with 200, each: whoever is refused is brought again
    refused: int  # deliveries that were not acknowledged and were brought again
    answered: int
    doubled: int  # citizens who were told twice
    silence: float  # seconds, the longest between two answers
    refusing: float  # seconds, the longest between two acknowledgements

    @property
    def lost(self) -> int:
        return self.messages - self.answered


class Telephones(Meta):
    """Notes when each answer arrived, and has its status brought back."""

    def __init__(self) -> None:
        self.bring: Bringer | None = None
        self.answers_at: list[float] = []
        self.heard: Counter[str] = Counter()
        super().__init__()

    @override
    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        answer = super()._answer(method, path, body)
        if method == "POST" and path.endswith("/messages") and "messages" in (answer.json or {}):
            message = json.loads(body)
            to = str(message.get("to") or message["recipient"])
            self.heard[to] += 1
            self.answers_at.append(time.monotonic())
            if self.bring:
                self.bring.later(_status(to, answer.json["messages"][0]["id"], message))
        return answer


def _status(to: str, wamid: str, message: dict[str, str]) -> bytes:
    who = {"recipient_id": to.lstrip("+"), "timestamp": str(int(time.time()))}
    status = wire.status(wamid, "sent", biz_opaque_callback_data=message["biz_opaque_callback_data"], **who)
    return wire.dump(wire.envelope(wire.value(statuses=[status])))


class Bringer:
    """Posts bodies to the webhook until each is acknowledged, as Meta does."""

    def __init__(self, port: int) -> None:
        self._port, self._own = port, threading.local()
        self._pool = ThreadPoolExecutor(CONNECTIONS)
        self._again: list[tuple[float, int, bytes, int, Future[None]]] = []
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._stopped = False
        self.refused = 0
        self.acknowledged_at: list[float] = []
        self._clock = threading.Thread(target=self._bring_again)
        self._clock.start()

    def later(self, body: bytes) -> Future[None]:
        """Ends when it is acknowledged."""
        done: Future[None] = Future()
        self._pool.submit(self._bring, body, 0, done)
        return done

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._clock.join()
        self._pool.shutdown(cancel_futures=True)

    def _bring(self, body: bytes, tries: int, done: Future[None]) -> None:
        if self._post(body) == http.client.OK:
            self.acknowledged_at.append(time.monotonic())
            done.set_result(None)
            return
        with self._changed:
            self.refused += 1
            due = time.monotonic() + PAUSES[min(tries, len(PAUSES) - 1)]
            heapq.heappush(self._again, (due, next(self._numbers), body, tries + 1, done))
            self._changed.notify()

    def _bring_again(self) -> None:
        with self._changed:
            while not self._stopped:
                now = time.monotonic()
                while self._again and self._again[0][0] <= now:
                    _, _, body, tries, done = heapq.heappop(self._again)
                    self._pool.submit(self._bring, body, tries, done)
                self._changed.wait(max(0.01, self._again[0][0] - now) if self._again else 1.0)

    def _post(self, body: bytes) -> int:
        """The status; 0 where there was no answer, or none in time."""
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=TIMEOUT
            )
        headers = {"X-Hub-Signature-256": wire.sign(body), "Content-Type": "application/json"}
        try:
            connection.request("POST", "/whatsapp/webhook/", body, headers)
            answer = connection.getresponse()
            answer.read()
        except (http.client.HTTPException, OSError):
            connection.close()
            return 0
        return int(answer.status)


class Traffic:
    """So many citizens who each report once, at a bounded rate, whatever becomes of those before."""

    def __init__(self, telephones: Telephones, bringer: Bringer, numbers: list[int], a_second: float) -> None:
        self._telephones, self._bringer, self._numbers, self._a_second = (
            telephones,
            bringer,
            numbers,
            a_second,
        )
        self._people = {telephone(number) for number in numbers}
        self._brought: list[Future[None]] = []
        self._refused = bringer.refused
        self._answers, self._acknowledged = len(telephones.answers_at), len(bringer.acknowledged_at)
        self._begin = time.monotonic()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def _write(self) -> None:
        for turn, number in enumerate(self._numbers):
            time.sleep(max(0.0, self._begin + turn / self._a_second - time.monotonic()))
            self._brought.append(self._bringer.later(in_words(number)))

    @property
    def written(self) -> int:
        return len(self._brought)

    @property
    def unanswered(self) -> int:
        return sum(1 for to in self._people if not self._telephones.heard[to])

    def finish(self) -> Figures:
        """Waits until all is acknowledged and answered, or nothing comes any more."""
        self._thread.join()
        left, since = -1, time.monotonic()
        while now := sum(1 for each in self._brought if not each.done()) + self.unanswered:
            if now != left:
                left, since = now, time.monotonic()
            if time.monotonic() > since + QUIET_SECONDS:
                break
            time.sleep(0.2)
        return self.figures()

    def figures(self) -> Figures:
        acknowledged, _ = wait(self._brought, timeout=0)
        heard = [self._telephones.heard[to] for to in self._people]
        return Figures(
            messages=len(acknowledged),
            refused=self._bringer.refused - self._refused,
            answered=sum(1 for times in heard if times),
            doubled=sum(1 for times in heard if times > 1),
            silence=_longest(self._begin, self._telephones.answers_at[self._answers :]),
            refusing=_longest(self._begin, self._bringer.acknowledged_at[self._acknowledged :]),
        )


def _longest(begin: float, moments: list[float]) -> float:
    ordered = [begin, *sorted(moments)]
    return round(max((later - earlier for earlier, later in itertools.pairwise(ordered)), default=0.0), 1)
