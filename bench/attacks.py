"""How long others wait while somebody hurts the line, and what becomes of twenty thousand bodies that make no sense.

bin/run in a directory of its own, as for `line`. Other citizens write one whole report a second; the median from their
POST to their answer is taken in peace, then under each attack, then under all at once: it may double. The settling
time (2 s) is part of it, and the figure without it is told, too. Then the broken and endless bodies, signed: none may
be answered 5xx, none may be lost, and nothing may be left undone a minute after the last.
"""

import http.client
import itertools
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from typing import Any

from typing_extensions import override

from bench import attackers, hostile_bodies, line_photos
from bench.attackers import Dripper
from bench.line_product import SETTLE, Product
from bench.line_world import in_words, post, with_photo
from tests.whatsapp import wire

PHOTOS = 6  # of other citizens, behind the dripping ones
PATIENCE = 120.0  # seconds for an answer
DRAINED_WITHIN = 60.0
BODIES_A_SECOND = 50
Figures = dict[str, Any]
Attack = Callable[[Product], AbstractContextManager[object]]


def run(directory: Path, *, quick: bool = False) -> dict[str, object]:
    """All figures; RuntimeError when the line does not come to rest."""
    seconds, count = (20, 2000) if quick else (40, 20_000)
    citizens, rows = itertools.count(), _Rows()
    with (
        Dripper(b"HTTP/1.1 200 OK\r\nX-Slow: ") as partner,
        Dripper(attackers.FILE) as media,
        attackers.stand_in(media) as graph,
    ):
        hosts = {"WHATSAPP_MEDIA_HOSTS": f"{graph.host},{media.host}", "WEBHOOK_HOSTS": partner.host}
        product = Product(directory / "attacks", graph, **hosts)
        try:
            _median(product, citizens, 5)  # pages in memory
            rows.append({"phase": "in peace"} | _median(product, citizens, seconds))
            attacks: dict[str, Attack] = {
                f"{attackers.SLOW} slow connections": attackers.slow_connections,
                f"{attackers.UNSIGNED} unsigned, {attackers.WRONG_KEYS} wrong keys a second": attackers.flood,
                f"{attackers.LONG} texts of {hostile_bodies.LONGEST} letters a second": attackers.long_texts,
                f"{attackers.PARTNERS} dripping partners": lambda product: attackers.partners(
                    product, partner
                ),
                f"{attackers.DRIPPING} dripping photos a second": attackers.dripping_photos,
            }
            for name, attack in attacks.items():
                with attack(product):
                    time.sleep(3)
                    more = _photos_behind(product, citizens) if attack is attackers.dripping_photos else {}
                    rows.append({"phase": name} | _median(product, citizens, seconds) | more)
                _rest(product)
            with ExitStack() as all_at_once:
                for attack in attacks.values():
                    all_at_once.enter_context(attack(product))
                time.sleep(3)
                rows.append({"phase": "all at once"} | _median(product, citizens, seconds))
            _rest(product)
            rows.append({"phase": f"{count} bodies"} | _bodies(product, count))
            rows.append({"phase": "in peace again"} | _median(product, citizens, seconds))
            rows.append({"phase": "tracebacks in the logs"} | product.tracebacks())
        finally:
            product.stop()
    peace = rows[0]["median_s"]
    worst = max(row["median_s"] / peace for row in rows if "median_s" in row)
    return {"seconds_each": seconds, "worst_ratio": round(worst, 2), "rows": rows}


class _Rows(list[Figures]):
    """Each is said when it is known: the whole takes half an hour."""

    @override
    def append(self, row: Figures) -> None:
        print(row, file=sys.stderr, flush=True)
        super().append(row)


def _median(product: Product, citizens: Iterator[int], seconds: int) -> Figures:
    """Of one report a second, by people who write once each."""
    numbers = list(itertools.islice(citizens, seconds))
    posted = post(product.webhook, numbers, in_words, 1)
    answered = product.graph.answered
    end = time.monotonic() + PATIENCE
    while (silent := [who for who in posted.at if who not in answered]) and time.monotonic() < end:
        time.sleep(0.1)
    waited = sorted(
        answered[who][0].at - at if who in answered else PATIENCE for who, at in posted.at.items()
    )
    median = statistics.median(waited)
    return {
        "median_s": round(median, 2),
        "without_settling_s": round(median - SETTLE, 2),
        "p95_s": round(waited[int(len(waited) * 0.95)], 2),
        "longest_s": round(waited[-1], 2),
        "unanswered": len(silent),
    }


def _photos_behind(product: Product, citizens: Iterator[int]) -> Figures:
    """How long the good photos of others take while the dripping ones keep coming."""
    photo, longest = line_photos.taken(), 0.0
    for number in itertools.islice(citizens, PHOTOS):
        product.graph.files[f"photo{number}"] = photo
        begin = time.monotonic()
        product.webhook.post(with_photo(number))
        stored = f"whatsapp_media WHERE state = 'stored' AND media_id = 'photo{number}'"
        _wait(lambda stored=stored: product.instance.count(stored), f"photo {number}")  # type: ignore[misc]
        longest = max(longest, time.monotonic() - begin)
    return {"photo_behind_longest_s": round(longest, 1)}


def _bodies(product: Product, count: int) -> Figures:
    """Posted at BODIES_A_SECOND, whatever becomes of those before."""
    answers: Counter[int] = Counter()
    whole: dict[str, str] = {}
    before = product.instance.count("whatsapp_inbounddelivery")
    begin = time.monotonic()

    def one(body: hostile_bodies.Body) -> None:
        headers = {"X-Hub-Signature-256": wire.sign(body.raw), "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", product.instance.port, timeout=60)
        with closing(connection):
            connection.request("POST", "/whatsapp/webhook/", body.raw, headers)
            answer = connection.getresponse()
            answer.read()
        answers[answer.status] += 1
        if body.wamid:
            whole[body.wamid] = body.text

    with ThreadPoolExecutor(4) as pool:
        for place, body in enumerate(hostile_bodies.bodies(count, senders=500, seed=int(begin))):
            time.sleep(max(0.0, begin + place / BODIES_A_SECOND - time.monotonic()))
            pool.submit(one, body).add_done_callback(lambda done: done.result())
    posted = time.monotonic()
    left: dict[str, int] = {}
    while sum((left := _undone(product)).values()) and time.monotonic() < posted + 10 * DRAINED_WITHIN:
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


def _rest(product: Product) -> None:
    """Until all that an attack left is done, so that the next figure is the next attack's."""
    _wait(lambda: not sum(_undone(product).values()), "the line to come to rest", 10 * PATIENCE)


def _undone(product: Product) -> dict[str, int]:
    return {
        table: product.instance.count(f"whatsapp_{table} WHERE state = 'new'")
        for table in ("inbounddelivery", "message")
    }


def _wait(done: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)
