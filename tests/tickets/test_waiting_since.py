"""Since when the citizen of a ticket waits: their last word, until a person tells them something."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from typing_extensions import override

from tests.tickets import histories
from tests.tickets.histories import Step
from tests.tickets.world import FUTURE, NOW, World
from tickets import ports, services
from tickets.models import Act, Handover, Ticket
from tickets.permissions import Actor
from tickets.services import handovers
from tickets.services._waits_since import count_waiting
from tickets.workflow import Status

LATER = NOW + timedelta(hours=2)


class Reachable(ports.NullChannel):
    """A channel that reaches everybody."""

    @override
    def talk(self, _citizen: object, /) -> ports.Talk:
        return ports.Talk(open_until=LATER + timedelta(days=1))

    @override
    def write(self, *_arguments: object) -> bool:
        return True


@pytest.fixture
def channel() -> Iterator[None]:
    before = ports.register(Reachable())
    yield
    ports.register(before)


def waits(ticket: Ticket) -> datetime | None:
    ticket.refresh_from_db()
    assert ticket.waits_since == by_the_timeline(ticket)
    return ticket.waits_since


def by_the_timeline(ticket: Ticket) -> datetime | None:
    """The same from all entries at once, and from what the citizen said to staff while they waited for a person."""
    whole = Ticket(outcome=ticket.outcome)
    count_waiting(whole, ticket.events.order_by("id"))
    said = ticket.handovers.filter(ended_at=None).values_list("last_at", flat=True).first()
    open_words = said if ticket.outcome is None else None
    return max(filter(None, (whole.waits_since, open_words)), default=None)


def test_it_begins_with_the_report_and_anew_with_each_word_of_the_citizen(world: World) -> None:
    ticket = world.assigned()
    assert waits(ticket) == NOW
    services.describe(ticket=ticket, actor=Actor.citizen(), now=LATER, text="Büyüdü")
    assert waits(ticket) == LATER


def test_neither_the_line_nor_a_note_nor_another_department_ends_it(world: World) -> None:
    ticket = world.open()
    services.add_note(ticket=ticket, actor=world.actor("operator"), now=LATER, text="Baktım")
    world.move(ticket, Status.ASSIGNED, by="operator", department=world.fen, now=LATER)
    assert waits(ticket) == NOW


@pytest.mark.parametrize(
    ("to", "details"),
    [
        (Status.PLANNED, {"planned_for": FUTURE}),
        (Status.WAITING, {"answer": "Hangi sokak?"}),
        (Status.RESOLVED, {"answer": "Yapıldı."}),
    ],
)
def test_what_staff_tell_the_citizen_ends_it(world: World, to: Status, details: dict[str, Any]) -> None:
    assert waits(world.move(world.assigned(), to, now=LATER, **details)) is None


def test_the_citizens_answer_begins_it_again(world: World) -> None:
    ticket = world.move(world.assigned(), Status.WAITING, answer="Hangi sokak?")
    services.describe(ticket=ticket, actor=Actor.citizen(), now=LATER, text="Gül Sokak")
    assert waits(ticket) == LATER


@pytest.mark.usefixtures("channel")
def test_a_reply_ends_it_and_one_that_was_taken_back_was_never_said(world: World) -> None:
    ticket, operator = world.assigned(), world.actor("operator")
    services.perform("reply", ticket=ticket, actor=operator, now=LATER, text="Bakıyoruz.")
    assert waits(ticket) is None
    services.take_back(act=Act.objects.get(), actor=operator, now=LATER)
    assert waits(ticket) == NOW


@pytest.mark.usefixtures("channel")
def test_what_the_citizen_says_to_staff_counts_for_the_ticket_that_it_is_of(world: World) -> None:
    ticket = world.move(world.assigned(), Status.PLANNED, planned_for=FUTURE)
    row = services.await_staff(
        citizen=world.citizen, reason=Handover.Reason.WROTE, now=LATER, words="Ne oldu?", ticket=ticket
    )
    assert waits(ticket) == LATER
    handovers.answer(handover=row, actor=world.actor("operator"), now=LATER, text="Yarın geliyoruz.")
    ticket.refresh_from_db()
    assert ticket.waits_since is None


def test_a_merged_ticket_waits_for_nothing_and_a_reopened_one_again(world: World) -> None:
    ticket = world.resolved()
    assert waits(ticket) is None
    services.change_status(ticket=ticket, to=Status.ASSIGNED, actor=Actor.citizen(), now=LATER)
    assert waits(ticket) == LATER


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories.steps)
def test_whatever_happens_it_is_what_the_whole_timeline_says(world: World, history: list[Step]) -> None:
    with transaction.atomic():
        for ticket in histories.live(world, history)[0]:
            waits(ticket)
        transaction.set_rollback(True)
