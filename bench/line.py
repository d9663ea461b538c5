"""The main job whole: a report comes in, a ticket is opened, the answer leaves, two statuses of it come back.

bin/run in a directory of its own, durable as ever, with a stand-in for the Graph API that posts the statuses. A burst
of new citizens, each with a whole report in one message, takes turns with the same rows written by hand
(line_by_hand.py) into another database of the same server: what the product costs in processor time, its programs and
database together, over what that costs is the ratio. Then a steady stream at two speeds, and photos against the bare
work on their pixels. A message is done when its answer has left and both statuses are settled. pg_stat_statements is
loaded, for both. With `--tickets` both databases hold that many before: what that costs more is to be little.

Seconds to the answer are from the webhook's POST to the request at the stand-in, the settling time (2 s) included.
"""

import contextlib
import itertools
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import line_cost, line_photos
from bench.line_by_hand import Program, catch_up
from bench.line_product import FLOOR, ONLOOKER, SETTLE, Job, Product, connect, prepare
from bench.line_rows import Rows, Sample
from bench.line_world import Graph, Write, in_words, with_photo

PAIRS = 3  # of a burst and its floor
SAMPLES = 3  # reports that the floor copies
FAST = {"WHATSAPP_MESSAGES_PER_SECOND": "1000"}  # a pace of the number that holds nothing up
Figures = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much of everything; speeds are (messages a second, seconds)."""

    burst: int
    photos: int
    idle: float
    after: float
    speeds: tuple[tuple[int, int], ...]
    fast: tuple[int, int]


FULL = Size(1000, 100, idle=20, after=60, speeds=((20, 120), (35, 300)), fast=(60, 120))
QUICK = Size(200, 20, idle=10, after=10, speeds=((20, 20), (35, 20)), fast=(60, 20))


def run(directory: Path, *, tickets: int = 0, quick: bool = False, fast: bool = False) -> dict[str, object]:
    """All figures, on a line that has `tickets`; `fast` adds 60 messages a second with the number's pace raised.

    Raises RuntimeError when a body is refused, an answer stays away or comes twice, or the work does not end.
    """
    size, data, citizens = QUICK if quick else FULL, directory / "line", itertools.count()
    figures: Figures = {"cores": os.cpu_count(), "load_before": _load(), "tickets_before": tickets}
    rows: list[Figures] = []
    with _graph() as graph:
        with _product(data, graph) as product:
            figures["ready_s"] = round(product.ready_seconds, 1)
        prepare(data, tickets)
        with _product(data, graph) as product:
            figures |= _idle(product, size.idle)
            figures |= _bursts(product, citizens, size, rows)
            rows += [_steady(product, citizens, *speed) for speed in size.speeds]
            figures |= _photos(product, citizens, size.photos, rows)
        if fast:
            with _product(data, graph, **FAST) as product:
                _learn(product, citizens, in_words)
                rows.append(_steady(product, citizens, *size.fast))
        rows.append({"phase": "tracebacks in the logs"} | product.tracebacks())
    return figures | {"load_after": _load(), "rows": rows}


@contextlib.contextmanager
def _graph() -> Iterator[Graph]:
    graph = Graph()
    try:
        yield graph
    finally:
        graph.stop()


@contextlib.contextmanager
def _product(data: Path, graph: Graph, **variables: str) -> Iterator[Product]:
    product = Product(data, graph, **variables)
    try:
        yield product
    finally:
        product.stop()


def _idle(product: Product, seconds: float) -> Figures:
    """Nothing to do since the start."""
    before = sum(line_cost.cpu(product.root).values())
    time.sleep(seconds)
    spent = sum(line_cost.cpu(product.root).values()) - before
    return {
        "idle_cpu_ms_per_s": round(spent / seconds * 1000, 1),
        "idle_pss_mb": round(sum(line_cost.memory(product.root).values())),
    }


def _bursts(product: Product, citizens: Iterator[int], size: Size, rows: list[Figures]) -> Figures:
    """Product and floor in turns; medians, and the ratio of them."""
    program = _by_hand(product, _learn(product, citizens, in_words))
    program.write(size.burst // 10)  # statements prepared, pages in memory
    jobs, floors = [], []
    memory: dict[str, float] = {}
    for turn in range(PAIRS):
        job = product.work(list(itertools.islice(citizens, size.burst)), in_words)
        jobs.append(job)
        rows.append({"phase": f"burst of {size.burst}"} | _costs(job) | _speed(job))
        time.sleep(size.after if turn == 0 else 5.0)
        # Whoever counts, and the program by hand, has a session of the product's database server.
        ours = {product.onlooker.info.backend_pid, program.session}
        memory = memory or line_cost.memory(product.root, but=ours)
        floors.append(_floor(product, program, size.burst))
        rows.append({"phase": "by hand"} | floors[-1])
    ratios = [_ms(job) / floor["cpu_ms"] for job, floor in zip(jobs, floors, strict=True)]
    median = statistics.median(map(_ms, jobs))
    by_hand = statistics.median(floor["cpu_ms"] for floor in floors)
    rows.append({"phase": "PSS in MB"} | {kind: round(megabytes) for kind, megabytes in memory.items()})
    rows.append({"phase": "statements a message"} | _statements(jobs[-1]))
    return {
        "messages_per_s": round(statistics.median(job.reports / job.seconds for job in jobs), 1),
        "cpu_ms": round(median, 2),
        "by_hand_cpu_ms": round(by_hand, 2),
        "ratio": round(median / by_hand, 2),
        "ratio_min": round(min(ratios), 2),
        "ratio_max": round(max(ratios), 2),
        "statements": round(
            statistics.median(line_cost.sent(job.statements) / job.reports for job in jobs), 1
        ),
        "by_hand_statements": floors[-1]["statements"],
        f"pss_mb_{size.after:.0f}_s_after": round(sum(memory.values())),
    }


def _by_hand(product: Product, samples: list[Sample]) -> Program:
    connection = connect(product.data, FLOOR)
    own = {row.key for sample in samples for row in sample.rows}
    before = product.rows.new(Rows(connection).marks())
    catch_up(connection, [row for row in before if row.key not in own])
    return Program(connection, samples)


def _learn(product: Product, citizens: Iterator[int], write: Write) -> list[Sample]:
    """The rows of a few reports after the first, which alone makes the counter of its year."""
    product.sample(next(citizens), write)
    samples = [product.sample(next(citizens), write) for _ in range(SAMPLES)]
    product.rows.learn(samples)
    return samples


def _floor(product: Product, program: Program, messages: int) -> Figures:
    """Processor time of the program by hand and of the database server, but for the sessions of others."""
    others = set(product.sessions()) - {program.session}
    statements = product.statements(FLOOR, ONLOOKER)
    before, begin = line_cost.cpu_of_postgres(product.root, others), time.monotonic()
    own = program.write(messages)
    seconds = time.monotonic() - begin
    server = line_cost.cpu_of_postgres(product.root, others) - before
    statements = product.statements(FLOOR, ONLOOKER) - statements
    return {
        "per_s": round(messages / seconds, 1),
        "cpu_ms": round((own + server) / messages * 1000, 2),
        "program": round(own / messages * 1000, 2),
        "postgres": round(server / messages * 1000, 2),
        "statements": round(line_cost.sent(statements) / messages, 1),
    }


def _steady(product: Product, citizens: Iterator[int], a_second: int, seconds: int) -> Figures:
    """Whether the work keeps up: answers of the last third against those of the first, and what waits at the end.

    What is unanswered then is at least what was posted within the settling time.
    """
    job = product.work(list(itertools.islice(citizens, a_second * seconds)), in_words, a_second)
    third = len(job.late) // 3
    return {
        "phase": f"{a_second}/s for {seconds} s",
        **_speed(job),
        "p95_s_first_third": round(_share(job.late[:third], 0.95), 2),
        "p95_s_last_third": round(_share(job.late[-third:], 0.95), 2),
        "unanswered_at_end": job.unanswered,
        "still_settling": round(a_second * SETTLE),
        "waiting_rows_at_end": job.waiting,
        **_costs(job),
    }


def _photos(product: Product, citizens: Iterator[int], reports: int, rows: list[Figures]) -> Figures:
    photo = line_photos.taken()
    numbers = list(itertools.islice(citizens, reports + 1 + SAMPLES))
    product.graph.files |= {f"photo{number}": photo for number in numbers}
    _learn(product, iter(numbers), with_photo)
    job = product.work(numbers[1 + SAMPLES :], with_photo)
    line_photos.check(product.data / "media", reports)
    by_hand = line_photos.by_hand(photo, max(5, reports // 4)) * 1000
    rows.append({"phase": f"burst of {reports} photos"} | _costs(job) | _speed(job))
    return {
        "photo_mb": round(len(photo) / 1e6, 1),
        "photos_per_s": round(job.reports / job.seconds, 1),
        "photo_cpu_ms": round(_ms(job), 1),
        "photo_by_hand_cpu_ms": round(by_hand, 1),
        "photo_ratio": round(_ms(job) / by_hand, 2),
    }


def _ms(job: Job) -> float:
    """Processor time of everything below bin/run for one message."""
    return sum(job.cpu.values()) / job.reports * 1000


def _costs(job: Job) -> Figures:
    by_kind = {kind: round(seconds / job.reports * 1000, 2) for kind, seconds in sorted(job.cpu.items())}
    load = round(job.load / job.reports * 1000, 2)
    statements = round(line_cost.sent(job.statements) / job.reports, 1)
    return {"cpu_ms": round(_ms(job), 2), **by_kind, "load_itself": load, "statements": statements}


def _statements(job: Job) -> Figures:
    return {word: round(calls / job.reports, 2) for word, calls in job.statements.most_common() if calls}


def _speed(job: Job) -> Figures:
    return {
        "per_s": round(job.reports / job.seconds, 1),
        "accepted_per_s": round(job.reports / job.accepted, 1),
        "p50_s": round(_share(job.late, 0.5), 2),
        "p95_s": round(_share(job.late, 0.95), 2),
    }


def _share(late: list[float], share: float) -> float:
    return sorted(late)[int(len(late) * share)]


def _load() -> float:
    return round(os.getloadavg()[0], 2)
