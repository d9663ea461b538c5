"""Splitting a ticket in two, when a citizen reported two problems."""

from typing import Any

import pytest

from tests.attachments import attach_file
from tests.tickets.recording_channel import Reached
from tests.tickets.world import NOW, World, here
from tickets.attachments.attachments import attachment_lost, attachment_stored
from tickets.casework.splitting import split
from tickets.files.storage import StoredFile
from tickets.models import Attachment, LocationSource, Ticket
from tickets.record.permissions import Actor, visible_to
from tickets.record.workflow import MissingFields, NotAllowed


def photo(ticket: Ticket) -> Attachment:
    return attach_file(
        ticket=ticket,
        actor=Actor.citizen(),
        now=NOW,
        kind=Attachment.Kind.IMAGE,
        mime_type="image/jpeg",
        stored=StoredFile("a.jpg", "", 10, "image/jpeg"),
    )


def test_the_other_thing_gets_a_ticket_of_its_own_for_the_same_citizen_and_place(world: World) -> None:
    ticket = world.assigned(
        point=here(), location_source=LocationSource.PIN, neighbourhood=world.mahalle, address="Okul Sk."
    )
    other = split(
        ticket=ticket,
        actor=world.actor("operator"),
        now=NOW,
        description="Parktaki lamba yanmıyor",
        department=world.park,
    )
    assert (other.citizen, other.neighbourhood, other.lat) == (world.citizen, world.mahalle, here().lat)
    assert (other.department, other.status, other.summary) == (
        world.park,
        "ASSIGNED",
        "Parktaki lamba yanmıyor",
    )
    assert other.number != ticket.number


def test_only_the_photos_that_are_chosen_go_with_it(world: World) -> None:
    ticket = world.assigned()
    kept, moved, foreign = photo(ticket), photo(ticket), photo(world.assigned())
    other = split(
        ticket=ticket,
        actor=world.actor("operator"),
        now=NOW,
        description="Lamba",
        attachments=[moved, foreign],
    )
    assert list(other.attachments.all()) == [moved]
    assert list(ticket.attachments.all()) == [kept]
    assert foreign.of_ticket.attachments.count() == 1


def test_each_timeline_names_the_other(world: World) -> None:
    ticket = world.assigned()
    other = split(ticket=ticket, actor=world.actor("operator"), now=NOW, description="Lamba")
    assert ticket.events.get(kind="split").data["into"] == other.number
    assert other.events.get(kind="split").data["from"] == ticket.number


def test_without_a_department_it_waits_for_the_triage(world: World) -> None:
    other = split(ticket=world.assigned(), actor=world.actor("operator"), now=NOW, description="Lamba")
    assert (other.status, other.department) == ("NEW", None)


def test_a_refused_split_opens_nothing(world: World) -> None:
    ticket = world.assigned()
    with pytest.raises(MissingFields):
        split(ticket=ticket, actor=world.actor("operator"), now=NOW, description=" ")
    with pytest.raises(NotAllowed):
        split(ticket=ticket, actor=world.actor("head_park"), now=NOW, description="Lamba")
    assert Ticket.objects.count() == 1


def fetched_meanwhile(world: World) -> tuple[Ticket, Ticket, Attachment]:
    """A ticket, the second one of it, and a file as its fetching began: it has moved to the second since."""
    ticket = world.assigned()
    facts: dict[str, Any] = {
        "ticket": ticket,
        "actor": Actor.citizen(),
        "now": NOW,
        "kind": Attachment.Kind.IMAGE,
    }
    before = attach_file(mime_type="image/jpeg", caption="lamba", **facts)
    other = split(
        ticket=ticket,
        actor=world.actor("operator"),
        now=NOW,
        description="Lamba yanmıyor",
        attachments=[before],
    )
    return ticket, other, before


def test_a_file_that_is_fetched_after_it_moved_stays_where_it_moved(world: World) -> None:
    ticket, other, before = fetched_meanwhile(world)
    version = other.version
    stored = attachment_stored(attachment=before, now=NOW, stored=StoredFile("a.jpg", "", 10, "image/jpeg"))
    assert (stored.ticket, list(ticket.attachments.all())) == (other, [])
    assert (other.attachments.get().state, other.attachments.get().file.name) == ("stored", "a.jpg")
    other.refresh_from_db()
    assert other.version == version + 1


def test_that_a_file_is_lost_stands_on_the_ticket_to_which_it_moved(world: World) -> None:
    ticket, other, before = fetched_meanwhile(world)
    lost = Attachment.State.LOST
    attachment_lost(attachment=before, now=NOW, state=lost, reason="kimlik doldu")
    assert other.attachments.get().state == "lost"
    assert not ticket.events.filter(note="kimlik doldu").exists()
    assert other.events.filter(note="kimlik doldu").exists()


def test_a_stored_file_keeps_what_was_written_on_it_meanwhile(world: World) -> None:
    ticket = world.assigned()
    facts: dict[str, Any] = {
        "ticket": ticket,
        "actor": Actor.citizen(),
        "now": NOW,
        "kind": Attachment.Kind.IMAGE,
    }
    before = attach_file(mime_type="image/jpeg", **facts)
    Attachment.objects.filter(pk=before.pk).update(caption="lambanın altı")
    attachment_stored(attachment=before, now=NOW, stored=StoredFile("a.jpg", "", 10, "image/jpeg"))
    assert ticket.attachments.get().caption == "lambanın altı"


def test_the_citizen_is_told_the_new_number_if_the_clerk_says_so(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    facts: dict[str, Any] = {"actor": world.actor("operator"), "now": NOW}
    split(ticket=ticket, description="Lamba yanmıyor", **facts)
    assert channel.confirmed == []
    other = split(ticket=ticket, description="Lamba yanmıyor", told=True, **facts)
    assert channel.confirmed == [other.number]


def test_of_a_restricted_ticket_nobody_is_told_a_number(world: World, channel: Reached) -> None:
    ticket = world.assigned(restricted=True, danger="violence", urgent=True)
    facts: dict[str, Any] = {"actor": world.actor("supervisor"), "now": NOW, "description": "Lamba yanmıyor"}
    split(ticket=ticket, told=True, **facts)
    assert channel.confirmed == []


def test_the_other_thing_of_a_restricted_ticket_is_restricted_too(world: World) -> None:
    ticket = world.assigned(restricted=True, address="Okul Sk. 4")
    other = split(
        ticket=ticket, actor=world.actor("supervisor"), now=NOW, description="Lamba", department=world.park
    )
    assert other.restricted
    assert not visible_to(world.actor("head_park")).filter(pk=other.pk).exists()


def test_both_tickets_of_a_petition_stand_under_its_number(world: World) -> None:
    ticket = world.assigned(registry_number="E-2026/4711", cimer_number="2600123")
    other = split(ticket=ticket, actor=world.actor("operator"), now=NOW, description="Lamba")
    assert (other.registry_number, other.cimer_number) == ("E-2026/4711", "2600123")
