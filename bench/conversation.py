"""One turn of the conversation, against the least that a turn can do."""

import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROUNDS = 5000


def run(_directory: Path) -> dict[str, object]:
    """advance() in microseconds, and its ratio to the floor."""
    advance, floor = _advance()
    return {"advance_median_us": round(advance, 1), "advance_ratio": round(advance / floor, 1)}


def _advance() -> tuple[float, float]:
    """Microseconds of a turn, and of the least that one can do: a state changed in one field, and a turn made of it."""
    from whatsapp.conversation.engine import advance
    from whatsapp.conversation.state import State
    from whatsapp.conversation.steps import step
    from whatsapp.conversation.types import Event, InboundMessage, TimerFired, TurnContext

    now = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    context = TurnContext(
        timedelta(seconds=6), timedelta(minutes=15), category="yol_cukur", sure=True, place_required=True
    )
    events: list[Event] = [
        InboundMessage(1, "image"),
        InboundMessage(2, "text", "Yolda çukur var"),
        InboundMessage(3, "location", place=(38.7, 35.5)),
    ]
    spent, least = [], []
    for _ in range(ROUNDS):
        state = State()
        for event in (*events, TimerFired()):
            at = now + timedelta(minutes=1) if isinstance(event, TimerFired) else now
            begin = time.perf_counter()
            state = advance(state, event, at, context).state
            spent.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            step(replace(state, notice="1"))
            least.append(time.perf_counter() - begin)
    return statistics.median(spent) * 1e6, statistics.median(least) * 1e6
