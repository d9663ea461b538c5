"""Photos of the finished work: stored, marked, and sent with the answer."""

from io import BytesIO
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.attachments import attach_after_photo
from tests.pictures import exif, photo
from tests.tickets.world import NOW, World
from tickets.answering.photo_with_answer import after_photo
from tickets.attachments import uploads
from tickets.models import Attachment, Ticket, TicketEvent
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NotAllowed, StaleVersion, TransitionError


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def attach(world: World, ticket: Ticket, by: str = "crew_fen", content: bytes = b"") -> Attachment:
    return attach_after_photo(ticket=ticket, actor=world.actor(by), now=NOW, content=content)


def answer_of(ticket: Ticket) -> TicketEvent:
    return ticket.events.filter(to_status=Status.RESOLVED).latest("id")


def test_it_is_stored_and_marked(world: World):
    kept = attach(world, world.assigned())
    assert (kept.after, kept.state, kept.mime_type) == (True, Attachment.State.STORED, "image/jpeg")
    assert kept.event
    assert (kept.event.actor, kept.event.data) == (world.user("crew_fen"), {"kind": "image", "after": True})


def test_nothing_of_the_camera_stays_in_it(world: World):
    kept = attach(world, world.assigned(), content=photo(exif=exif(place=(38.0, 35.0))))
    with kept.file.open() as file:
        assert b"Nokia" not in file.read()


def test_it_raises_the_version(world: World):
    ticket = world.assigned()
    attach(world, ticket)
    assert Ticket.objects.get().version == ticket.version + 1


def test_it_is_refused_when_the_ticket_changed_meanwhile(world: World):
    ticket = world.assigned()
    with pytest.raises(StaleVersion):
        uploads.attach_after_photo(
            ticket=ticket, actor=world.actor("crew_fen"), now=NOW, file=BytesIO(photo()), version=99
        )
    assert not ticket.attachments.exists()


@pytest.mark.parametrize("who", ["crew_park", "dpo"])
def test_whoever_may_not_write_on_the_ticket_leaves_no_file(world: World, media_root: Path, who: str):
    ticket = world.assigned()
    with pytest.raises(NotAllowed):
        attach(world, ticket, by=who)
    assert not ticket.attachments.exists()
    assert not list(media_root.rglob("*.jpg"))


def test_what_is_no_photo_is_refused_by_name_of_its_field(world: World):
    ticket = world.assigned()
    with pytest.raises(MissingFields) as refusal:
        attach(world, ticket, content=b"%PDF-1.7")
    assert set(refusal.value.fields) == {"photo"}
    assert isinstance(refusal.value, TransitionError)
    assert not ticket.attachments.exists()


def test_the_newest_before_the_answer_goes_with_it(world: World):
    ticket = world.assigned()
    attach(world, ticket)
    newest = attach(world, ticket)
    ticket = world.move(ticket, Status.RESOLVED, answer="Kapatıldı.")
    attach(world, ticket)
    assert after_photo(answer_of(ticket)) == newest


def test_one_from_before_a_reopening_goes_with_no_later_answer(world: World):
    ticket = world.assigned()
    attach(world, ticket)
    ticket = world.move(ticket, Status.RESOLVED, answer="Kapatıldı.")
    ticket = world.move(ticket, Status.ASSIGNED)
    ticket = world.move(ticket, Status.RESOLVED, answer="Yeniden kapatıldı.")
    assert after_photo(answer_of(ticket)) is None


def test_only_the_answer_that_resolves_has_one(world: World):
    ticket = world.assigned()
    attach(world, ticket)
    ticket = world.move(ticket, Status.IN_PROGRESS)
    assert after_photo(ticket.events.latest("id")) is None


def test_a_photo_of_the_citizens_is_none_of_the_work(world: World):
    ticket = world.resolved()
    assert after_photo(answer_of(ticket)) is None


def test_who_reported_the_same_sees_the_photo_of_the_one_that_was_mended(world: World):
    original, same = world.assigned(), world.assigned()
    world.move(same, Status.DUPLICATE, duplicate_of=original)
    shown = attach(world, original)
    world.move(original, Status.RESOLVED, answer="Kapatıldı.")
    assert after_photo(same.events.get(kind=TicketEvent.Kind.FOLLOWED)) == shown
