"""What is shown of somebody was written down first, in the same transaction."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

from tests.attachments import attach_file
from tests.tickets.world import NOW, World, break_timeline
from tickets.attachments.blurring import disclose
from tickets.citizens.phone_access import unmask
from tickets.files.storage import StoredFile
from tickets.models import Attachment, Ticket
from tickets.record.permissions import Actor
from tickets.record.workflow import NoSuchTransition

Show = Callable[[World, Ticket], str]


def number(world: World, ticket: Ticket) -> str:
    return unmask(ticket=ticket, actor=world.actor("operator"), now=NOW)


def original(world: World, ticket: Ticket) -> str:
    attachment = ticket.attachments.get()
    return disclose(attachment=attachment, actor=world.actor("supervisor"), now=NOW)


@pytest.fixture
def ticket(world: World) -> Ticket:
    """With a blurred photo."""
    ticket = world.assigned()
    attach_file(
        ticket=ticket,
        actor=Actor.citizen(),
        now=NOW,
        kind=Attachment.Kind.IMAGE,
        mime_type="image/jpeg",
        stored=StoredFile("a.jpg", "", 10, "image/jpeg"),
    )
    Attachment.objects.update(original="gizli.jpg")
    return ticket


@pytest.mark.parametrize(("show", "shown"), [(number, "+905321234567"), (original, "gizli.jpg")])
def test_what_is_shown_is_read_after_the_entry_and_in_its_transaction(
    world: World, ticket: Ticket, show: Show, shown: str
) -> None:
    with CaptureQueriesContext(connection) as statements:
        assert show(world, ticket) == shown
    said = [query["sql"].split(" WHERE ")[0] for query in statements]
    entry = next(
        place for place, sql in enumerate(said) if sql.startswith('INSERT INTO "tickets_ticketevent"')
    )
    begin = next(place for place, sql in enumerate(said) if sql.startswith("SAVEPOINT"))
    columns = ('"tickets_citizen"."phone"', '"tickets_attachment"."original"')
    read = max(place for place, sql in enumerate(said) if any(column in sql for column in columns))
    end = max(place for place, sql in enumerate(said) if sql.startswith("RELEASE"))
    assert begin < entry < read < end


@pytest.mark.parametrize("show", [number, original])
def test_nothing_is_shown_where_that_cannot_be_written_down(world: World, ticket: Ticket, show: Show) -> None:
    break_timeline()
    with pytest.raises(IntegrityError):
        show(world, ticket)


def test_a_number_that_was_erased_meanwhile_is_not_shown(world: World, ticket: Ticket) -> None:
    assert ticket.citizen
    type(ticket.citizen).objects.update(phone=None)
    with pytest.raises(NoSuchTransition):
        number(world, ticket)
    assert not ticket.events.filter(kind="unmasked").exists()


def test_a_photo_that_was_destroyed_meanwhile_is_not_shown(world: World, ticket: Ticket) -> None:
    attachment = ticket.attachments.get()
    Attachment.objects.update(original="")
    with pytest.raises(NoSuchTransition):
        disclose(attachment=attachment, actor=world.actor("supervisor"), now=NOW)
    assert not ticket.events.filter(kind="disclosed").exists()
