"""What the router makes of a talk's words is kept beside the draft, for as long as what it rests on stays the same."""

from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest

from departments.models import Department, RoutingRule
from departments.routing.route import Suggestion, route
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.wire import AYSE
from whatsapp.models import Conversation
from whatsapp.turns import suggestions

WORDS = "Alpaslan mahallesinde yolda büyük çukur var"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that the router was asked about."""
    found: list[str] = []

    def ask(text: str, *about: Any, **more: Any) -> Suggestion:
        found.append(text)
        return route(text, *about, **more)

    monkeypatch.setattr(suggestions, "route", ask)
    return found


def test_the_words_of_a_report_are_routed_once(line: Line, asked: list[str]) -> None:
    line.hear(wire.text(AYSE, WORDS))
    line.later(minutes=1)
    assert asked == [WORDS]
    kept = line.ticket().routed
    assert kept is not None
    assert Suggestion.load(kept) == route(WORDS, at=line.now)


def test_more_words_are_routed_anew_with_those_before(line: Line, asked: list[str]) -> None:
    line.hear(wire.text(AYSE, WORDS))
    line.hear(wire.text(AYSE, "asfalt da bozuk"))
    line.later(minutes=1)
    assert asked == [WORDS, f"{WORDS}\nasfalt da bozuk"]


def test_a_rule_made_meanwhile_holds_for_words_that_were_routed_before(line: Line) -> None:
    line.hear(wire.text(AYSE, WORDS))
    department = Department.objects.get(code="PARK")
    RoutingRule.objects.create(name="çukur parka", position=1, words="çukur", department=department)
    line.later(minutes=1)
    assert line.ticket().department == department


def test_nothing_of_the_words_is_kept_once_the_ticket_is_opened(line: Line) -> None:
    line.hear(wire.text(AYSE, WORDS))
    assert suggestions.KEPT in Conversation.objects.get().state
    line.later(minutes=1)
    assert suggestions.KEPT not in Conversation.objects.get().state


def test_what_another_release_kept_is_routed_anew(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [*fields(Suggestion), SimpleNamespace(name="of_old")]
    with monkeypatch.context() as earlier:
        earlier.setattr(suggestions, "fields", lambda _: names)
        line.hear(wire.text(AYSE, WORDS))
    talk = Conversation.objects.get()
    talk.state[suggestions.KEPT]["answer"]["of_old"] = 1
    talk.save(update_fields=["state"])
    line.later(minutes=1)
    assert Suggestion.load(line.ticket().routed or {}) == route(WORDS, at=line.now)
