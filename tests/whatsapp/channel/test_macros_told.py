"""What the citizen reads of a macro, and of words beside a move: all of it, once."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.wire import AYSE
from tickets.answering.macros import preview_macro, run_macro
from tickets.casework.transitions import change_status
from tickets.models import CannedAnswer, Ticket
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields
from whatsapp.channel.port import WhatsApp
from whatsapp.models import Conversation

WORDS = "Ekibimiz yarın saat onda orada olacak."


@pytest.fixture
def clerk(line: Line) -> Actor:
    return actor_of(User.objects.create_superuser("clerk"))


@pytest.fixture
def ticket(line: Line) -> Ticket:
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde yolda büyük çukur var, asfalt bozuk"))
    line.later(seconds=7)
    line.meta.sent.clear()
    return line.ticket()


def macro(to: str, **changes: Any) -> CannedAnswer:
    return CannedAnswer.objects.create(title="Makro", text=WORDS, move_to=to, **changes)


def run(line: Line, ticket: Ticket, clerk: Actor, what: CannedAnswer) -> list[str]:
    """Runs the macro; returns what was shown before, and what then reached the citizen."""
    facts: dict[str, Any] = {"ticket": ticket, "macro": what, "actor": clerk, "now": line.now, "text": WORDS}
    seen = preview_macro(**facts)
    assert seen.news is not None
    shown = WhatsApp().preview(seen.news, line.now).text
    run_macro(**facts)
    line.later(seconds=2)
    return [shown, *line.meta.texts()]


def test_a_move_whose_news_has_no_room_for_the_answer_sends_it_as_a_reply_and_nothing_else(
    line: Line, ticket: Ticket, clerk: Actor
) -> None:
    assert run(line, ticket, clerk, macro(Status.IN_PROGRESS)) == [WORDS, WORDS]
    ticket.refresh_from_db()
    assert ticket.status == Status.IN_PROGRESS


def test_a_move_whose_news_has_room_takes_the_answer_with_it(
    line: Line, ticket: Ticket, clerk: Actor
) -> None:
    shown, told = run(line, ticket, clerk, macro(Status.RESOLVED))
    assert shown == told
    assert WORDS in told
    assert "sonuçlandı" in told


def test_who_wants_no_news_on_the_way_reads_the_answer_all_the_same(
    line: Line, ticket: Ticket, clerk: Actor
) -> None:
    Conversation.objects.update(muted=True)
    assert run(line, ticket, clerk, macro(Status.IN_PROGRESS)) == [WORDS, WORDS]


def test_the_citizen_of_a_restricted_ticket_reads_the_answer_as_a_reply(
    line: Line, ticket: Ticket, clerk: Actor
) -> None:
    Ticket.objects.update(restricted=True)
    ticket.refresh_from_db()
    assert run(line, ticket, clerk, macro(Status.RESOLVED)) == [WORDS, WORDS]


def test_words_beside_a_move_that_nobody_would_read_are_refused(
    line: Line, ticket: Ticket, clerk: Actor
) -> None:
    with pytest.raises(MissingFields, match="cevap olarak yazın"):
        change_status(ticket=ticket, to=Status.IN_PROGRESS, actor=clerk, now=line.now, answer=WORDS)
    Conversation.objects.update(muted=True)
    others: dict[str, Any] = {"ticket": ticket, "actor": clerk, "now": line.now, "answer": WORDS}
    change_status(to=Status.CANCELLED, **others)  # an answer: it is told
