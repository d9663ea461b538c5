"""Additions to a ticket that are not moves: notes, texts, files, places, ratings."""

from datetime import timedelta

import pytest

from tests.attachments import attach_file
from tests.tickets.world import NOW, World, here
from tickets.attachments.attachments import attachment_lost, attachment_stored
from tickets.casework.assigning import assign
from tickets.casework.descriptions import describe
from tickets.casework.locating import locate
from tickets.casework.notes import add_note
from tickets.casework.rating import rate
from tickets.files.storage import StoredFile
from tickets.models import Attachment, LocationSource, Ticket, TicketEvent
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed, StaleVersion

STORED = StoredFile("2026/11/a.jpg", "2026/11/a.thumb.jpg", 1234, "image/jpeg")


def test_every_addition_is_one_entry_and_one_version_further(world: World) -> None:
    ticket = world.open()
    staff = world.actor("operator")
    add_note(ticket=ticket, actor=staff, now=NOW, text="Aradım")
    describe(ticket=ticket, actor=Actor.citizen(), now=NOW, text="Okulun arkası")
    locate(ticket=ticket, actor=staff, now=NOW, point=here(), source=LocationSource.STAFF)
    attach_file(
        ticket=ticket, actor=Actor.citizen(), now=NOW, kind=Attachment.Kind.IMAGE, mime_type="image/jpeg"
    )
    kinds = ticket.events.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["created", "note", "described", "located", "attached"]
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version + 4


def test_a_note_is_for_colleagues_alone(world: World) -> None:
    ticket = add_note(ticket=world.assigned(), actor=world.actor("crew_fen"), now=NOW, text=" Baktım ")
    event = ticket.events.get(kind=TicketEvent.Kind.NOTE)
    assert (event.note, event.public_text, event.announce) == ("Baktım", "", False)


@pytest.mark.parametrize("by", ["dpo", "crew_park", "head_park", "roleless"])
def test_only_staff_of_the_ticket_write_notes_and_assign(world: World, by: str) -> None:
    ticket = world.assigned()
    with pytest.raises(NotAllowed):
        add_note(ticket=ticket, actor=world.actor(by), now=NOW, text="not")
    with pytest.raises(NotAllowed):
        assign(ticket=ticket, actor=world.actor(by), now=NOW, assignee=world.user("crew_fen"))
    assert ticket.events.count() == 2


def test_an_empty_note_is_none(world: World) -> None:
    with pytest.raises(MissingFields):
        add_note(ticket=world.assigned(), actor=world.actor("operator"), now=NOW, text="  ")


def test_a_note_on_a_ticket_that_changed_since_is_refused(world: World) -> None:
    ticket = world.assigned()
    with pytest.raises(StaleVersion):
        add_note(ticket=ticket, actor=world.actor("operator"), now=NOW, text="x", version=ticket.version + 1)


def test_more_words_join_the_description_and_can_be_searched_for(world: World) -> None:
    ticket = describe(
        ticket=world.open(description="", description_missing=True),
        actor=Actor.citizen(),
        now=NOW,
        text="Işık yanmıyor",
    )
    ticket = describe(ticket=ticket, actor=Actor.citizen(), now=NOW, text="Üç gündür")
    assert ticket.description == "Işık yanmıyor\nÜç gündür"
    assert (ticket.summary, ticket.description_missing) == ("Işık yanmıyor", False)
    assert "isik yanmiyor" in ticket.search
    assert "uc gundur" in ticket.search


def test_a_place_is_missing_no_longer_once_it_is_given(world: World) -> None:
    ticket = locate(
        ticket=world.open(place_missing=True),
        actor=Actor.citizen(),
        now=NOW,
        point=here(),
        source=LocationSource.PIN,
        neighbourhood=world.mahalle,
    )
    assert (ticket.lat, ticket.lon, ticket.neighbourhood, ticket.place_missing) == (
        38.72,
        35.49,
        world.mahalle,
        False,
    )


def test_a_place_in_words_keeps_the_pin_there_was(world: World) -> None:
    ticket = locate(
        ticket=world.open(point=here(), location_source=LocationSource.PIN),
        actor=Actor.citizen(),
        now=NOW,
        point=None,
        source=LocationSource.WORDS,
        address="Barbaros Sokak",
    )
    assert (ticket.lat, ticket.address) == (38.72, "Barbaros Sokak")


def test_sending_a_new_ticket_to_a_department_assigns_it(world: World) -> None:
    ticket = assign(ticket=world.open(), actor=world.actor("operator"), now=NOW, department=world.park)
    assert (ticket.status, ticket.department) == (Status.ASSIGNED, world.park)


def test_sent_where_it_already_is_a_ticket_stays_as_it_is(world: World) -> None:
    ticket = world.assigned()
    assign(ticket=ticket, actor=world.actor("operator"), now=NOW, department=world.fen)
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version
    assert ticket.events.count() == 2


def test_another_department_takes_the_ticket_from_the_person_who_had_it(world: World) -> None:
    ticket = assign(
        ticket=world.assigned(), actor=world.actor("head_fen"), now=NOW, assignee=world.user("crew_fen")
    )
    assert ticket.assignee == world.user("crew_fen")
    ticket = assign(ticket=ticket, actor=world.actor("operator"), now=NOW, department=world.park)
    assert (ticket.department, ticket.assignee) == (world.park, None)


@pytest.mark.parametrize("somebody", ["crew_park", "dpo", "roleless"])
def test_a_ticket_is_given_only_to_somebody_who_works_on_it(world: World, somebody: str) -> None:
    with pytest.raises(MissingFields) as refusal:
        assign(
            ticket=world.assigned(), actor=world.actor("supervisor"), now=NOW, assignee=world.user(somebody)
        )
    assert set(refusal.value.fields) == {"assignee"}


def test_a_department_sends_no_ticket_to_another_one(world: World) -> None:
    with pytest.raises(NotAllowed):
        assign(ticket=world.assigned(), actor=world.actor("head_fen"), now=NOW, department=world.park)


def test_an_ended_ticket_is_assigned_only_by_reopening_it(world: World) -> None:
    with pytest.raises(NoSuchTransition):
        assign(ticket=world.resolved(), actor=world.actor("supervisor"), now=NOW, department=world.park)


def test_a_rating_is_kept_and_a_word_added_later_joins_it(world: World) -> None:
    ticket = rate(ticket=world.resolved(), actor=Actor.citizen(), now=NOW, score=4)
    ticket = rate(ticket=ticket, actor=Actor.citizen(), now=NOW, score=4, comment="Sağ olun")
    ticket = rate(ticket=ticket, actor=Actor.citizen(), now=NOW, score=5)
    assert (ticket.satisfaction_score, ticket.satisfaction_comment) == (5, "Sağ olun")


@pytest.mark.parametrize("score", [0, 6])
def test_there_are_one_to_five_stars(world: World, score: int) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        rate(ticket=world.resolved(), actor=Actor.citizen(), now=NOW, score=score)


def test_only_what_was_resolved_is_rated(world: World) -> None:
    with pytest.raises(NoSuchTransition):
        rate(ticket=world.assigned(), actor=Actor.citizen(), now=NOW, score=5)


def test_a_photo_is_listed_while_it_is_fetched_and_opens_once_it_is_stored(world: World) -> None:
    ticket = world.assigned()
    photo = attach_file(
        ticket=ticket, actor=Actor.citizen(), now=NOW, kind=Attachment.Kind.IMAGE, mime_type="image/heic"
    )
    assert (photo.state, photo.event) == ("fetching", ticket.events.get(kind=TicketEvent.Kind.ATTACHED))
    attachment_stored(attachment=photo, now=NOW + timedelta(minutes=1), stored=STORED)
    photo.refresh_from_db()
    assert (photo.state, photo.file.name, photo.thumbnail.name) == ("stored", STORED.name, STORED.thumbnail)
    assert (photo.size, photo.mime_type) == (1234, "image/jpeg")


@pytest.mark.parametrize("state", [Attachment.State.LOST, Attachment.State.REFUSED])
def test_a_photo_that_will_not_come_says_so_in_the_timeline(world: World, state: Attachment.State) -> None:
    ticket = world.assigned()
    photo = attach_file(
        ticket=ticket, actor=Actor.citizen(), now=NOW, kind=Attachment.Kind.IMAGE, mime_type="image/jpeg"
    )
    attachment_lost(attachment=photo, now=NOW, state=state, reason="7 gün denendi")
    photo.refresh_from_db()
    assert photo.state == state
    assert ticket.events.filter(kind=TicketEvent.Kind.ATTACHED, note="7 gün denendi").count() == 1


def test_a_photo_from_the_citizen_answers_a_waiting_ticket(world: World) -> None:
    ticket = world.move(world.assigned(), Status.WAITING, answer="Fotoğraf gönderir misiniz?")
    attach_file(
        ticket=ticket,
        actor=Actor.citizen(),
        now=NOW,
        kind=Attachment.Kind.IMAGE,
        mime_type="image/jpeg",
        stored=STORED,
    )
    ticket.refresh_from_db()
    assert ticket.status == Status.ASSIGNED
