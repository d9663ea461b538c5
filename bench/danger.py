"""How soon a warning of danger leaves: under a steady stream, and behind a backlog.

bin/run in a directory of its own with a stand-in for the Graph API (line_world.py). Every DANGER_EVERYth of a stream
of 20 messages a second tells of a danger; then a burst of ordinary reports is posted and some dangers right behind it,
once more with workers killed. Seconds are from the webhook's POST to the request at the stand-in, and for the bell
(`rung`) from the stored delivery to the first notification of staff. The floor is an empty line: dangers one by one.
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
RUNG = """
SELECT extract(epoch FROM min(notification.at) - min(message.received_at))::float8
FROM tickets_citizen citizen JOIN whatsapp_conversation talk ON talk.citizen_id = citizen.id
JOIN whatsapp_message message ON message.conversation_id = talk.id
LEFT JOIN tickets_ticket ticket ON ticket.citizen_id = citizen.id
LEFT JOIN tickets_notification notification ON notification.ticket_id = ticket.id AND notification.kind = 'danger'
WHERE citizen.phone = ANY(%s) GROUP BY citizen.id
"""
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
    rung_in_stream = _rung(product, endangered)
    in_backlog, rung, waiting = _behind(product, citizens, kills=0)
    killed, rung_killed, waiting_killed = _behind(product, citizens, kills=KILLS)
    return {
        "unanswered_before_the_dangers": waiting,
        "and_before_the_kills": waiting_killed,
        "rows": [
            {"phase": "alone", **_figures(alone)},
            {
                "phase": f"every {DANGER_EVERY}th of {A_SECOND}/s for {SECONDS} s",
                **_figures(in_stream, rung_in_stream),
            },
            {"phase": f"behind {BACKLOG} reports", **_figures(in_backlog, rung)},
            {"phase": f"the same, {KILLS} workers killed", **_figures(killed, rung_killed)},
        ],
        "p95_against_alone": round(_share(in_stream, 0.95) / _share(alone, 0.95), 2),
    }


def _behind(product: Product, citizens: Iterator[int], kills: int) -> tuple[list[float], list[float], int]:
    """Seconds to warning and to the bell of dangers right behind a burst, and how many of that had no answer then."""
    backlog, behind = (list(itertools.islice(citizens, count)) for count in (BACKLOG, BEHIND))
    post(product.webhook, backlog, in_words)
    waiting = sum(telephone(number) not in product.graph.answered for number in backlog)
    posted = post(product.webhook, behind, told_of_danger)
    for _ in range(kills):
        product.instance.kill_one("melikgazi.workers")
    seconds, rung = _waited(product, posted, behind), _rung(product, behind)
    _wait(product, backlog)
    return seconds, rung, waiting


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


def _rung(product: Product, numbers: list[int]) -> list[float]:
    """Seconds from each stored message to the first notification of staff, once all have one."""
    over = time.monotonic() + PATIENCE
    while True:
        rows = product.onlooker.execute(RUNG, [[telephone(number) for number in numbers]]).fetchall()
        if len(rows) == len(numbers) and all(seconds is not None for (seconds,) in rows):
            return [seconds for (seconds,) in rows]
        if time.monotonic() > over:
            raise RuntimeError("nobody was notified of a danger")
        time.sleep(0.2)


def _figures(seconds: list[float], rung: list[float] | None = None) -> dict[str, Any]:
    figures = {
        "p50_s": round(_share(seconds, 0.5), 2),
        "p95_s": round(_share(seconds, 0.95), 2),
        "most_s": round(max(seconds), 2),
    }
    return figures | (
        {"rung_p95_s": round(_share(rung, 0.95), 2), "rung_most_s": round(max(rung), 2)} if rung else {}
    )


def _share(seconds: list[float], share: float) -> float:
    return sorted(seconds)[int(len(seconds) * share)]
