"""How long others wait while somebody hurts the line.

bin/run in a directory of its own, as for `line`. Other citizens write one whole report a second; the median from their
POST to their answer is taken in peace, then under each attack, then under all at once: it may double. The settling
time (2 s) is part of it, and the figure without it is told, too.
"""

import itertools
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from typing_extensions import override

from bench import attackers, hostile_bodies, line_photos
from bench.attackers import Dripper
from bench.bodies import rest, wait
from bench.line_product import SETTLE, Product
from bench.line_world import in_words, post, with_photo

PHOTOS = 6  # of other citizens, behind the dripping ones
PATIENCE = 120.0  # seconds for an answer
Figures = dict[str, Any]
Attack = Callable[[Product], AbstractContextManager[object]]


def run(directory: Path, *, quick: bool = False) -> dict[str, object]:
    """All figures; RuntimeError when the line does not come to rest."""
    seconds = 20 if quick else 40
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
                f"{attackers.SIGN_INS} sign-ins a second": attackers.sign_ins,
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
                rest(product)
            with ExitStack() as all_at_once:
                for attack in attacks.values():
                    all_at_once.enter_context(attack(product))
                time.sleep(3)
                rows.append({"phase": "all at once"} | _median(product, citizens, seconds))
            rest(product)
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
        wait(partial(product.instance.count, stored), f"photo {number}")
        longest = max(longest, time.monotonic() - begin)
    return {"photo_behind_longest_s": round(longest, 1)}
