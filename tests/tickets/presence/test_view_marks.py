"""Who has a ticket open, and which tickets are unread."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.tickets.world import NOW, World
from tickets.casework.notes import add_note
from tickets.models import Ticket, ViewMark
from tickets.presence.marking import OPEN_FOR, leave, mark_viewed
from tickets.presence.view_marks import open_by, unread

LATER = NOW + timedelta(minutes=10)


def is_unread(world: World, ticket: Ticket, who: str) -> bool:
    return Ticket.objects.filter(unread(world.user(who)), pk=ticket.pk).exists()


def test_a_ticket_is_unread_until_it_is_looked_at_and_again_when_something_happens(world: World) -> None:
    ticket = world.assigned()
    assert is_unread(world, ticket, "operator")
    mark_viewed(ticket=ticket, user=world.user("operator"), now=NOW)
    assert not is_unread(world, ticket, "operator")
    assert is_unread(world, ticket, "head_fen")
    add_note(ticket=ticket, actor=world.actor("head_fen"), now=LATER, text="yerinde görüldü")
    assert is_unread(world, ticket, "operator")


def test_a_ticket_is_open_to_whoever_looks_for_as_long_as_they_give_signs_of_life(world: World) -> None:
    ticket, operator, head = world.assigned(), world.user("operator"), world.user("head_fen")
    mark_viewed(ticket=ticket, user=operator, now=NOW)
    mark_viewed(ticket=ticket, user=head, now=NOW)
    assert open_by([ticket.pk], NOW, besides=operator) == {ticket.pk: [head]}
    assert open_by([ticket.pk], NOW + OPEN_FOR, besides=operator) == {}
    mark_viewed(ticket=ticket, user=head, now=NOW + OPEN_FOR)
    assert open_by([ticket.pk], NOW + OPEN_FOR, besides=operator) == {ticket.pk: [head]}


def test_whoever_leaves_has_it_open_no_longer_but_has_read_it(world: World) -> None:
    ticket, operator, head = world.assigned(), world.user("operator"), world.user("head_fen")
    mark_viewed(ticket=ticket, user=head, now=NOW)
    leave(ticket=ticket, user=head, now=NOW + timedelta(seconds=5))
    assert open_by([ticket.pk], NOW + timedelta(seconds=5), besides=operator) == {}
    assert not is_unread(world, ticket, "head_fen")


def test_looking_changes_nothing_of_the_ticket(world: World) -> None:
    ticket = world.assigned()
    before = Ticket.objects.values().get()
    mark_viewed(ticket=ticket, user=world.user("operator"), now=LATER)
    assert Ticket.objects.values().get() == before


def test_looking_again_keeps_one_row_and_is_one_statement(world: World) -> None:
    ticket, user = world.assigned(), world.user("operator")
    mark_viewed(ticket=ticket, user=user, now=NOW)
    with CaptureQueriesContext(connection) as statements:
        mark_viewed(ticket=ticket, user=user, now=LATER)
    assert len(statements) == 1
    assert ViewMark.objects.get().read_at == LATER


def test_who_has_many_tickets_open_is_one_question(world: World) -> None:
    tickets = [world.assigned() for _ in range(12)]
    for ticket in tickets:
        mark_viewed(ticket=ticket, user=world.user("head_fen"), now=NOW)
    operator = world.user("operator")
    with CaptureQueriesContext(connection) as statements:
        found = open_by([ticket.pk for ticket in tickets], NOW, besides=operator)
    assert (len(found), len(statements)) == (12, 1)
