"""Which danger a message tells of, as the talk believes it."""

from types import SimpleNamespace
from typing import Any

import pytest

from departments.danger_reader.reader import Reading
from tests.whatsapp.talk import KNOWN, START
from whatsapp.conversation.state import State, ToldDanger
from whatsapp.conversation.types import Danger, InboundMessage
from whatsapp.turns import danger

TALK, REPORT = 2, 0


def told(monkeypatch: pytest.MonkeyPatch, sounds_like: int, **reading: Any) -> Danger | None:
    monkeypatch.setattr(danger, "read", lambda _text: Reading("life", "unconscious", **reading))
    suggestion: Any = SimpleNamespace(talk=sounds_like)
    return danger.danger_in(State(), InboundMessage(1, "text", "babam"), KNOWN, suggestion)[0]


@pytest.mark.parametrize(
    ("sounds_like", "likely", "sure"), [(REPORT, 0.6, True), (TALK, 0.8, True), (TALK, 0.6, False)]
)
def test_what_sounds_like_talk_has_to_be_very_likely_to_be_sure_and_is_possible_otherwise(
    monkeypatch: pytest.MonkeyPatch, sounds_like: int, likely: float, sure: bool
) -> None:
    found = told(monkeypatch, sounds_like, likely=likely)
    assert found is not None
    assert found.sure == sure


def test_what_sounds_like_talk_and_is_no_more_than_possible_is_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert told(monkeypatch, TALK, sure=False, likely=0.5) is None
    assert told(monkeypatch, REPORT, sure=False, likely=0.5) is not None


@pytest.mark.parametrize(
    ("text", "kind", "follow"),
    [("yangın çıktı çabuk gelin", "fire", "are_you_coming"), ("kimse gelmedi hâlâ", "", "nobody_came")],
)
def test_what_is_written_next_hides_no_danger_that_is_told_beside_it(
    text: str, kind: str, follow: str
) -> None:
    state = State(danger=ToldDanger("unconscious", "tr", said_at=START))
    told, said = danger.danger_in(state, InboundMessage(1, "text", text), KNOWN, None)
    assert (told.kind if told else "", said) == (kind, follow)
