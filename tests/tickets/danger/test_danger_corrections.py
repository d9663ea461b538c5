"""Correcting how dangerous a report is: one key for the clerk, a lesson for the reader."""

from datetime import timedelta
from typing import Any

import pytest

from departments.models import DangerCorrection
from tests.tickets.duty import ring
from tests.tickets.world import NOW, World, sign_in
from tickets.casework.priorities import prioritise
from tickets.danger import bar
from tickets.danger.corrections import correct_danger
from tickets.danger.services import acknowledge, report_danger
from tickets.models import Notification, Priority, Ticket, TicketEvent
from tickets.privacy.erasure import forget_tickets
from tickets.record.permissions import Actor
from tickets.record.workflow import MissingFields, NotAllowed, StaleVersion

WORDS = "Ayşe Yılmaz, 0532 123 45 67: bahçede mangal dumanı var"


@pytest.fixture
def fire(world: World) -> Ticket:
    return world.open(danger="fire", urgent=True, urgent_reason="duman", description=WORDS)


def correct(world: World, ticket: Ticket, by: str = "operator", **what: Any) -> Ticket:
    said: dict[str, Any] = {"danger": "", "urgent": False, "restricted": False} | what
    return correct_danger(ticket=ticket, actor=world.actor(by), now=NOW, **said)


def test_what_is_no_danger_is_neither_urgent_nor_rung_for(world: World, fire: Ticket) -> None:
    ring(world.user("operator"), fire, NOW)
    row = correct(world, fire)
    assert (row.danger, row.urgent, row.urgent_reason, row.restricted) == ("", False, "", False)
    assert not Notification.objects.filter(acknowledged_at=None).exists()


@pytest.mark.parametrize("what", [{}, {"urgent": True}])
def test_what_is_no_danger_leaves_the_strip_of_everybody_who_was_told_of_it(
    world: World, fire: Ticket, what: dict[str, Any]
) -> None:
    for name in ("operator", "supervisor"):
        ring(world.user(name), fire, NOW)
    correct(world, fire, **what)
    for name in ("operator", "supervisor"):
        assert bar.waiting_for(world.actor(name)) == []


def test_news_of_what_turned_out_to_be_no_danger_stands_in_nobodys_strip(world: World, fire: Ticket) -> None:
    operator = world.actor("operator")
    acknowledge(ticket=fire, actor=operator, now=NOW)
    ring(world.user("operator"), fire, NOW + timedelta(minutes=1))
    assert bar.waiting_for(operator) == [fire]
    correct(world, fire)
    assert bar.waiting_for(operator) == []


def test_what_is_urgent_no_more_loses_the_high_priority_that_it_began_with(
    world: World, fire: Ticket
) -> None:
    assert fire.priority == Priority.HIGH
    assert correct(world, fire).priority == Priority.NORMAL


def test_a_priority_that_a_clerk_gave_stays(world: World) -> None:
    unsure = world.open(danger="fire", danger_unsure=True)
    prioritise(ticket=unsure, actor=world.actor("operator"), now=NOW, priority=Priority.LOW)
    assert correct(world, unsure).priority == Priority.LOW


def test_the_correction_stands_in_the_timeline(world: World, fire: Ticket) -> None:
    correct(world, fire, urgent=True)
    entry = fire.events.get(kind=TicketEvent.Kind.DANGER)
    assert entry.actor == world.user("operator")
    assert entry.data == {
        "danger": "", "from_danger": "fire", "urgent": True, "from_urgent": True,
        "restricted": False, "from_restricted": False,
    }  # fmt: skip


def test_it_is_kept_for_the_next_training_without_names_and_numbers(world: World, fire: Ticket) -> None:
    correct(world, fire)
    kept = DangerCorrection.objects.get()
    assert (kept.said_level, kept.said_kind, kept.level, kept.kind) == ("life", "fire", "none", "")
    assert (kept.user, kept.at) == (world.user("operator"), NOW)
    assert "mangal dumanı" in kept.text
    assert not {"Ayşe", "Yılmaz", "123"} & set(kept.text.split())


def test_a_danger_that_was_missed_becomes_urgent_and_is_kept_too(world: World) -> None:
    row = correct(world, world.open(description="Kapak yok, içine düşülür"), danger="manhole")
    assert (row.danger, row.urgent) == ("manhole", True)
    kept = DangerCorrection.objects.get()
    assert (kept.said_level, kept.level, kept.kind) == ("none", "life", "manhole")


def test_an_unsure_danger_becomes_sure(world: World) -> None:
    row = correct(world, world.open(danger="gas_in", danger_unsure=True, urgent=True), danger="gas_in")
    assert not row.danger_unsure
    assert DangerCorrection.objects.get().said_level == "unsure"


def test_a_restricted_kind_is_restricted_and_its_words_are_kept_nowhere_else(
    world: World, fire: Ticket
) -> None:
    assert correct(world, fire, danger="despair").restricted
    assert not DangerCorrection.objects.exists()


@pytest.mark.parametrize("told", [False, True])
def test_what_was_learned_before_is_forgotten_when_a_ticket_becomes_restricted(
    world: World, fire: Ticket, told: bool
) -> None:
    correct(world, fire)
    assert DangerCorrection.objects.exists()
    fire.refresh_from_db()
    if told:
        report_danger(ticket=fire, kind="despair", now=NOW, restricted=True)
    else:
        correct(world, fire, danger="fire", restricted=True)
    assert not DangerCorrection.objects.exists()


def test_any_danger_can_be_restricted(world: World, fire: Ticket) -> None:
    assert correct(world, fire, danger="fire", restricted=True).restricted


def test_what_it_is_already_changes_nothing(world: World, fire: Ticket) -> None:
    assert correct(world, fire, danger="fire").version == fire.version
    assert not DangerCorrection.objects.exists()


def test_an_unknown_kind_is_refused(world: World, fire: Ticket) -> None:
    with pytest.raises(MissingFields):
        correct(world, fire, danger="dragon")


def test_others_correct_nothing_and_nobody_what_has_changed_meanwhile(world: World, fire: Ticket) -> None:
    with pytest.raises(NotAllowed):
        correct(world, fire, by="head_park")
    with pytest.raises(StaleVersion):
        correct(world, fire, version=0)


def test_the_lesson_is_destroyed_with_its_ticket(world: World, fire: Ticket) -> None:
    correct(world, fire)
    forget_tickets([fire.pk], NOW, Actor.scheduler())
    assert not DangerCorrection.objects.exists()
    entry = fire.events.get(kind=TicketEvent.Kind.DANGER)
    assert entry.data["from_danger"] == "fire"


@pytest.mark.parametrize(
    ("what", "expected"), [("none", ("", False)), ("work", ("", True)), ("wire", ("wire", True))]
)
def test_a_clerk_corrects_it_on_the_page(
    world: World, fire: Ticket, what: str, expected: tuple[str, bool]
) -> None:
    operator = sign_in(world, "operator")
    answer = operator.post(
        f"/admin/tickets/ticket/{fire.pk}/danger/", {"version": fire.version, "what": what}
    )
    assert answer.status_code == 302
    fire.refresh_from_db()
    assert (fire.danger, fire.urgent) == expected
