"""Whether the line loses anything to coordination where it runs on several machines: four web servers and eight groups
of workers, each as if it had a machine of its own, against one installation, on the same cores, database and broker.

Bursts of new citizens, as in line.py, at first on bin/run alone, then with the others beside it. `ratio` is the rate of
many over that of one. Seconds in which a session waited for another's lock are sampled in pg_stat_activity.
"""

import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typing_extensions import override

from bench import line_cost
from bench.line_product import Product, connect, prepare
from bench.line_world import Graph, Webhook, in_words
from bench.webhook import free_port, wait_for_server
from tooling.bootstrap import ROOT
from tooling.services import DATABASE

WEB, WORKERS = 4, 8
BURST, ROUNDS, LEARNED = 400, 2, 3
FAST = {"WHATSAPP_MESSAGES_PER_SECOND": "1000"}  # a pace of the number that holds nothing up
SAMPLED_EVERY = 0.02
PATIENCE = 30.0
Figures = dict[str, Any]


class Webhooks(Webhook):
    """Those of several web servers, in turn."""

    def __init__(self, ports: list[int]) -> None:
        self._each = itertools.cycle([Webhook(port) for port in ports])
        self._lock = threading.Lock()

    @override
    def post(self, body: bytes) -> None:
        with self._lock:
            webhook = next(self._each)
        webhook.post(body)


class LockWaits:
    """Counts, in a thread, the seconds that sessions wait for locks of others."""

    def __init__(self, data: Path) -> None:
        self.seconds, self._over = 0.0, threading.Event()
        self._connection = connect(data, DATABASE)
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()

    def _sample(self) -> None:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        at = time.monotonic()
        while not self._over.wait(SAMPLED_EVERY):
            [(waiting,)] = self._connection.execute(query).fetchall()
            now = time.monotonic()
            self.seconds += waiting * (now - at)
            at = now

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        self._connection.close()


def run(directory: Path, *, quick: bool = False) -> dict[str, object]:
    """Raises RuntimeError when an answer stays away or comes twice."""
    data, citizens, burst = directory / "line", itertools.count(), BURST // 4 if quick else BURST
    graph = Graph()
    figures: Figures = {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 1)}
    try:
        Product(data, graph).stop()  # makes the tables
        prepare(data)
        product = Product(data, graph, **FAST)
        try:
            product.sample(next(citizens), in_words)
            product.rows.learn([product.sample(next(citizens), in_words) for _ in range(LEARNED)])
            one = _bursts(product, citizens, burst)
            with _others(product) as ports:
                product.webhook = graph.webhook = Webhooks([product.instance.port, *ports])
                product.work(list(itertools.islice(citizens, burst // 4)), in_words)  # all have begun
                many = _bursts(product, citizens, burst)
            tracebacks = product.tracebacks()
        finally:
            product.stop()
    finally:
        graph.stop()
    ratio = round(many["per_s"] / one["per_s"], 2)
    rows = [{"of": "one installation"} | one, {"of": f"{WEB} web, {WORKERS} workers"} | many]
    return (
        figures | {"ratio": ratio, "load_after": round(os.getloadavg()[0], 1)} | tracebacks | {"rows": rows}
    )


def _bursts(product: Product, citizens: Iterator[int], burst: int) -> Figures:
    waits = LockWaits(product.data)
    try:
        jobs = [product.work(list(itertools.islice(citizens, burst)), in_words) for _ in range(ROUNDS)]
    finally:
        waits.stop()
    sent = statistics.median(line_cost.sent(job.statements) / job.reports for job in jobs)
    return {
        "per_s": round(statistics.median(job.reports / job.seconds for job in jobs), 1),
        "each_per_s": [round(job.reports / job.seconds, 1) for job in jobs],
        "accepted_per_s": round(statistics.median(job.reports / job.accepted for job in jobs), 1),
        "statements": round(sent, 1),
        "lock_wait_ms": round(waits.seconds / (burst * ROUNDS) * 1000, 2),
        "sessions": len(product.sessions()),
    }


@contextlib.contextmanager
def _others(product: Product) -> Iterator[list[int]]:
    """What stands on the other machines; the ports of their web servers."""
    environment = os.environ | product.instance.variables | {"PYTHONPATH": str(ROOT)}
    ports = [free_port() for _ in range(WEB - 1)]
    commands = [["melikgazi.web", f"--port={port}"] for port in ports]
    commands += [["melikgazi.workers", "--pools", "line"]] * (WORKERS - 1)
    groups: list[subprocess.Popen[bytes]] = []
    with (product.data / "others.log").open("wb") as log:
        try:
            for command in commands:
                program = [sys.executable, "-m", *command]
                groups.append(
                    subprocess.Popen(
                        program, env=environment, stdout=log, stderr=log, cwd=ROOT, start_new_session=True
                    )
                )
            for port in ports:
                wait_for_server(port)
            before = time.monotonic()
            while len(product.sessions()) < WORKERS and time.monotonic() < before + PATIENCE:
                time.sleep(0.2)
            yield ports
        finally:
            for group in groups:
                group.terminate()
            for group in groups:
                group.wait(PATIENCE)
