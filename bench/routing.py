"""Routing: one suggestion, loading the model, learning it; each against the least that the same work could cost.

A suggestion is measured against only telling apart and folding the words, loading against only unpacking the arrays,
learning against only one inverse of a matrix with a row for each message.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench import site

SUGGESTIONS_MS = 5.0
LOADING_S = 0.5
LEARNING_S = 60.0


def run(_directory: Path) -> dict[str, object]:
    """Milliseconds a suggestion (median and 95th percentile), seconds to load and to learn, the bars, and ratios."""
    site.prepare()
    from departments.base_data import load_base_data
    from departments.routing.active_model import SHIPPED
    from departments.routing.corpus import corpus
    from departments.routing.model import Model
    from departments.routing.route import route
    from departments.routing.training import train
    from departments.text.vocabulary import tokens

    load_base_data()
    examples = corpus()
    texts = [each.text for each in examples if each.held_out]
    route(texts[0])  # tables and model are read once
    suggested = [_seconds(route, text) for text in texts]
    folded = [_seconds(tokens, text) for text in texts]
    content = SHIPPED.read_bytes()
    loading, unpacking = _best(Model.from_bytes, content), _best(_unpack, SHIPPED)
    rows = sum(not each.held_out for each in examples)
    matrix = np.eye(rows, dtype=np.float32) + np.float32(0.5)
    learning, inverting = _seconds(train, examples), _seconds(np.linalg.inv, matrix)
    suggestion, folding = statistics.median(suggested), statistics.median(folded)
    return {
        "suggestion_ms": round(1000 * suggestion, 2),
        "suggestion_p95_ms": round(1000 * statistics.quantiles(suggested, n=20)[18], 2),
        "suggestion_bar_ms": SUGGESTIONS_MS,
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


def _unpack(file: Path) -> None:
    with np.load(file) as arrays:
        for name in arrays.files:
            arrays[name]


def _seconds(work: Callable[..., object], given: object) -> float:
    begin = time.perf_counter()
    work(given)
    return time.perf_counter() - begin


def _best(work: Callable[..., object], given: object) -> float:
    return min(_seconds(work, given) for _ in range(5))
