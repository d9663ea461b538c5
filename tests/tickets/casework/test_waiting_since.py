"""Since when the citizen of a ticket waits: their first word that nobody has answered, or their asking for a person."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from typing_extensions import override

from tests.tickets import histories
from tests.tickets.histories import Step
from tests.tickets.world import FUTURE, NOW, World
from tickets.answering import conversations
from tickets.answering.replies import reply
from tickets.answering.scheduled_replies import schedule_reply, send_scheduled
from tickets.attachments.attachments import attach_all
from tickets.casework.attachment_rows import ReceivedFile
from tickets.casework.awaiting_staff import request_staff
from tickets.casework.descriptions import describe
from tickets.casework.notes import add_note
from tickets.casework.transitions import change_status
from tickets.casework.waiting_since import count_waiting
from tickets.casework.writing import locked_ticket
from tickets.models import Act, Attachment, Ticket, WaitingConversation
from tickets.record import channel as ports
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.undo.actions import perform, undo

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
    said = ticket.handovers.filter(ended_at=None).values_list("since", flat=True).first()
    open_words = said if ticket.outcome is None else None
    return min(filter(None, (whole.waits_since, open_words)), default=None)


def test_it_begins_with_the_report_and_whoever_writes_again_has_waited_as_long(world: World) -> None:
    ticket = world.assigned()
    assert waits(ticket) == NOW
    describe(ticket=ticket, actor=Actor.citizen(), now=LATER, text="Büyüdü")
    assert waits(ticket) == NOW


def ask(world: World, now: datetime, ticket: Ticket | None, words: str = "Ne oldu?") -> WaitingConversation:
    reason = WaitingConversation.Reason.ASKED
    return request_staff(citizen=world.citizen, reason=reason, now=now, words=words, ticket=ticket)


def since_of(ticket: Ticket) -> datetime | None:
    ticket.refresh_from_db()
    return ticket.waits_since


def test_the_queue_counts_from_the_same_moment_as_the_list_of_those_who_wait(world: World) -> None:
    ticket = world.move(world.assigned(), Status.PLANNED, planned_for=FUTURE)
    row = ask(world, LATER, ticket)
    ask(world, LATER + timedelta(hours=1), ticket, "Hâlâ bekliyorum")
    row.refresh_from_db()
    assert since_of(ticket) == row.since == LATER


def test_whoever_asked_for_a_person_before_they_wrote_of_the_ticket_waits_since_they_asked(
    world: World,
) -> None:
    ticket = world.move(world.assigned(), Status.PLANNED, planned_for=FUTURE)
    ask(world, LATER, None)
    ask(world, LATER + timedelta(hours=1), ticket)
    assert since_of(ticket) == LATER


@pytest.mark.parametrize(
    "adds",
    [
        lambda facts: describe(text="Büyüdü", **facts),
        lambda facts: attach_all(files=[ReceivedFile(kind=Attachment.Kind.IMAGE)], **facts),
    ],
    ids=["words", "a file"],
)
def test_who_asked_for_a_person_and_then_adds_waits_since_asking(
    world: World, adds: Callable[[dict[str, Any]], object]
) -> None:
    ticket = world.move(world.assigned(), Status.PLANNED, planned_for=FUTURE)
    ask(world, LATER, None)
    adds({"ticket": ticket, "actor": Actor.citizen(), "now": LATER + timedelta(hours=18)})
    assert since_of(ticket) == LATER


def test_a_saved_ticket_writes_nothing_that_its_holder_did_not_change(world: World) -> None:
    ticket = world.assigned()
    with locked_ticket(ticket, LATER) as row:
        Ticket.objects.filter(pk=row.pk).update(waits_since=LATER, address="Sivas Cd. 12")
        row.summary = "Çukur"
    ticket.refresh_from_db()
    assert (ticket.waits_since, ticket.address, ticket.summary) == (LATER, "Sivas Cd. 12", "Çukur")


@pytest.mark.usefixtures("channel")
def test_what_is_answered_from_another_tickets_page_waits_no_longer(world: World) -> None:
    ticket, other = world.move(world.assigned(), Status.PLANNED, planned_for=FUTURE), world.assigned()
    ask(world, LATER, ticket)
    reply(ticket=other, actor=world.actor("operator"), now=LATER, text="Yarın ikisine de geliyoruz.")
    assert since_of(ticket) is None


def test_what_is_closed_without_an_answer_waits_no_longer(world: World) -> None:
    ticket = world.move(world.assigned(), Status.PLANNED, planned_for=FUTURE)
    row = ask(world, LATER, ticket)
    conversations.close(handover=row, actor=world.actor("operator"), now=LATER, note="telefonla görüşüldü")
    assert since_of(ticket) is None


def test_a_ticket_that_a_waiting_talk_is_joined_to_waits_since_the_talk_does(world: World) -> None:
    ticket = world.move(world.assigned(), Status.PLANNED, planned_for=FUTURE)
    row = ask(world, LATER, None)
    conversations.join(
        handover=row, actor=world.actor("operator"), now=LATER + timedelta(hours=3), ticket=ticket
    )
    assert since_of(ticket) == LATER


@pytest.mark.usefixtures("channel")
def test_a_reply_for_later_answers_what_was_read_and_no_more(world: World) -> None:
    ticket, hour = world.assigned(), timedelta(hours=1)
    operator = world.actor("operator")
    schedule_reply(
        ticket=ticket, actor=operator, now=NOW + hour, text="Yarın.", due_at=LATER, whatever_comes=True
    )
    wrote = NOW + hour * 1.5
    describe(ticket=ticket, actor=Actor.citizen(), now=wrote, text="Büyüdü")
    send_scheduled(lambda: LATER)
    assert since_of(ticket) == wrote


@pytest.mark.usefixtures("channel")
def test_a_reply_that_is_taken_back_leaves_who_wrote_since_waiting_as_long_as_before(world: World) -> None:
    ticket, operator = world.assigned(), world.actor("operator")
    perform("reply", ticket=ticket, actor=operator, now=LATER, text="Bakıyoruz.")
    soon = LATER + timedelta(seconds=2)
    describe(ticket=ticket, actor=Actor.citizen(), now=soon, text="Büyüdü")
    undo(act=Act.objects.get(), actor=operator, now=soon)
    assert since_of(ticket) == NOW


def test_neither_the_line_nor_a_note_nor_another_department_ends_it(world: World) -> None:
    ticket = world.open()
    add_note(ticket=ticket, actor=world.actor("operator"), now=LATER, text="Baktım")
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
    describe(ticket=ticket, actor=Actor.citizen(), now=LATER, text="Gül Sokak")
    assert waits(ticket) == LATER


@pytest.mark.usefixtures("channel")
def test_a_reply_ends_it_and_one_that_was_taken_back_was_never_said(world: World) -> None:
    ticket, operator = world.assigned(), world.actor("operator")
    perform("reply", ticket=ticket, actor=operator, now=LATER, text="Bakıyoruz.")
    assert waits(ticket) is None
    undo(act=Act.objects.get(), actor=operator, now=LATER)
    assert waits(ticket) == NOW


@pytest.mark.usefixtures("channel")
def test_what_the_citizen_says_to_staff_counts_for_the_ticket_that_it_is_of(world: World) -> None:
    ticket = world.move(world.assigned(), Status.PLANNED, planned_for=FUTURE)
    row = request_staff(
        citizen=world.citizen,
        reason=WaitingConversation.Reason.WROTE,
        now=LATER,
        words="Ne oldu?",
        ticket=ticket,
    )
    assert waits(ticket) == LATER
    conversations.answer(handover=row, actor=world.actor("operator"), now=LATER, text="Yarın geliyoruz.")
    ticket.refresh_from_db()
    assert ticket.waits_since is None


def test_a_merged_ticket_waits_for_nothing_and_a_reopened_one_again(world: World) -> None:
    ticket = world.resolved()
    assert waits(ticket) is None
    change_status(ticket=ticket, to=Status.ASSIGNED, actor=Actor.citizen(), now=LATER)
    assert waits(ticket) == LATER


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories.steps)
def test_whatever_happens_it_is_what_the_whole_timeline_says(world: World, history: list[Step]) -> None:
    with transaction.atomic():
        for ticket in histories.live(world, history)[0]:
            waits(ticket)
        transaction.set_rollback(True)
