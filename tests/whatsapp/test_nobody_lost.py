"""Whatever is said, wherever a talk stands: it is answered, or is of a ticket that somebody reads, or a person is to
read it. Nobody who writes something ends in silence and in no list.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from tests.whatsapp.talk import HERE, KNOWN, Talk
from whatsapp.conversation.effects import (
    AnswerStatus,
    AskOfficer,
    AskStaff,
    Choose,
    Join,
    LetBe,
    OpenDanger,
    OpenTicket,
    Say,
    Warn,
)
from whatsapp.conversation.state import LinkedTicket, PendingReply, confirmed
from whatsapp.conversation.types import TicketView

pytestmark = pytest.mark.slow

FACTS = replace(KNOWN, category="", sure=False)
OPEN = TicketView(
    7,
    "MG-2026-000007",
    "ASSIGNED",
    "yol_cukur",
    placed=True,
    is_open=True,
    department="FEN",
    may=frozenset({"CANCELLED"}),
)
WAITING = replace(OPEN, status="WAITING")
DONE = replace(OPEN, status="RESOLVED", is_open=False, resolved=True, may=frozenset({"CLOSED", "ASSIGNED"}))
REFUSED = replace(DONE, status="REJECTED", resolved=False)
SENT_ELSEWHERE = replace(REFUSED, status="REDIRECTED", elsewhere=True)
KNOWN_BEFORE = replace(REFUSED, status="DUPLICATE")
LONG_CLOSED = replace(DONE, status="CLOSED", may=frozenset())
# What is said, and how: of what is only thanks, a greeting or a sticker nobody needs to hear.
SAID: list[tuple[str, str, dict[str, Any]]] = [
    ("text", "0 zaman ona bakın", {}),
    ("text", "bir şey diyecektim", {"about": 7}),
    ("text", "hayır", {"yes": False}),
    ("image", "", {}),
    ("document", "", {}),
    ("audio", "", {}),
    ("location", "", {"place": HERE}),
    ("contacts", "", {}),
]


def spoken_of(talk: Talk, own: TicketView, minutes: int) -> Talk:
    """The talk, some minutes after that ticket was spoken of last."""
    known = LinkedTicket(own.ticket, own.category, own.placed)
    talk.facts = replace(talk.facts, own=(replace(own, changed_at=talk.now),))
    talk.state = confirmed(talk.state, known, talk.now)
    talk.now += timedelta(minutes=minutes)
    return talk


def listened_to() -> Talk:
    talk = Talk(replace(FACTS, talk=1))
    talk.hear(text="bi şey sorucam")
    talk.wake()
    assert talk.said() == ["ask_matter"]
    return talk


def asked(question: str, **facts: Any) -> Talk:
    talk = Talk(replace(FACTS, **facts))
    talk.hear(text="çukur") if question == "place" else talk.hear("image")
    talk.wake()
    return talk


def cancelled() -> Talk:
    talk = spoken_of(Talk(FACTS), OPEN, 1)
    talk.state = replace(talk.state, expect=PendingReply("cancel", 7, OPEN.number, talk.now))
    talk.hear(text="evet", yes=True)
    assert talk.said() == ["cancelled"]
    talk.facts = replace(talk.facts, own=())
    return talk


def cancelled_by_staff() -> Talk:
    talk = spoken_of(Talk(FACTS), OPEN, 1)
    talk.facts = replace(talk.facts, own=())
    return talk


def expecting(what: Any) -> Talk:
    talk = spoken_of(Talk(FACTS), DONE if what in ("reason", "comment") else OPEN, 1)
    until = talk.now + timedelta(minutes=15)
    talk.state = replace(talk.state, expect=PendingReply(what, 7, OPEN.number, until, score=4))
    return talk


def passed_on() -> Talk:
    talk = Talk(FACTS)
    talk.state = replace(talk.state, passed_at=talk.now)
    return talk


STANDS: dict[str, Callable[[], Talk]] = {
    "begins": lambda: Talk(FACTS),
    "listened to": listened_to,
    "asked where": lambda: asked("place"),
    "asked what": lambda: asked("what"),
    "has a number": lambda: spoken_of(Talk(FACTS), OPEN, 5),
    "had a number": lambda: spoken_of(Talk(FACTS), OPEN, 500),
    "has a question of staff's": lambda: spoken_of(Talk(FACTS), WAITING, 5),
    "wrote on what is done": lambda: spoken_of(Talk(FACTS), DONE, 5),
    "hears that it is done": lambda: spoken_of(Talk(FACTS), DONE, 500),
    "wrote on what was refused": lambda: spoken_of(Talk(FACTS), REFUSED, 5),
    "hears that it was refused": lambda: spoken_of(Talk(FACTS), REFUSED, 500),
    "wrote on what was sent elsewhere": lambda: spoken_of(Talk(FACTS), SENT_ELSEWHERE, 5),
    "wrote on what was known": lambda: spoken_of(Talk(FACTS), KNOWN_BEFORE, 5),
    "hears that it was known": lambda: spoken_of(Talk(FACTS), KNOWN_BEFORE, 500),
    "wrote on what was closed long ago": lambda: spoken_of(Talk(FACTS), LONG_CLOSED, 5),
    "comes back to what was closed long ago": lambda: spoken_of(Talk(FACTS), LONG_CLOSED, 500),
    "cancelled": cancelled,
    "staff cancelled": cancelled_by_staff,
    "was answered by a person": lambda: Talk(replace(FACTS, served=True)),
    "waits for a person": lambda: Talk(replace(FACTS, queued=True, waits=True)),
    "was passed on": passed_on,
    "may add": lambda: expecting("add"),
    "may move": lambda: expecting("move"),
    "may cancel": lambda: expecting("cancel"),
    "may give a reason": lambda: expecting("reason"),
    "may rate": lambda: expecting("comment"),
}


def readings() -> Iterator[dict[str, Any]]:
    """What the words may be taken for."""
    subjects: list[dict[str, Any]] = [
        {},
        {"category": "yol_cukur", "sure": True},
        {"category": "cop_toplama", "guess": True},
        {"category": "cop_toplama", "sure": True},
    ]
    for talk, asks, subject, place, desk in product(
        (0, 1, 2), (0, 1, 2), subjects, (False, True), (False, True)
    ):
        yield {"talk": talk, "asks": asks, "place_known": place, "for_desk": desk, **subject}


def is_heard(effects: list[Any], message: int, own: tuple[TicketView, ...]) -> bool:
    """Whether a message came to something that somebody reads."""
    read = {each.ticket for each in own if each.is_open}
    for each in effects:
        if isinstance(each, Say | AnswerStatus | Choose | Warn | AskStaff | AskOfficer):
            return True
        if isinstance(each, OpenTicket | OpenDanger) and message in each.messages:
            return True
        if isinstance(each, Join) and message in each.messages and each.ticket in read:
            return True
    return False


@pytest.mark.parametrize(("kind", "text", "more"), SAID, ids=[f"{kind} {text}" for kind, text, _ in SAID])
@pytest.mark.parametrize("stands", STANDS)
def test_what_is_said_is_answered_or_read(stands: str, kind: str, text: str, more: dict[str, Any]) -> None:
    for reading in readings():
        talk = STANDS[stands]()
        before, facts = len(talk.effects), talk.facts
        talk.facts = replace(facts, **reading)
        talk.hear(kind, text, **more)
        message = talk.heard
        for _ in range(6):
            if talk.wake_at:
                talk.wake()
        assert talk.wake_at is None, reading
        assert is_heard(talk.effects[before:], message, facts.own), (reading, talk.effects[before:])


def test_who_is_listened_to_and_says_no_more_is_let_be() -> None:
    talk = listened_to()
    talk.wake()
    assert talk.effects[-1] == LetBe((1,))


@pytest.mark.parametrize("kind", ["okay", "thanks", "hello"])
def test_who_is_listened_to_and_only_thanks_is_let_be(kind: str) -> None:
    talk = listened_to()
    talk.hear(text="tamam", chatter=kind)
    while talk.wake_at:
        talk.wake()
    assert talk.effects[-1] == LetBe((1, 2))


def test_who_is_listened_to_and_says_what_is_no_report_is_read_by_a_person_and_told_so() -> None:
    talk = listened_to()
    talk.hear(text="anlatmıyom ben")
    while talk.wake_at:
        talk.wake()
    assert AskStaff("wrote", "bi şey sorucam\nanlatmıyom ben") in talk.effects
    assert talk.said() == ["ask_matter", "passed"]


def test_what_follows_a_cancelling_is_not_of_the_ticket_that_was_cancelled() -> None:
    talk = cancelled()
    talk.hear(text="yolda çukur var", category="yol_cukur", sure=True, place_known=True)
    talk.facts = replace(talk.facts, category="yol_cukur", sure=True, place_known=True)
    talk.wake()
    assert len(talk.opened()) == 1
