"""What becomes of twenty thousand signed bodies that make no sense: broken in any place, or with texts of any length.

None may be answered 5xx, none may be lost, and nothing may be left undone a minute after the last.
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from typing_extensions import override

from bench import hostile_bodies
from bench.line_product import Product
from bench.line_world import Graph
from tests.whatsapp import wire
from tests.whatsapp.meta import Answer, Meta

A_SECOND = 30
SENDERS = 500
PATIENCE = 1200.0  # seconds until the line comes to rest
Figures = dict[str, Any]


def run(directory: Path, *, quick: bool = False) -> dict[str, object]:
    """All figures."""
    graph = _Silent()
    product = Product(directory / "bodies", graph)
    try:
        figures = _bodies(product, 1000 if quick else 20_000)
        return figures | {"tracebacks": product.tracebacks()}
    finally:
        product.stop()
        graph.stop()


class _Silent(Graph):
    """Takes messages and tells no statuses of them: every delivery is one of ours."""

    @override
    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        return Meta._answer(self, method, path, body)


def _bodies(product: Product, count: int) -> Figures:
    """Posted at A_SECOND, whatever becomes of those before."""
    answers: Counter[int] = Counter()
    whole: dict[str, str] = {}
    before = product.instance.count("whatsapp_inbounddelivery")
    begin = time.monotonic()

    def one(body: hostile_bodies.Body) -> None:
        headers = {"X-Hub-Signature-256": wire.sign(body.raw), "Content-Type": "application/json"}
        connection = HTTPConnection("127.0.0.1", product.instance.port, timeout=60)
        with closing(connection):
            connection.request("POST", "/whatsapp/webhook/", body.raw, headers)
            answer = connection.getresponse()
            answer.read()
        answers[answer.status] += 1
        if body.wamid:
            whole[body.wamid] = body.text

    with ThreadPoolExecutor(4) as pool:
        for place, body in enumerate(hostile_bodies.bodies(count, senders=SENDERS, seed=int(begin))):
            time.sleep(max(0.0, begin + place / A_SECOND - time.monotonic()))
            pool.submit(one, body).add_done_callback(lambda done: done.result())
    posted = time.monotonic()
    left: dict[str, int] = {}
    while sum((left := _undone(product)).values()) and time.monotonic() < posted + PATIENCE:
        time.sleep(0.5)
    drained = time.monotonic() - posted
    found = dict(
        product.instance.rows("SELECT wamid, text FROM whatsapp_message WHERE wamid LIKE 'wamid.LONG%'")
    )
    return {
        "answers": dict(answers),
        "posted_in_s": round(posted - begin),
        "drained_in_s": round(drained, 1),
        "left": {name: many for name, many in left.items() if many},
        "deliveries_lost": answers[200] - (product.instance.count("whatsapp_inbounddelivery") - before),
        "texts": len(whole),
        "texts_not_whole": sum(found.get(wamid) != text.replace("\0", "") for wamid, text in whole.items()),
        "parked": {
            table: product.instance.count(f"whatsapp_{table} WHERE state = 'parked'")
            for table in ("inbounddelivery", "message")
        },
    }


def rest(product: Product) -> None:
    """Until all that an attack left is done, so that the next figure is the next attack's."""
    wait(lambda: not sum(_undone(product).values()), "the line to come to rest", PATIENCE)


def _undone(product: Product) -> dict[str, int]:
    return {
        table: product.instance.count(f"whatsapp_{table} WHERE state = 'new'")
        for table in ("inbounddelivery", "message")
    }


def wait(done: Callable[[], object], what: str, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)
