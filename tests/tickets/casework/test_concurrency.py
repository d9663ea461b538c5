"""Two of the staff at the same moment: one wins, the other is told so, and nothing is half done."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from typing_extensions import override

from departments.common import cache
from tests.tickets.duty import on_duty
from tests.tickets.receiver import listening
from tests.tickets.world import NOW, World, build_world
from tests.whatsapp.threads import at_once
from tickets.answering.replies import reply
from tickets.casework import splitting
from tickets.casework.assigning import assign
from tickets.casework.notes import add_note
from tickets.casework.transitions import change_status
from tickets.danger.ringing import alert_staff
from tickets.danger.services import acknowledge
from tickets.danger.telephones import call_telephones
from tickets.models import (
    Act,
    Citizen,
    LegalHold,
    Notification,
    NotificationPreference,
    Priority,
    Ticket,
    TicketNumber,
)
from tickets.privacy.erasure import erase
from tickets.privacy.legal_holds import place_hold
from tickets.record import channel
from tickets.record.statuses import Status
from tickets.record.workflow import NoSuchTransition, StaleVersion, TransitionError
from tickets.undo import actions
from tickets.undo.actions import perform, several, undoable_action

ROUNDS = 8
Outcome = str | Exception


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    """Committed, so that other connections see it."""
    cache.refresh()
    yield build_world()
    cache.refresh()


def tried(work: Callable[..., object], **facts: Any) -> Callable[[], Outcome]:
    """The work, with what it was refused for as its result."""

    def attempt() -> Outcome:
        try:
            work(**facts)
        except TransitionError as refusal:
            return refusal
        return "done"

    return attempt


def refusals(outcomes: list[Outcome]) -> list[type]:
    return [type(each) for each in outcomes if each != "done"]


def versions(ticket: Ticket) -> tuple[int, int]:
    """The ticket's version, and how many entries of its timeline there are."""
    ticket.refresh_from_db()
    return ticket.version, ticket.events.count()


def by(world: World, who: str) -> dict[str, Any]:
    return {"actor": world.actor(who), "now": NOW}


@pytest.mark.slow
def test_of_two_who_close_a_ticket_they_both_looked_at_one_is_refused(world: World) -> None:
    for _ in range(ROUNDS):
        ticket = world.resolved()
        closing: dict[str, Any] = {"ticket": ticket, "to": Status.CLOSED, "version": ticket.version}
        outcomes = at_once(
            tried(change_status, **closing, **by(world, "supervisor")),
            tried(change_status, **closing, **by(world, "operator")),
        )
        assert refusals(outcomes) == [StaleVersion]
        assert ticket.events.filter(to_status="CLOSED").count() == 1


@pytest.mark.slow
def test_of_two_who_assign_a_ticket_the_last_has_it_and_both_stand_on_the_timeline(world: World) -> None:
    for _ in range(ROUNDS):
        ticket = world.assigned()
        giving: dict[str, Any] = {"ticket": ticket} | by(world, "supervisor")
        outcomes = at_once(
            tried(assign, assignee=world.user("head_fen"), **giving),
            tried(assign, assignee=world.user("crew_fen"), **giving),
        )
        assert refusals(outcomes) == []
        ticket.refresh_from_db()
        assert ticket.events.filter(kind="assigned").count() == 2
        assert ticket.assignee
        last = ticket.events.filter(kind="assigned").latest("id")
        assert ticket.assignee.get_username() == last.data["assignee"]


@pytest.mark.slow
def test_of_two_who_split_a_ticket_they_both_looked_at_one_opens_a_second(world: World) -> None:
    for _ in range(ROUNDS):
        ticket = world.assigned()
        facts: dict[str, Any] = {
            "ticket": ticket,
            "description": "Lamba da yanmıyor",
            "version": ticket.version,
        }
        split = tried(splitting.split, **facts, **by(world, "operator"))
        assert refusals(at_once(split, split)) == [StaleVersion]
        assert ticket.events.filter(kind="split").count() == 1


def test_notes_written_at_once_are_all_kept_and_counted(world: World) -> None:
    ticket, clerk = world.assigned(), by(world, "operator")
    before, entries = versions(ticket)

    def note() -> None:
        for _ in range(ROUNDS):
            add_note(ticket=ticket, text="bakıldı", **clerk)

    at_once(note, note, note)
    assert versions(ticket) == (before + 3 * ROUNDS, entries + 3 * ROUNDS)


class Reached(channel.NullChannel):
    """A channel that reaches everybody."""

    @override
    def talk(self, _citizen: Citizen, /) -> channel.Talk:
        return channel.Talk(open_until=NOW)


@pytest.fixture
def reached() -> Iterator[None]:
    before = channel.register(Reached())
    yield
    channel.register(before)


@pytest.mark.slow
def test_of_two_who_answer_what_they_both_read_one_is_refused(world: World, reached: None) -> None:
    for _ in range(ROUNDS):
        ticket = world.assigned()
        answer: dict[str, Any] = {"ticket": ticket, "text": "Ekip yolda.", "version": ticket.version}
        outcomes = at_once(
            tried(reply, **answer, **by(world, "operator")),
            tried(reply, **answer, **by(world, "supervisor")),
        )
        assert refusals(outcomes) == [StaleVersion]
        assert ticket.events.filter(kind="replied").count() == 1


@pytest.mark.slow
def test_a_reply_is_taken_back_once_however_often_the_button_is_pressed(world: World, reached: None) -> None:
    for _ in range(ROUNDS):
        clerk = by(world, "operator")
        event = perform("reply", ticket=world.assigned(), text="Ekip yolda.", **clerk)
        take_back = tried(actions.undo, act=Act.objects.latest("pk"), **clerk)
        assert refusals(at_once(take_back, take_back)) == [NoSuchTransition]
        assert event.ticket.events.filter(kind="withdrawn").count() == 1


@pytest.mark.slow
def test_a_selection_that_is_taken_back_while_it_runs_leaves_nothing_done(world: World) -> None:
    supervisor = by(world, "supervisor")

    def prioritise(tickets: list[Ticket]) -> None:
        with (
            several("priority", tickets=len(tickets), **supervisor) as one,
            suppress(NoSuchTransition),
        ):
            for ticket in tickets:
                one(ticket=ticket, priority=Priority.HIGH)

    def undo() -> None:
        while (act := undoable_action(user=world.user("supervisor"), now=NOW)) is None:
            pass
        actions.undo(act=act, **supervisor)

    for _ in range(ROUNDS):
        tickets = [world.assigned() for _ in range(6)]
        at_once(lambda: prioritise(tickets), undo)  # noqa: B023
        assert set(Ticket.objects.values_list("priority", flat=True)) == {Priority.NORMAL}


def test_tickets_opened_at_once_are_numbered_without_a_gap(world: World) -> None:
    def open_some() -> list[str]:
        return [world.open().number for _ in range(ROUNDS)]

    opened = [number for numbers in at_once(open_some, open_some, open_some) for number in numbers]
    counted = sorted(int(number.rpartition("-")[2]) for number in opened)
    assert counted == list(range(1, 3 * ROUNDS + 1))
    assert TicketNumber.objects.get().last == 3 * ROUNDS


def test_a_number_whose_ticket_was_undone_is_given_to_another(world: World) -> None:
    def open_and_undo() -> None:
        with transaction.atomic():
            world.open()
            transaction.set_rollback(True)

    at_once(*[tried(world.open), tried(open_and_undo)] * 3)
    numbers = sorted(Ticket.objects.values_list("number", flat=True))
    assert numbers == [f"MG-2026-{each:06d}" for each in (1, 2, 3)]


@pytest.mark.slow
def test_a_duplicate_that_is_joined_while_its_original_is_resolved_ends_as_its_duplicate(
    world: World,
) -> None:
    for _ in range(ROUNDS):
        original, other = world.assigned(), world.assigned()
        clerk = by(world, "supervisor")
        outcomes = at_once(
            tried(change_status, ticket=original, to=Status.RESOLVED, answer="Bitti.", **clerk),
            tried(change_status, ticket=other, to=Status.DUPLICATE, duplicate_of=original, **clerk),
        )
        assert refusals(outcomes) == []
        other.refresh_from_db()
        assert (other.status, other.duplicate_of) == ("DUPLICATE", original)


@pytest.mark.slow
def test_two_tickets_joined_to_each_other_at_once_make_no_ring(world: World) -> None:
    for _ in range(ROUNDS):
        one, two = world.assigned(), world.assigned()
        join: dict[str, Any] = {"to": Status.DUPLICATE} | by(world, "supervisor")
        outcomes = at_once(
            tried(change_status, ticket=one, duplicate_of=two, **join),
            tried(change_status, ticket=two, duplicate_of=one, **join),
        )
        assert len(refusals(outcomes)) == 1
        assert Ticket.objects.filter(pk__in=[one.pk, two.pk], duplicate_of__isnull=False).count() == 1


@pytest.mark.slow
def test_news_for_duplicates_and_writes_on_one_of_them_never_wait_for_each_other_for_ever(
    world: World,
) -> None:
    """The duplicate is the older one: locked after its original, it could be held by who waits for the original."""
    clerk = by(world, "supervisor")
    for _ in range(ROUNDS):
        older, original = world.assigned(), world.assigned()
        join: dict[str, Any] = {"ticket": older, "to": Status.DUPLICATE, "duplicate_of": original} | clerk
        change_status(**join)
        again = tried(change_status, **join)
        resolve = tried(change_status, ticket=original, to=Status.RESOLVED, answer="Bitti.", **clerk)
        assert set(refusals(at_once(resolve, again, again))) == {NoSuchTransition}
        assert older.events.filter(kind="followed").count() == 1


def test_duplicates_are_locked_with_their_original_in_the_order_of_their_keys(world: World) -> None:
    clerk = by(world, "supervisor")
    older, original = world.assigned(), world.assigned()
    change_status(ticket=older, to=Status.DUPLICATE, duplicate_of=original, **clerk)
    with CaptureQueriesContext(connection) as statements:
        change_status(ticket=original, to=Status.RESOLVED, answer="Bitti.", **clerk)
    first = next(query["sql"] for query in statements if "FOR NO KEY UPDATE" in query["sql"])
    assert re.search(
        rf"IN \((?:{older.pk}, {original.pk}|{original.pk}, {older.pk})\) ORDER BY .*\"id\" ASC", first
    )


@pytest.mark.slow
@pytest.mark.parametrize("on", ["citizen", "ticket"])
def test_whoever_is_put_under_a_hold_while_being_erased_is_either_held_or_gone(world: World, on: str) -> None:
    for _ in range(ROUNDS):
        citizen = Citizen.objects.create(name="Ali Veli")
        ticket = world.open(citizen=citizen)
        world.move(ticket, Status.CANCELLED)
        officer = by(world, "admin")
        held, erased = at_once(
            tried(place_hold, reason="dava", **{on: citizen if on == "citizen" else ticket}, **officer),
            tried(erase, people=[citizen.pk], tickets=[], reason="dilekçe", **officer),
        )
        citizen.refresh_from_db()
        assert (held == "done") != (erased == "done"), (held, erased)
        assert (citizen.name is None) is (erased == "done")
        assert LegalHold.objects.exists() is (held == "done")
        LegalHold.objects.all().delete()


def test_of_two_who_claim_a_danger_one_has_it(world: World) -> None:
    for _ in range(ROUNDS):
        ticket = world.open(urgent=True, danger="fire")
        outcomes = at_once(
            tried(acknowledge, ticket=ticket, **by(world, "operator")),
            tried(acknowledge, ticket=ticket, **by(world, "supervisor")),
        )
        assert refusals(outcomes) == [NoSuchTransition]
        assert ticket.events.filter(kind="claimed").count() == 1


@pytest.mark.slow
def test_tasks_that_look_at_once_ring_once_for_each_and_call_each_telephone_once(
    world: World, settings: Settings
) -> None:
    for who in ("operator", "supervisor", "crew_fen"):
        NotificationPreference.objects.create(user=on_duty(world, who), phone="+905321112233")
    with listening() as gateway:
        settings.RING_URL, settings.RING_SECRET = gateway.url, "mavi-kapi-ardinda-9"
        world.open(urgent=True, danger="fire")

        def ring() -> None:
            alert_staff(now=NOW)
            call_telephones(lambda: NOW)

        at_once(ring, ring, ring)
        ring()
        assert Notification.objects.count() == len(gateway.said) == 3
        assert len({each["id"] for each in gateway.said}) == 3


@pytest.mark.slow
def test_a_claim_while_it_is_about_to_ring_leaves_nothing_ringing(world: World) -> None:
    on_duty(world, "operator")
    for _ in range(ROUNDS):
        ticket = world.open(urgent=True, danger="fire")
        at_once(
            tried(acknowledge, ticket=ticket, **by(world, "operator")),
            tried(alert_staff, now=NOW),
        )
        assert not Notification.objects.filter(ticket=ticket, acknowledged_at=None).exists()
