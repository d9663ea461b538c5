"""What a ticket's page offers: a next step, three beside it, the rest, and apart what ends a request; a letter each."""

from collections import Counter
from collections.abc import Collection
from datetime import timedelta

import pytest
from django.utils import timezone
from typing_extensions import override

from tests.tickets.world import World
from tickets.back_office.shortcut_letters import letter
from tickets.desk.forms.shown import forms_for
from tickets.desk.ticket_page.act_buttons import BESIDE, Steps, steps
from tickets.models import Ticket
from tickets.record import channel
from tickets.record.channel import NullChannel
from tickets.record.statuses import Status
from tickets.record.workflow import TRANSITIONS, Position, TicketRole, transitions_for


def offered(world: World, ticket: Ticket, who: str) -> Steps:
    actor, now = world.actor(who), timezone.now()
    return steps(ticket, actor, forms_for(ticket, world.user(who), actor, now), now)


POSITIONS = [
    Position(status=at, waiting_from=before)
    for at in Status
    for before in ((Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS) if at is Status.WAITING else (None,))
]


@pytest.mark.parametrize("at", POSITIONS, ids=lambda at: f"{at.status}-{at.waiting_from}")
def test_no_two_moves_of_a_status_have_the_same_letter(at: Position) -> None:
    now = timezone.now()
    moves = transitions_for(at, {TicketRole.SUPERVISOR}, now)
    shared = [key for key, count in Counter(letter(at, to) for to in moves).items() if count > 1]
    assert shared == []


def test_a_move_has_the_same_letter_wherever_it_means_the_same() -> None:
    for to in (Status.PLANNED, Status.WAITING, Status.REJECTED, Status.REDIRECTED, Status.DUPLICATE):
        letters = {letter(Position(status=at), to) for at, moves in TRANSITIONS.items() if to in moves}
        assert len(letters) == 1


NEXT = [
    ("crew_fen", "ASSIGNED", "İşe başla", "l"),
    ("crew_fen", "IN_PROGRESS", "Çözüldü", "c"),
    ("crew_fen", "PLANNED", "İşe başla", "l"),
    ("operator", "NEW", "Fen İşleri: ilet", "o"),
    ("operator", "WAITING", "Beklemeyi bitir", "g"),
    ("operator", "REVIEW", "Onayla", "o"),
    ("operator", "RESOLVED", "Kapat", "c"),
    ("operator", "CLOSED", "Yeniden aç", "g"),
]


@pytest.mark.parametrize(("who", "status", "title", "key"), NEXT)
def test_the_next_step_is_what_the_status_asks_of_the_role(
    world: World, who: str, status: str, title: str, key: str
) -> None:
    ticket = world.open() if status == "NEW" else world.assigned()
    now = timezone.now()
    if status == "PLANNED":
        world.move(ticket, Status.PLANNED, planned_for=(now + timedelta(days=7)).date(), now=now)
    elif status not in ("NEW", "ASSIGNED", "CLOSED"):
        world.move(ticket, Status(status), answer="Kapatıldı.", now=now)
    if status == "CLOSED":
        world.move(ticket, Status.RESOLVED, answer="Kapatıldı.", now=now)
        world.move(ticket, Status.CLOSED, now=now)
    ticket.refresh_from_db()
    first = offered(world, ticket, who).primary
    assert first
    assert (first.title, first.letter) == (title, key)


class Announcing(NullChannel):
    """A channel by which the citizen hears of every move."""

    @override
    def announced_transitions(self, _ticket: Ticket, /) -> Collection[str]:
        return list(Status)


def test_approving_says_that_it_sends_where_the_citizen_hears_of_it(world: World) -> None:
    ticket = world.assigned()
    world.move(ticket, Status.REVIEW, answer="Kapatıldı.", now=timezone.now())
    ticket.refresh_from_db()
    before = channel.register(Announcing())
    first = offered(world, ticket, "operator").primary
    channel.register(before)
    assert first
    assert (first.title, first.told) == ("Onayla ve gönder", True)


def test_three_stand_beside_it_and_what_ends_a_request_stands_apart(world: World) -> None:
    found = offered(world, world.assigned(), "supervisor")
    assert len(found.beside) == BESIDE
    assert found.more
    assert [step.letter for step in found.ends] == ["K", "I"]


def test_each_letter_stands_on_a_page_once(world: World) -> None:
    for ticket in (world.open(), world.assigned(), world.open(proposed_agency=world.kaski)):
        found = offered(world, ticket, "supervisor")
        every = [found.primary, *found.beside, *found.more, *found.ends]
        letters = [step.letter for step in every if step and step.letter]
        assert len(letters) == len(set(letters))


def test_what_needs_nothing_more_is_done_by_its_letter_alone(world: World) -> None:
    proposed = offered(world, world.open(proposed_agency=world.kaski), "operator").primary
    assert proposed
    assert (proposed.letter, proposed.title, proposed.ready) == ("y", "KASKİ: yönlendir", True)
    unproposed = offered(world, world.open(), "operator")
    assert not next(step for step in [*unproposed.beside, *unproposed.more] if step.letter == "y").ready


def test_a_letter_that_does_nothing_here_says_why(world: World) -> None:
    why = offered(world, world.assigned(), "operator").why
    assert "yetkiniz yok" in why["l"]
    assert "durumuna alınamaz" in offered(world, world.resolved(), "operator").why["p"]


def test_whoever_may_only_read_is_offered_nothing(world: World) -> None:
    assert not offered(world, world.assigned(), "dpo").any
