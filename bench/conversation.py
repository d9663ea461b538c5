"""One turn of the conversation, and how soon an answer is handed over when 20 people a second write.

The second figure runs what the workers run in two threads of this process, against a stand-in for the Graph API over
HTTP; the settling time is taken off. Web server and broker are not part of it.
"""

import os
import statistics
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from typing_extensions import override

from tests.whatsapp import wire
from tests.whatsapp.meta import Answer, Meta

ROUNDS = 5000
A_SECOND = 20
SECONDS = 30
SETTLE = 1.0
PATIENCE = 60.0
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
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)
    call_command("load_base", verbosity=0)
    late = sorted(_delays())
    return {
        "advance_median_us": round(_advance(), 1),
        "answers": len(late),
        "answer_median_s": round(statistics.median(late), 3),
        "answer_p95_s": round(late[int(len(late) * 0.95)], 3),
    }


def _advance() -> float:
    from whatsapp.conversation import advance
    from whatsapp.standing import State
    from whatsapp.turns import Event, Facts, Heard, Woke

    now = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    facts = Facts(
        timedelta(seconds=6), timedelta(minutes=15), category="yol_cukur", sure=True, place_required=True
    )
    events: list[Event] = [
        Heard(1, "image"),
        Heard(2, "text", "Yolda çukur var"),
        Heard(3, "location", place=(38.7, 35.5)),
    ]
    spent = []
    for _ in range(ROUNDS):
        state = State()
        for event in (*events, Woke()):
            at = now + timedelta(minutes=1) if isinstance(event, Woke) else now
            begin = time.perf_counter()
            state = advance(state, event, at, facts).state
            spent.append(time.perf_counter() - begin)
    return statistics.median(spent) * 1e6


def _delays() -> list[float]:
    from django.conf import settings

    meta = Timed()
    settings.WHATSAPP_GRAPH_URL = meta.url
    stop = threading.Event()
    workers = [threading.Thread(target=_keep_at, args=(job, stop)) for job in (_inward, _outward)]
    for worker in workers:
        worker.start()
    try:
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
        Delivery.objects.create(body=wire.said(text, by=person), received_at=timezone.now())
        wrote[f"+{person.phone}"] = time.monotonic()
    return wrote


def _inward() -> None:
    from django.utils import timezone

    from whatsapp import dialogue, inbox

    while inbox.take_in(timezone.now()):
        pass
    dialogue.work(timezone.now)


def _outward() -> None:
    from django.utils import timezone

    from whatsapp import outbox

    outbox.work(timezone.now)


def _keep_at(job: Callable[[], None], stop: threading.Event) -> None:
    from django.db import connection

    while not stop.wait(0.02):
        job()
    connection.close()
