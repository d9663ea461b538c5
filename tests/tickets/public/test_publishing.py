"""Approving texts and photos for publication."""

import re

import pytest

from tests.attachments import attach_file
from tests.tickets.world import NOW, World, sign_in
from tickets.files.storage import StoredFile
from tickets.models import Attachment, Ticket, TicketEvent
from tickets.public.publishing import publish
from tickets.record.permissions import Actor
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed, StaleVersion


def photo(ticket: Ticket, *, stored: bool = True, kind: str = "image") -> Attachment:
    return attach_file(
        ticket=ticket,
        actor=Actor.citizen(),
        now=NOW,
        kind=Attachment.Kind(kind),
        mime_type="image/jpeg",
        stored=StoredFile("a.jpg", "", 1, "image/jpeg") if stored else None,
    )


def test_publishing_is_one_entry_that_says_what_and_by_whom(world: World) -> None:
    ticket = world.assigned()
    chosen, _other = photo(ticket), photo(ticket)
    publish(ticket=ticket, actor=world.actor("operator"), now=NOW, text=" Çukur var ", photos=[chosen])
    event = ticket.events.get(kind=TicketEvent.Kind.PUBLISHED)
    assert event.actor == world.user("operator")
    assert event.data == {"text": "Çukur var", "attachments": [chosen.pk]}
    assert (event.announce, Ticket.objects.get(pk=ticket.pk).published_text) == (False, "Çukur var")
    assert list(ticket.attachments.filter(published=True)) == [chosen]


def test_a_later_choice_replaces_the_former(world: World) -> None:
    ticket = world.assigned()
    first, second = photo(ticket), photo(ticket)
    for chosen in (first, second):
        publish(ticket=ticket, actor=world.actor("head_fen"), now=NOW, photos=[chosen])
    assert list(ticket.attachments.filter(published=True)) == [second]


@pytest.mark.parametrize("by", ["dpo", "crew_park", "roleless"])
def test_only_staff_of_the_ticket_approve(world: World, by: str) -> None:
    ticket = world.assigned()
    with pytest.raises(NotAllowed):
        publish(ticket=ticket, actor=world.actor(by), now=NOW, text="x")
    assert not ticket.events.filter(kind=TicketEvent.Kind.PUBLISHED).exists()


def test_restricted_and_foreign_work_is_never_published(world: World) -> None:
    for ticket in (world.assigned(category=world.misconduct), world.open(category=None)):
        with pytest.raises(NoSuchTransition):
            publish(ticket=ticket, actor=world.actor("supervisor"), now=NOW, text="x")


def test_only_stored_photos_of_the_same_ticket_are_published(world: World) -> None:
    ticket = world.assigned()
    for wrong in (photo(world.assigned()), photo(ticket, stored=False), photo(ticket, kind="audio")):
        with pytest.raises(MissingFields):
            publish(ticket=ticket, actor=world.actor("operator"), now=NOW, photos=[wrong])


def test_a_text_is_as_short_as_the_interface_demands_and_on_the_version_that_was_read(world: World) -> None:
    ticket = world.assigned()
    with pytest.raises(MissingFields):
        publish(ticket=ticket, actor=world.actor("operator"), now=NOW, text="x" * 4001)
    with pytest.raises(StaleVersion):
        publish(ticket=ticket, actor=world.actor("operator"), now=NOW, text="x", version=7)


def test_a_clerk_publishes_text_and_photos_on_the_page_and_withdraws_them(world: World) -> None:
    ticket = world.assigned()
    chosen, other = photo(ticket), photo(ticket)
    client, address = sign_in(world, "operator"), f"/admin/tickets/ticket/{ticket.pk}"
    shown = client.get(f"{address}/change/").content.decode()
    assert "Yayından kaldır" not in shown
    ticket.refresh_from_db()
    given = {"version": ticket.version, "text": "Yolda çukur", "photos": [chosen.pk]}
    assert client.post(f"{address}/publish/", given).status_code == 302
    ticket.refresh_from_db()
    assert ticket.published_text == "Yolda çukur"
    assert list(ticket.attachments.filter(published=True)) == [chosen]
    page = client.get(f"{address}/change/").content.decode()
    assert "Yayından kaldır" in page
    assert re.search(rf'value="{chosen.pk}" checked', page)
    assert not re.search(rf'value="{other.pk}" checked', page)
    client.post(f"{address}/publish/", given | {"version": ticket.version, "withdraw": "on"})
    ticket.refresh_from_db()
    assert ticket.published_text == ""
    assert not ticket.attachments.filter(published=True).exists()


def test_nothing_is_not_published(world: World) -> None:
    ticket, client = world.assigned(), sign_in(world, "operator")
    response = client.post(f"/admin/tickets/ticket/{ticket.pk}/publish/", {"version": 1, "text": " "})
    assert response.status_code == 400
    assert not ticket.events.filter(kind=TicketEvent.Kind.PUBLISHED).exists()


def test_publishing_is_not_offered_where_it_is_refused(world: World) -> None:
    ticket = world.assigned(category=world.misconduct)
    page = sign_in(world, "supervisor").get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    assert f"/ticket/{ticket.pk}/publish/" not in page
