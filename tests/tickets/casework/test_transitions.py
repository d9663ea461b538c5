"""What a move writes: the row, one timeline entry, announcements, clocks."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from typing_extensions import override

from departments.working_time.working_hours import STANDARD
from tests.tickets.world import FUTURE, NOW, World, break_timeline
from tickets.casework.assigning import assign
from tickets.casework.closing import close_settled
from tickets.casework.descriptions import describe
from tickets.casework.notes import add_note
from tickets.casework.transitions import change_status
from tickets.models import Ticket, TicketEvent
from tickets.record import channel
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed, StaleVersion, TransitionError


def last(ticket: Ticket) -> TicketEvent:
    event = ticket.events.order_by("-id").first()
    assert event is not None
    return event


def unchanged(ticket: Ticket) -> bool:
    """Whether the row in the database is still the one in hand, and nothing joined its timeline."""
    now = Ticket.objects.get(pk=ticket.pk)
    return (now.version, now.status) == (ticket.version, ticket.status)


def test_a_move_writes_the_row_and_one_entry_with_who_when_from_to_and_both_texts(world: World) -> None:
    ticket = world.assigned()
    later = NOW + timedelta(hours=1)
    moved = world.move(
        ticket, Status.RESOLVED, by="head_fen", now=later, answer=" Kapatıldı. ", note="2 ton asfalt"
    )
    moved.refresh_from_db()
    assert (moved.status, moved.outcome, moved.version) == (Status.RESOLVED, "RESOLVED", ticket.version + 1)
    assert moved.resolved_at == moved.outcome_at == moved.updated_at == later
    assert ticket.events.count() == 3  # created, assigned by the line, this one
    event = last(ticket)
    assert (event.from_status, event.to_status, event.at) == ("ASSIGNED", "RESOLVED", later)
    assert (event.actor, event.actor_kind) == (world.user("head_fen"), "staff")
    assert (event.public_text, event.note, event.announce) == ("Kapatıldı.", "2 ton asfalt", True)


def test_a_move_on_a_ticket_that_changed_since_is_refused_before_anything_else(world: World) -> None:
    ticket = world.assigned()
    add_note(ticket=ticket, actor=world.actor("operator"), now=NOW, text="not")
    ticket.refresh_from_db()
    with pytest.raises(StaleVersion):
        world.move(ticket, Status.CLOSED, by="dpo", version=ticket.version - 1)
    assert unchanged(ticket)


def test_a_move_without_a_version_takes_the_ticket_as_it_is(world: World) -> None:
    ticket = world.assigned()
    add_note(ticket=ticket, actor=world.actor("operator"), now=NOW, text="not")
    assert world.move(ticket, Status.IN_PROGRESS).status == Status.IN_PROGRESS


@pytest.mark.parametrize(
    ("to", "by", "error"),
    [
        (Status.CLOSED, "supervisor", NoSuchTransition),
        (Status.RESOLVED, "operator", NotAllowed),
        (Status.RESOLVED, "head_fen", MissingFields),
    ],
)
def test_a_refused_move_leaves_nothing_behind(
    world: World, to: Status, by: str, error: type[TransitionError]
) -> None:
    ticket = world.assigned()
    with pytest.raises(error):
        world.move(ticket, to, by=by)
    assert unchanged(ticket)
    assert ticket.events.count() == 2


def test_a_move_whose_entry_cannot_be_written_does_not_happen(world: World) -> None:
    ticket = world.assigned()
    break_timeline()
    with pytest.raises(IntegrityError, match="broken"), transaction.atomic():
        world.move(ticket, Status.IN_PROGRESS)
    assert unchanged(ticket)


@pytest.mark.parametrize(
    "change", ["note = 'x'", "public_text = 'x'", "at = now()", "announce = not announce", "data = '[1]'"]
)
def test_nothing_in_a_timeline_is_ever_edited(world: World, change: str) -> None:
    event = last(world.resolved())
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE tickets_ticketevent SET {change} WHERE id = %s", [event.pk])


def test_nothing_in_a_timeline_is_ever_deleted(world: World) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        last(world.assigned()).delete()


def test_a_channel_may_say_when_it_told_the_news(world: World) -> None:
    event = last(world.resolved())
    TicketEvent.objects.filter(pk=event.pk).update(announced_at=NOW)
    event.refresh_from_db()
    assert event.announced_at == NOW


@pytest.mark.parametrize("status", ["NEW", "CLOSED"])
def test_the_database_keeps_outcome_and_status_together(world: World, status: str) -> None:
    ticket = world.assigned() if status == "CLOSED" else world.resolved()
    with pytest.raises(IntegrityError, match="ticket_ended_with_outcome"):
        Ticket.objects.filter(pk=ticket.pk).update(status=status)


def test_the_channel_is_woken_once_the_transition_is_committed(
    world: World, django_capture_on_commit_callbacks
) -> None:
    class Sleeper(channel.NullChannel):
        wakeups = 0

        @override
        def wake(self) -> None:
            self.wakeups += 1

    ticket = world.assigned()
    sleeper = Sleeper()
    before = channel.register(sleeper)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            world.move(ticket, Status.IN_PROGRESS)
            assert sleeper.wakeups == 0
    finally:
        channel.register(before)
    assert sleeper.wakeups == 1


@pytest.mark.parametrize(
    ("to", "details", "announce"),
    [
        (Status.IN_PROGRESS, {}, True),
        (Status.PLANNED, {"planned_for": FUTURE}, True),
        (Status.WAITING, {"answer": "Hangi sokak?"}, True),
        (Status.RESOLVED, {"answer": "Yapıldı."}, True),
        (Status.REJECTED, {"answer": "Özel mülk.", "reason": "yetki"}, True),
        (Status.CANCELLED, {}, True),
        (Status.NEW, {"reason": "bizim işimiz değil"}, False),
        (Status.REVIEW, {"answer": "Yapıldı."}, False),
    ],
)
def test_staff_moves_that_are_news_are_told_and_internal_ones_are_not(
    world: World, to: Status, details: dict[str, Any], announce: bool
) -> None:
    event = last(world.move(world.assigned(), to, **details))
    assert (event.to_status, event.announce) == (to, announce)


def test_what_the_citizen_did_is_not_told_back_by_the_timeline(world: World) -> None:
    ticket = change_status(ticket=world.assigned(), to=Status.CANCELLED, actor=Actor.citizen(), now=NOW)
    assert not last(ticket).announce


def test_the_first_move_of_a_person_is_the_first_action(world: World) -> None:
    ticket = world.assigned()
    assert ticket.first_action_at is None
    ticket = world.move(ticket, Status.IN_PROGRESS, now=NOW + timedelta(hours=1))
    ticket = world.move(ticket, Status.RESOLVED, answer="Yapıldı.", now=NOW + timedelta(hours=2))
    assert ticket.first_action_at == NOW + timedelta(hours=1)


def test_a_returned_ticket_stands_at_no_department_and_says_which_one_returned_it(world: World) -> None:
    ticket = assign(
        ticket=world.assigned(), actor=world.actor("head_fen"), now=NOW, assignee=world.user("crew_fen")
    )
    ticket = world.move(ticket, Status.NEW, by="crew_fen", reason="Park işi")
    assert (ticket.department, ticket.assignee) == (None, None)
    assert last(ticket).data == {"reason": "Park işi", "department": None, "from_department": "FEN"}


def test_sending_a_ticket_where_it_already_is_needs_another_department(world: World) -> None:
    ticket = world.assigned()
    for department in (None, world.fen):
        with pytest.raises(MissingFields):
            world.move(ticket, Status.ASSIGNED, by="operator", department=department)
    assert world.move(ticket, Status.ASSIGNED, by="operator", department=world.park).department == world.park


def test_a_plan_in_the_past_is_none(world: World) -> None:
    with pytest.raises(MissingFields) as refusal:
        world.move(world.assigned(), Status.PLANNED, planned_for=NOW.date() - timedelta(days=1))
    assert set(refusal.value.fields) == {"planned_for"}


def test_the_proposed_answer_goes_out_only_once_it_is_approved(world: World) -> None:
    ticket = world.move(world.assigned(), Status.REVIEW, by="head_fen", answer="Asfaltlandı.")
    assert last(ticket).public_text == ""
    ticket = world.move(ticket, Status.RESOLVED, by="operator")
    assert (last(ticket).public_text, last(ticket).announce) == ("Asfaltlandı.", True)


def test_an_approval_may_word_the_answer_anew(world: World) -> None:
    ticket = world.move(world.assigned(), Status.REVIEW, by="head_fen", answer="asfalt ok")
    ticket = world.move(ticket, Status.RESOLVED, by="operator", answer="Yolunuz asfaltlandı.")
    assert last(ticket).public_text == "Yolunuz asfaltlandı."


def test_a_redirection_sends_the_agencys_text_and_keeps_the_agency(world: World) -> None:
    ticket = world.move(
        world.open(proposed_agency=world.kaski), Status.REDIRECTED, by="operator", agency=world.kaski
    )
    assert (ticket.agency, ticket.proposed_agency) == (world.kaski, None)
    assert last(ticket).public_text == world.kaski.text
    assert last(ticket).data == {"agency": "kaski"}


def test_the_citizens_answer_moves_a_waiting_ticket_back_and_the_clock_did_not_run(world: World) -> None:
    ticket = world.move(world.assigned(), Status.IN_PROGRESS)
    due = ticket.resolution_due_at
    ticket = world.move(ticket, Status.WAITING, by="crew_fen", answer="Hangi sokak?")
    assert (ticket.waiting_from, ticket.waiting_since) == ("IN_PROGRESS", NOW)
    later = NOW + timedelta(days=2)
    ticket = describe(ticket=ticket, actor=Actor.citizen(), now=later, text="Barbaros Sokak")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_from, ticket.waiting_since) == (Status.IN_PROGRESS, "", None)
    assert due is not None
    assert ticket.resolution_due_at == STANDARD.add_hours(due, STANDARD.hours_between(NOW, later))
    assert (last(ticket).actor_kind, last(ticket).announce) == ("citizen", False)


def test_waiting_leads_back_to_the_plan_that_stood(world: World) -> None:
    ticket = world.move(world.assigned(), Status.PLANNED, planned_for=FUTURE)
    ticket = world.move(ticket, Status.WAITING, answer="Saat kaçta uygunsunuz?")
    ticket = world.move(ticket, Status.PLANNED, by="head_fen")
    assert ticket.planned_for == FUTURE


def test_what_staff_add_does_not_answer_for_the_citizen(world: World) -> None:
    ticket = world.move(world.assigned(), Status.WAITING, answer="Hangi sokak?")
    ticket = describe(ticket=ticket, actor=world.actor("operator"), now=NOW, text="Aradım, açmadı")
    assert ticket.status == Status.WAITING


def test_closing_keeps_the_outcome(world: World) -> None:
    ticket = change_status(ticket=world.resolved(), to=Status.CLOSED, actor=Actor.citizen(), now=NOW)
    assert (ticket.status, ticket.outcome, ticket.closed_at) == (Status.CLOSED, "RESOLVED", NOW)


def test_a_cancelled_ticket_is_closed_for_good(world: World) -> None:
    ticket = change_status(ticket=world.assigned(), to=Status.CANCELLED, actor=Actor.citizen(), now=NOW)
    assert (ticket.outcome, ticket.closed_at) == ("CANCELLED", NOW)


def test_reopening_forgets_the_outcome_counts_and_gives_the_time_back(world: World) -> None:
    ticket = world.resolved()
    due = ticket.resolution_due_at
    later = NOW + timedelta(days=3)
    ticket = change_status(
        ticket=ticket, to=Status.ASSIGNED, actor=Actor.citizen(), now=later, reason="duruyor"
    )
    ticket.refresh_from_db()
    assert (ticket.status, ticket.department, ticket.reopened) == (Status.ASSIGNED, world.fen, 1)
    assert (ticket.outcome, ticket.outcome_at, ticket.resolved_at, ticket.closed_at) == (
        None,
        None,
        None,
        None,
    )
    assert due is not None
    assert ticket.resolution_due_at == STANDARD.add_hours(due, STANDARD.hours_between(NOW, later))


def test_a_third_reopening_by_the_citizen_is_refused(world: World) -> None:
    ticket = world.resolved()
    for _ in range(2):
        ticket = change_status(ticket=ticket, to=Status.ASSIGNED, actor=Actor.citizen(), now=NOW)
        ticket = world.move(ticket, Status.RESOLVED, answer="Yine yapıldı.")
    with pytest.raises(NotAllowed):
        change_status(ticket=ticket, to=Status.ASSIGNED, actor=Actor.citizen(), now=NOW)


def test_a_redirected_ticket_comes_back_without_its_agency(world: World) -> None:
    ticket = world.move(world.assigned(), Status.REDIRECTED, agency=world.kaski)
    ticket = change_status(ticket=ticket, to=Status.ASSIGNED, actor=Actor.citizen(), now=NOW)
    assert ticket.agency is None


def test_the_clock_closes_what_was_settled_seven_days_ago_and_leaves_the_rest(world: World) -> None:
    week = NOW + timedelta(days=7)
    settled = world.resolved()
    rejected = world.move(world.assigned(), Status.REJECTED, answer="Olmaz.", reason="yetki")
    fresh = world.move(world.assigned(), Status.RESOLVED, answer="Yapıldı.", now=NOW + timedelta(seconds=1))
    still_open, cancelled = world.assigned(), world.move(world.assigned(), Status.CANCELLED)
    assert close_settled(now=week) == 2
    states = {t.number: t.status for t in Ticket.objects.all()}
    assert states[settled.number] == states[rejected.number] == Status.CLOSED
    assert states[fresh.number] == Status.RESOLVED
    assert (states[still_open.number], states[cancelled.number]) == (Status.ASSIGNED, Status.CANCELLED)
    assert (last(settled).actor_kind, last(settled).announce) == ("clock", False)
    assert close_settled(now=week) == 0


def test_today_is_no_plan_in_the_past(world: World) -> None:
    assert (
        world.move(world.assigned(), Status.PLANNED, planned_for=date(2026, 11, 23)).planned_for == NOW.date()
    )
