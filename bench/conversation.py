"""One turn of the conversation, and how soon an answer is handed over when 20 people a second write.

The second figure runs what the workers run, two for what comes in and two for what goes out as in bin/run, against a
stand-in for the Graph API over HTTP; the settling time is taken off. Web server and broker are not part of it.
"""

import multiprocessing
import os
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from multiprocessing.synchronize import Event as Signal
from pathlib import Path

from typing_extensions import override

from tests.whatsapp import wire
from tests.whatsapp.meta import Answer, Meta

PROCESSES = multiprocessing.get_context("spawn")
ROUNDS = 5000
A_SECOND = 20
SECONDS = 30
SETTLE = 1.0
PATIENCE = 60.0
JOBS = ("inward", "outward")
REPORT = "Alpaslan mahallesi, yolda büyük çukur var, asfalt bozuk"


class Timed(Meta):
    """Notes when the first message to each person was handed over."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        super().__init__()

    @override
    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        answer = super()._answer(method, path, body)
        self.at.setdefault(str(self.sent[-1].get("to")), time.monotonic())
        return answer


def run(_directory: Path) -> dict[str, object]:
    """advance() in microseconds; seconds from the last message to its answer. Raises RuntimeError if one stays away."""
    os.environ["WHATSAPP_SETTLE_SECONDS"] = str(SETTLE)
    os.environ["DJANGO_SETTINGS_MODULE"] = "melikgazi.settings"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)
    call_command("load_base", verbosity=0)
    late = sorted(_delays())
    advance, floor = _advance()
    return {
        "advance_median_us": round(advance, 1),
        "advance_ratio": round(advance / floor, 1),
        "answers": len(late),
        "answer_median_s": round(statistics.median(late), 3),
        "answer_p95_s": round(late[int(len(late) * 0.95)], 3),
    }


def _advance() -> tuple[float, float]:
    """Microseconds of a turn, and of the least that one can do: a state changed in one field, and a turn made of it."""
    from whatsapp.conversation import advance
    from whatsapp.standing import State
    from whatsapp.turns import Event, Facts, Heard, Woke, turn

    now = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    facts = Facts(
        timedelta(seconds=6), timedelta(minutes=15), category="yol_cukur", sure=True, place_required=True
    )
    events: list[Event] = [
        Heard(1, "image"),
        Heard(2, "text", "Yolda çukur var"),
        Heard(3, "location", place=(38.7, 35.5)),
    ]
    spent, least = [], []
    for _ in range(ROUNDS):
        state = State()
        for event in (*events, Woke()):
            at = now + timedelta(minutes=1) if isinstance(event, Woke) else now
            begin = time.perf_counter()
            state = advance(state, event, at, facts).state
            spent.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            turn(replace(state, notice="1"))
            least.append(time.perf_counter() - begin)
    return statistics.median(spent) * 1e6, statistics.median(least) * 1e6


def _delays() -> list[float]:
    meta = Timed()
    os.environ["WHATSAPP_GRAPH_URL"] = meta.url
    stop, ready = PROCESSES.Event(), PROCESSES.Barrier(1 + 2 * len(JOBS))
    workers = [PROCESSES.Process(target=_keep_at, args=(job, ready, stop)) for job in JOBS * 2]
    for worker in workers:
        worker.start()
    try:
        ready.wait(PATIENCE)
        wrote = _write()
        deadline = time.monotonic() + PATIENCE
        while len(meta.at) < len(wrote) and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        stop.set()
        for worker in workers:
            worker.join()
        meta.stop()
    if len(meta.at) < len(wrote):
        raise RuntimeError(f"{len(wrote) - len(meta.at)} of {len(wrote)} messages stayed without an answer")
    return [meta.at[to] - at - SETTLE for to, at in wrote.items()]


def _write() -> dict[str, float]:
    """As many people as come in that time each report once; when each did, by their number."""
    from django.utils import timezone

    from whatsapp.models import Delivery

    wrote, begin = {}, time.monotonic()
    for number in range(A_SECOND * SECONDS):
        time.sleep(max(0.0, begin + number / A_SECOND - time.monotonic()))
        person = wire.Person(f"Vatandaş {number}", f"90532{number:07d}", f"TR.{number:010d}")
        text = wire.text(person, REPORT, at=int(time.time()))
        Delivery.objects.keep(wire.said(text, by=person), timezone.now())
        wrote[f"+{person.phone}"] = time.monotonic()
    return wrote


def _keep_at(job: str, ready: Barrier, stop: Signal) -> None:
    """What a worker does for its bell, again and again."""
    import django

    django.setup()
    from django.utils import timezone

    from departments.routing import route
    from whatsapp import dialogue, inbox, tasks

    route(REPORT)  # the vocabulary is read once a process
    ready.wait(PATIENCE)
    while not stop.wait(0.02):
        if job == "outward":
            tasks.send_at_pace()
            continue
        while inbox.take_in(timezone.now()):
            pass
        dialogue.work(timezone.now)
