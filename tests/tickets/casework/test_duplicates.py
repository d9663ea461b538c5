"""Duplicates: their original, and what their citizens are sent."""

import pytest

from tests.tickets.world import World
from tickets.models import Citizen, Ticket, TicketEvent
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields


def last(ticket: Ticket) -> TicketEvent:
    event = ticket.events.order_by("-id").first()
    assert event is not None
    return event


def unchanged(ticket: Ticket) -> bool:
    """Whether the row in the database is still the one in hand, and nothing joined its timeline."""
    now = Ticket.objects.get(pk=ticket.pk)
    return (now.version, now.status) == (ticket.version, ticket.status)


def test_a_duplicates_citizen_hears_what_becomes_of_the_original(world: World) -> None:
    original = world.assigned()
    other = world.assigned(citizen=Citizen.objects.create(name="Ali"))
    third = world.assigned()
    world.move(other, Status.DUPLICATE, by="operator", duplicate_of=original)
    world.move(original, Status.RESOLVED, by="head_fen", answer="Çukur kapatıldı.")
    news = last(other)
    assert (news.kind, news.to_status, news.public_text, news.announce) == (
        TicketEvent.Kind.FOLLOWED,
        "RESOLVED",
        "Çukur kapatıldı.",
        True,
    )
    assert not third.events.filter(kind=TicketEvent.Kind.FOLLOWED).exists()


def test_the_duplicates_of_a_duplicate_hear_it_too(world: World) -> None:
    first, second, third = world.assigned(), world.assigned(), world.assigned()
    world.move(first, Status.DUPLICATE, by="operator", duplicate_of=second)
    world.move(second, Status.DUPLICATE, by="operator", duplicate_of=third)
    world.move(third, Status.IN_PROGRESS, by="crew_fen")
    assert [last(first).kind, last(second).kind] == [TicketEvent.Kind.FOLLOWED] * 2


@pytest.mark.parametrize("to", [Status.WAITING, Status.CANCELLED])
def test_a_question_or_a_cancellation_stays_between_us_and_that_citizen(world: World, to: Status) -> None:
    original, other = world.assigned(), world.assigned()
    world.move(other, Status.DUPLICATE, by="operator", duplicate_of=original)
    world.move(original, to, by="operator", answer="Hangi sokak?")
    assert last(other).kind == TicketEvent.Kind.MOVED


def test_a_ticket_is_no_duplicate_of_itself_nor_of_a_duplicate(world: World) -> None:
    first, second = world.assigned(), world.assigned()
    world.move(first, Status.DUPLICATE, by="operator", duplicate_of=second)
    for ticket, target in ((second, second), (second, first)):
        with pytest.raises(MissingFields) as refusal:
            world.move(ticket, Status.DUPLICATE, by="operator", duplicate_of=target)
        assert set(refusal.value.fields) == {"duplicate_of"}
    assert unchanged(second)
