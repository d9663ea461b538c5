"""A talk in progress with one citizen, played step by step."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from whatsapp.conversation.effects import OpenDanger, OpenTicket, Say, Warn
from whatsapp.conversation.engine import advance
from whatsapp.conversation.state import LinkedTicket, State, confirmed, endangered
from whatsapp.conversation.steps import Step
from whatsapp.conversation.types import InboundMessage, TicketView, TimerFired, TurnContext

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
SETTLE, TIMEOUT = timedelta(seconds=6), timedelta(minutes=15)
HERE = (38.72, 35.49)
KNOWN = TurnContext(SETTLE, TIMEOUT, notice_version="1", category="yol_cukur", sure=True, place_required=True)
PLACED = replace(KNOWN, place_known=True)
DANGER = TicketView(9, "MG-2026-000009")  # the ticket of whatever danger is told of


class Talk:
    """A talk in progress: keeps the state, the clock and everything said and done."""

    def __init__(self, facts: TurnContext = KNOWN, notice: str = "1") -> None:
        self.state, self.now, self.facts = State(notice=notice), START, facts
        self.effects: list[Any] = []
        self.wake_at: datetime | None = None
        self.heard = 0
        self.pieces: list[int] = []  # what was taken for a part of some report

    def hear(
        self,
        kind: str = "text",
        text: str = "",
        *,
        place: tuple[float, float] | None = None,
        about: int | None = None,
        choice: str = "",
        **facts: Any,
    ) -> Step:
        self.heard += 1
        heard = InboundMessage(self.heard, kind, text, place, about, choice)
        turn = self._take(advance(self.state, heard, self.now, replace(self.facts, **facts)))
        if turn.outcome in ("draft", "joined"):
            self.pieces.append(self.heard)
        return turn

    def wake(self) -> Step:
        """Passes the time until the moment asked for."""
        assert self.wake_at is not None
        self.now = max(self.now, self.wake_at)
        return self._take(advance(self.state, TimerFired(), self.now, self.facts))

    def _take(self, turn: Step) -> Step:
        self.state, self.wake_at = turn.state, turn.wake_at
        self.effects += turn.effects
        if any(isinstance(effect, OpenTicket) for effect in turn.effects):
            self.state = confirmed(self.state, LinkedTicket(7, self.facts.category, placed=True), self.now)
            opened = TicketView(7, "MG-2026-000007", category=self.facts.category, placed=True, is_open=True)
            others = tuple(own for own in self.facts.own if own.ticket != opened.ticket)
            self.facts = replace(self.facts, own=(opened, *others))
        if any(isinstance(effect, OpenDanger) for effect in turn.effects):
            self.state = endangered(self.state, DANGER.ticket)
            self.facts = replace(self.facts, own=(*self.facts.own, DANGER))
        return turn

    def said(self) -> list[str]:
        return [effect.key for effect in self.effects if isinstance(effect, Say | Warn)]

    def opened(self) -> list[OpenTicket]:
        return [effect for effect in self.effects if isinstance(effect, OpenTicket)]


def after_a_ticket(minutes: int = 5) -> Talk:
    talk = Talk(PLACED)
    talk.hear(text="Yolda çukur var")
    talk.wake()
    talk.now += timedelta(minutes=minutes)
    talk.effects.clear()
    return talk
