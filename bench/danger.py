"""How soon a warning of danger leaves: under a steady stream, and behind a backlog.

bin/run in a directory of its own with a stand-in for the Graph API (line_world.py). Every DANGER_EVERYth of a stream
of 20 messages a second tells of a danger; then a burst of ordinary reports is posted and some dangers right behind it,
once more with workers killed. Seconds are from the webhook's POST to the request at the stand-in. The floor is an
empty line: dangers one by one.
"""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.line_product import Product
from bench.line_world import Graph, Posted, in_words, person, post, telephone
from tests.whatsapp import wire

ALONE = 20
A_SECOND, SECONDS = 20, 60
DANGER_EVERY = 20
BACKLOG, BEHIND, KILLS = 1000, 20, 3
PATIENCE = 120.0
WORDS = (
    "Alpaslan mahallesinde apartmanda yangın çıktı, içeride çocuklar var",
    "evde çok gaz kokusu var ne yapalım",
    "babam yere düştü bayıldı uyanmıyor",
    "elektrik teli koptu kaldırımda yatıyor kıvılcım çıkıyor",
    "asansörde mahsur kaldık üç kişiyiz",
)


def run(directory: Path) -> dict[str, object]:
    """All figures. Raises RuntimeError when a warning stays away."""
    citizens = itertools.count()
    graph = Graph()
    try:
        product = Product(directory / "danger", graph)
        try:
            return _all(product, citizens)
        finally:
            product.stop()
    finally:
        graph.stop()


def _all(product: Product, citizens: Iterator[int]) -> dict[str, object]:
    alone = []
    for number in itertools.islice(citizens, ALONE):
        alone += _waited(product, post(product.webhook, [number], told_of_danger), [number])
    stream = list(itertools.islice(citizens, A_SECOND * SECONDS))
    endangered = stream[::DANGER_EVERY]

    def either(number: int) -> bytes:
        return told_of_danger(number) if number in endangered else in_words(number)

    in_stream = _waited(product, post(product.webhook, stream, either, A_SECOND), endangered)
    in_backlog, waiting = _behind(product, citizens, kills=0)
    killed, waiting_killed = _behind(product, citizens, kills=KILLS)
    return {
        "unanswered_before_the_dangers": waiting,
        "and_before_the_kills": waiting_killed,
        "rows": [
            {"phase": "alone", **_figures(alone)},
            {"phase": f"every {DANGER_EVERY}th of {A_SECOND}/s for {SECONDS} s", **_figures(in_stream)},
            {"phase": f"behind {BACKLOG} reports", **_figures(in_backlog)},
            {"phase": f"the same, {KILLS} workers killed", **_figures(killed)},
        ],
        "p95_against_alone": round(_share(in_stream, 0.95) / _share(alone, 0.95), 2),
    }


def _behind(product: Product, citizens: Iterator[int], kills: int) -> tuple[list[float], int]:
    """Seconds of dangers that come right behind a burst, and how many of the burst had no answer then."""
    backlog, behind = (list(itertools.islice(citizens, count)) for count in (BACKLOG, BEHIND))
    post(product.webhook, backlog, in_words)
    waiting = sum(telephone(number) not in product.graph.answered for number in backlog)
    posted = post(product.webhook, behind, told_of_danger)
    for _ in range(kills):
        product.instance.kill_one("melikgazi.workers")
    seconds = _waited(product, posted, behind)
    _wait(product, backlog)
    return seconds, waiting


def told_of_danger(number: int) -> bytes:
    who = person(number)
    words = WORDS[number % len(WORDS)]
    return wire.said(wire.text(who, words, id=f"wamid.IN{number}", at=int(time.time())), by=who)


def _waited(product: Product, posted: Posted, numbers: list[int]) -> list[float]:
    """Seconds from each POST to the first answer, once all have one."""
    _wait(product, numbers)
    return [product.graph.answered[to][0].at - posted.at[to] for to in map(telephone, numbers)]


def _wait(product: Product, numbers: list[int]) -> None:
    over = time.monotonic() + PATIENCE
    while missing := [number for number in numbers if telephone(number) not in product.graph.answered]:
        if time.monotonic() > over:
            raise RuntimeError(f"{len(missing)} answers stayed away")
        time.sleep(0.05)


def _figures(seconds: list[float]) -> dict[str, Any]:
    return {
        "p50_s": round(_share(seconds, 0.5), 2),
        "p95_s": round(_share(seconds, 0.95), 2),
        "most_s": round(max(seconds), 2),
    }


def _share(seconds: list[float], share: float) -> float:
    return sorted(seconds)[int(len(seconds) * share)]
