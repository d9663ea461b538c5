"""Replies to the citizen, and human handover."""

from io import BytesIO

import pytest

from tests.tickets.recording_channel import Reached
from tests.tickets.world import NOW, World
from tickets.answering.replies import hand_back, reply, take_over
from tickets.models import Ticket, TicketEvent
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed, StaleVersion, TransitionError


def say(world: World, ticket: Ticket, by: str = "operator", text: str = "Ekip yolda.") -> TicketEvent:
    return reply(ticket=ticket, actor=world.actor(by), now=NOW, text=text)


def test_a_reply_is_news_to_the_citizen_and_no_move(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    event = say(world, ticket)
    ticket.refresh_from_db()
    assert (event.announce, event.public_text, ticket.status, ticket.version) == (
        True,
        "Ekip yolda.",
        "ASSIGNED",
        2,
    )


@pytest.mark.parametrize("who", ["operator", "supervisor", "admin", "head_fen"])
def test_the_call_centre_and_the_departments_head_may_write(world: World, channel: Reached, who: str) -> None:
    assert say(world, world.assigned(), who).actor == world.user(who)


@pytest.mark.parametrize("who", ["crew_fen", "head_park", "dpo", "roleless"])
def test_nobody_else_may_write_and_then_nothing_changes(world: World, channel: Reached, who: str) -> None:
    ticket = world.assigned()
    with pytest.raises(NotAllowed):
        say(world, ticket, who)
    ticket.refresh_from_db()
    assert (ticket.version, ticket.events.filter(kind="replied").count()) == (1, 0)


def test_a_department_that_does_not_answer_directly_writes_to_nobody(world: World, channel: Reached) -> None:
    world.fen.answers_directly = False
    world.fen.save()
    with pytest.raises(NotAllowed):
        say(world, world.assigned(), "head_fen")


def test_whoever_no_channel_reaches_is_not_written_to(world: World) -> None:
    with pytest.raises(NoSuchTransition, match="Telefonla arayın"):
        say(world, world.assigned())


@pytest.mark.parametrize("text", ["", "  \n", "a" * 4097])
def test_a_reply_has_words_and_not_too_many(world: World, channel: Reached, text: str) -> None:
    with pytest.raises(MissingFields):
        say(world, world.assigned(), text=text)


def test_a_reply_to_what_has_changed_is_refused(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    say(world, ticket, "supervisor")
    with pytest.raises(StaleVersion):
        reply(ticket=ticket, actor=world.actor("operator"), now=NOW, text="Bakıyoruz.", version=1)
    assert ticket.events.filter(kind="replied").count() == 1


def test_a_person_takes_the_talk_and_gives_it_back(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    take_over(ticket=ticket, actor=world.actor("operator"), now=NOW)
    hand_back(ticket=ticket, actor=world.actor("operator"), now=NOW)
    assert channel.taken == [True, False]
    assert [event.data for event in ticket.events.filter(kind="handed").order_by("id")] == [
        {"taken": True},
        {"taken": False},
    ]


@pytest.mark.parametrize("who", ["crew_fen", "dpo", "head_park"])
def test_whoever_may_not_write_does_not_take_the_talk(world: World, channel: Reached, who: str) -> None:
    with pytest.raises(TransitionError):
        take_over(ticket=world.assigned(), actor=world.actor(who), now=NOW)
    assert channel.taken == []


def test_what_is_no_photo_goes_to_nobody(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    with pytest.raises(MissingFields, match="JPEG, PNG, WebP ya da PDF"):
        reply(
            ticket=ticket, actor=world.actor("operator"), now=NOW, text="Bakın", file=BytesIO(b"not a photo")
        )
    assert not ticket.events.filter(kind="replied").exists()


def test_words_below_a_photo_are_shorter(world: World, channel: Reached) -> None:
    ticket, clerk = world.assigned(), world.actor("operator")
    with pytest.raises(MissingFields, match="1024"):
        reply(ticket=ticket, actor=clerk, now=NOW, text="a" * 1025, file=BytesIO(b"x"))
