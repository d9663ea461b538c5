"""Whether four senders, as on four machines, keep the number's pace together: 80 messages a second, behind a backlog.

Each is a process of its own; of two the clock is wrong, one ahead and one behind. The stand-in for the Graph API notes
when each message arrives, and answers after as long as Meta's does. `most_a_second` is of any second, wherever it
begins; `mean_a_second` of all of the run but its first and last second. The floor is the pace itself.
"""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from bench.site import prepare

SENDERS = (0.0, 0.0, 2.5, -1.5)  # seconds by which the clock of each is wrong
BACKLOG = 2000
ANSWER_SECONDS = 0.15
PATIENCE = 120.0


def run(_directory: Path) -> dict[str, object]:
    """All figures. Raises RuntimeError when messages stay away."""
    os.environ["LOG_LEVEL"] = "WARNING"
    prepare()
    from django.conf import settings

    from bench.arrivals import Arrivals

    graph = Arrivals(ANSWER_SECONDS)
    try:
        _queue()
        senders = [_sender(graph.url, skew) for skew in SENDERS]
        try:
            begin = time.monotonic()
            while len(graph.arrived) < BACKLOG:
                if time.monotonic() > begin + PATIENCE:
                    raise RuntimeError(f"{len(graph.arrived)} of {BACKLOG} arrived")
                time.sleep(0.1)
            time.sleep(2 * ANSWER_SECONDS)  # for the last answers
        finally:
            for each in senders:
                each.kill()
                each.wait()
    finally:
        graph.stop()
    arrived = sorted(graph.arrived)
    middle = [at for at in arrived if arrived[0] + 1 <= at <= arrived[-1] - 1]
    pace = settings.WHATSAPP_MESSAGES_PER_SECOND
    mean = (len(middle) - 1) / (middle[-1] - middle[0])
    return {
        "senders": len(SENDERS),
        "pace_a_second": pace,
        "most_a_second": max(sum(at <= each < at + 1 for each in arrived) for at in arrived),
        "mean_a_second": round(mean, 1),
        "mean_ratio": round(mean / pace, 3),
    }


def _queue() -> None:
    from django.utils import timezone

    from tests.whatsapp.sending import conversation_with
    from tests.whatsapp.wire import Person
    from whatsapp.outbox import enqueue
    from whatsapp.texts import render

    now = timezone.now() - timedelta(seconds=10)
    for number in range(BACKLOG):
        talk = conversation_with(Person(f"Vatandaş {number}", f"90532{number:07d}", f"TR.{number:010d}"), now)
        enqueue.enqueue_message(conversation=talk, words=render.plain("Merhaba"), now=now)


def _sender(graph: str, skew: float) -> "subprocess.Popen[bytes]":
    command = (sys.executable, "-m", "bench.sender", graph, str(skew))
    return subprocess.Popen(command)
