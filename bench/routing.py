"""Routing: one suggestion, of long texts, too, loading the model, learning it; each against the least that the same
work could cost.

A suggestion, danger included, is measured against only telling apart and folding the words, loading against only
unpacking the arrays, learning against only one inverse of a matrix with a row for each message.

In a turn danger is read before the router asks, and the reading is kept: of long texts both are told apart, as
processor time, the least of several readings, beside one pass of a pattern over the same text. A machine that does much
else makes all three longer.
"""

import re
import statistics
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np

from bench import site
from bench.hostile_bodies import SHAPES

SUGGESTIONS_MS = 5.0
LONG = {
    1_000: 3.0,
    4_096: 50.0,
    65_536: 50.0,
}  # letters of a text, and the milliseconds in which it is to be routed
ANYTHING = 4_096  # letters of each hostile shape: as many as a message may have, in the same time
LONG_TEXTS, READINGS = 20, 9
WORD = re.compile(r"\w+")
LOADING_S = 0.5
LEARNING_S = 60.0


def run(_directory: Path) -> dict[str, object]:
    """Milliseconds a suggestion (median and 95th percentile), seconds to load and to learn, the bars, and ratios."""
    site.prepare()
    from departments.base_data.loading import load_base_data
    from departments.danger_reader.reader import read
    from departments.routing.active_model import SHIPPED
    from departments.routing.model import LinearModel
    from departments.routing.route import route
    from departments.text.vocabulary import tokens
    from departments.training.router_corpus import corpus
    from departments.training.router_training import train

    load_base_data()
    examples = corpus()
    texts = [each.text for each in examples if each.held_out]
    route(texts[0])  # tables and model are read once
    suggested = [_seconds(route, text) for text in texts]
    long: dict[str, object] = {}
    for letters, most in LONG.items():
        given = _long(texts, letters)
        long |= {
            f"{letters}_letters_ms": _median_ms(route, given),
            f"{letters}_letters_bar_ms": most,
            f"{letters}_letters_danger_ms": _median_ms(read.__wrapped__, given),
            f"{letters}_letters_pattern_ms": _median_ms(WORD.findall, given),
        }
    worst = {shape: _best(route, (shape * ANYTHING)[:ANYTHING]) for shape in SHAPES}
    shape = max(worst, key=lambda each: worst[each])
    long |= {
        "anything_ms": round(1000 * worst[shape], 1),
        "anything_bar_ms": LONG[ANYTHING],
        "anything_worst": shape,
    }
    folded = [_seconds(tokens, text) for text in texts]
    content = SHIPPED.read_bytes()
    loading, unpacking = _best(LinearModel.from_bytes, content), _best(_unpack, SHIPPED)
    rows = sum(not each.held_out for each in examples)
    matrix = np.eye(rows, dtype=np.float32) + np.float32(0.5)
    learning, inverting = _seconds(train, examples), _seconds(np.linalg.inv, matrix)
    suggestion, folding = statistics.median(suggested), statistics.median(folded)
    return {
        "suggestion_ms": round(1000 * suggestion, 2),
        "suggestion_p95_ms": round(1000 * statistics.quantiles(suggested, n=20)[18], 2),
        "suggestion_bar_ms": SUGGESTIONS_MS,
        **long,
        "loading_s": round(loading, 3),
        "loading_bar_s": LOADING_S,
        "learning_s": round(learning, 1),
        "learning_bar_s": LEARNING_S,
        "messages": rows,
        "megabytes": round(len(content) / 1e6, 2),
        "loading_ratio": round(unpacking / loading, 3),
        "learning_ratio": round(inverting / learning, 3),
        "ratio": round(folding / suggestion, 3),
    }


def _long(texts: list[str], letters: int) -> list[str]:
    """Texts of so many letters, each of other messages in a row."""
    chance = Random(letters)  # noqa: S311 - the same texts every time
    found = []
    for _ in range(LONG_TEXTS):
        text = ""
        while len(text) < letters:
            text += f"{chance.choice(texts)} "
        found.append(text[:letters])
    return found


def _median_ms(work: Callable[..., object], given: list[str]) -> float:
    """Of the texts the one in the middle, each by the least of its readings, in milliseconds of processor time."""
    least = [float("inf")] * len(given)
    for _ in range(READINGS):
        for at, each in enumerate(given):
            begin = time.process_time()
            work(each)
            least[at] = min(least[at], time.process_time() - begin)
    return round(1000 * statistics.median(least), 2)


def _unpack(file: Path) -> None:
    with np.load(file) as arrays:
        unpacked = {name: arrays[name] for name in arrays.files}
    zlib.decompress(unpacked["packed"].tobytes())


def _seconds(work: Callable[..., object], given: object) -> float:
    begin = time.perf_counter()
    work(given)
    return time.perf_counter() - begin


def _best(work: Callable[..., object], given: object) -> float:
    return min(_seconds(work, given) for _ in range(5))
