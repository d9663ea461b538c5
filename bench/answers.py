"""From a citizen's last message to its answer at the Graph API, the whole line on one machine, 20 messages a second.

bin/run in a directory of its own, with web server, broker, workers, beat and database; signed bodies are posted to its
webhook, and a stand-in for the Graph API notes when the answers arrive. The settling time is taken off. The floor is
"durum", answered without settling, from one citizen at a time on the same line at rest.
"""

import contextlib
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from typing_extensions import override

from tests.chaos.instance import Instance
from tests.whatsapp import wire
from tests.whatsapp.meta import Answer, Meta

A_SECOND = 20
SETTLE = 1.0
GROUPS, TOGETHER = 40, 8  # of people who write in turns: 0.4 s between two messages of one of them
ALONE, REST = 12, 0.5  # askers one after the other, and seconds between an answer and the next
AFTERWARDS = 3.0  # seconds in which a second answer would have come
PATIENCE = 60.0
SENDERS = 8
PROBLEMS = (
    "Yolda büyük çukur var",
    "Çöp konteyneri dolmuş taşıyor",
    "Kaldırım taşları kırılmış",
    "Parktaki bank kırılmış",
    "Kaldırım taşları kırık dökük",
)
PLACES = ("Alpaslan mahallesi", "Köşk mahallesinde", "Tınaztepe mahallesi")


class Timed(Meta):
    """Notes when each message to each person arrived."""

    def __init__(self) -> None:
        self.at: defaultdict[str, list[float]] = defaultdict(list)
        super().__init__()

    @override
    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        arrived = time.monotonic()
        if method == "POST" and path.endswith("/messages"):
            self.at[str(json.loads(body).get("to"))].append(arrived)
        return super()._answer(method, path, body)


def run(directory: Path) -> dict[str, object]:
    """Seconds from the last message to its answer, and how many floors that is.

    Raises RuntimeError when a body is refused, an answer stays away or one comes twice.
    """
    meta = Timed()
    with contextlib.ExitStack() as stack:
        stack.callback(meta.stop)
        line = Instance(
            directory / "answers",
            WHATSAPP_GRAPH_URL=meta.url,
            WHATSAPP_SETTLE_SECONDS=str(SETTLE),
            WHATSAPP_APP_SECRET=wire.SECRET,
            WHATSAPP_PHONE_NUMBER_ID=wire.PHONE_NUMBER_ID,
        )
        stack.callback(line.stop)
        alone = [_asked_alone(line, meta, number) for number in range(ALONE)]
        wrote = _write(line)
        _await(meta, wrote)
        time.sleep(AFTERWARDS)
    answers = sum(len(meta.at[to]) for to in wrote)
    if answers != len(wrote) or not all(meta.at[to] for to in wrote):
        raise RuntimeError(f"{answers} answers to {len(wrote)} citizens")
    late = sorted(meta.at[to][0] - at - SETTLE for to, at in wrote.items())
    return {"expected": len(wrote), "answers": answers} | _figures(late, statistics.median(alone))


def _figures(late: list[float], floor: float) -> dict[str, object]:
    median, p95 = statistics.median(late), late[int(len(late) * 0.95)]
    return {
        "median_s": round(median, 3),
        "p95_s": round(p95, 3),
        "max_s": round(late[-1], 3),
        "floor_s": round(floor, 3),
        "median_ratio": round(median / floor, 1),
        "p95_ratio": round(p95 / floor, 1),
    }


def _asked_alone(line: Instance, meta: Timed, number: int) -> float:
    person = _person(9_000_000 + number)
    begin = time.monotonic()
    _post(line, person, "durum")
    _await(meta, {_number(person): begin})
    time.sleep(REST)
    return meta.at[_number(person)][0] - begin


def _write(line: Instance) -> dict[str, float]:
    """Posts every message at its own time, whatever became of those before; when each person's last was, by number."""
    last, begin = {}, time.monotonic()
    with ThreadPoolExecutor(SENDERS) as pool:
        posts = []
        for turn, (person, words) in enumerate(_script()):
            time.sleep(max(0.0, begin + turn / A_SECOND - time.monotonic()))
            last[_number(person)] = time.monotonic()
            posts.append(pool.submit(_post, line, person, words))
        for post in posts:
            post.result()
    return last


def _script() -> Iterator[tuple[wire.Person, str]]:
    """Who says what, in order: a group reports in two messages, the next in three."""
    for group in range(GROUPS):
        numbers = range(group * TOGETHER, (group + 1) * TOGETHER)
        for piece in range(2 + group % 2):
            for number in numbers:
                words = (PROBLEMS[number % len(PROBLEMS)], PLACES[number % len(PLACES)], "Üç gündür böyle")
                yield _person(number), words[piece]


def _person(number: int) -> wire.Person:
    return wire.Person(f"Vatandaş {number}", f"90532{number:07d}", f"TR.{number:010d}")


def _number(person: wire.Person) -> str:
    return f"+{person.phone}"


def _post(line: Instance, person: wire.Person, words: str) -> None:
    body = wire.said(wire.text(person, words, at=int(time.time())), by=person)
    status = line.post(body, wire.sign(body))
    if status != 200:
        raise RuntimeError(f"the webhook answered {status}")


def _await(meta: Timed, wrote: dict[str, float]) -> None:
    """Returns when everybody has an answer, or once that has taken too long."""
    deadline = time.monotonic() + PATIENCE
    while not all(meta.at.get(to) for to in wrote) and time.monotonic() < deadline:
        time.sleep(0.005)
