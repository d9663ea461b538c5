"""Blurring faces and plates in photos, and access to the originals."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from tests.attachments import attach_file
from tests.tickets.world import NOW, World
from tickets.attachments.blurring import blur, disclose
from tickets.casework.splitting import split
from tickets.files import images
from tickets.files.images import Region
from tickets.models import Attachment
from tickets.record.permissions import Actor
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

MIDDLE = Region(0.25, 0.25, 0.5, 0.5)


@pytest.fixture
def attachment(world: World, settings: Settings, tmp_path: Path) -> Attachment:
    """A photo of thin black and white stripes."""
    settings.MEDIA_ROOT = str(tmp_path)
    picture = Image.new("RGB", (400, 200), "white")
    for column in range(0, 400, 4):
        picture.paste("black", (column, 0, column + 2, 200))
    raw = BytesIO()
    picture.save(raw, "PNG")
    raw.seek(0)
    stored = images.keep(images.clean(raw), NOW)
    kind = Attachment.Kind.IMAGE
    return attach_file(
        ticket=world.assigned(),
        actor=Actor.citizen(),
        now=NOW,
        kind=kind,
        mime_type="image/jpeg",
        stored=stored,
    )


def contrast(attachment: Attachment, box: tuple[int, int, int, int]) -> int:
    with attachment.file.open() as file, Image.open(file) as image:
        dark, bright = image.convert("L").crop(box).getextrema()
    assert isinstance(dark, int)
    assert isinstance(bright, int)
    return bright - dark


INSIDE, OUTSIDE = (150, 60, 250, 140), (10, 10, 90, 40)


def test_nothing_is_to_be_seen_in_the_region_and_all_around_it(world: World, attachment: Attachment) -> None:
    assert contrast(attachment, INSIDE) > 150
    done = blur(attachment=attachment, actor=world.actor("operator"), now=NOW, regions=[MIDDLE])
    assert contrast(done, INSIDE) < 30
    assert contrast(done, OUTSIDE) > 150


def test_the_small_picture_is_made_of_the_blurred_one(world: World, attachment: Attachment) -> None:
    before = attachment.thumbnail.name
    done = blur(attachment=attachment, actor=world.actor("operator"), now=NOW, regions=[MIDDLE])
    assert done.thumbnail.name != before
    with done.thumbnail.open() as file, Image.open(file) as image:
        assert image.size == (320, 160)


def test_what_was_sent_is_kept_however_often_it_is_blurred(world: World, attachment: Attachment) -> None:
    sent = attachment.file.name
    once = blur(attachment=attachment, actor=world.actor("operator"), now=NOW, regions=[MIDDLE])
    twice = blur(attachment=once, actor=world.actor("operator"), now=NOW, regions=[Region(0, 0, 0.2, 0.2)])
    assert twice.original.name == sent
    assert contrast(twice, INSIDE) < 30
    assert attachment.of_ticket.events.filter(kind="blurred").count() == 2


@pytest.mark.parametrize("region", [Region(-1, -1, 3, 3), Region(0.999, 0.999, 0, 0), Region(2, 2, 1, 1)])
def test_a_region_beyond_the_edge_is_cut_there(world: World, attachment: Attachment, region: Region) -> None:
    done = blur(attachment=attachment, actor=world.actor("operator"), now=NOW, regions=[region])
    assert done.original


def test_who_may_not_write_on_the_ticket_blurs_nothing(world: World, attachment: Attachment) -> None:
    with pytest.raises(NotAllowed):
        blur(attachment=attachment, actor=world.actor("dpo"), now=NOW, regions=[MIDDLE])
    attachment.refresh_from_db()
    assert not attachment.original


def test_somewhere_must_be_chosen_and_it_must_be_a_photo(world: World, attachment: Attachment) -> None:
    operator = world.actor("operator")
    with pytest.raises(MissingFields):
        blur(attachment=attachment, actor=operator, now=NOW, regions=[])
    attachment.kind = Attachment.Kind.AUDIO
    with pytest.raises(NoSuchTransition):
        blur(attachment=attachment, actor=operator, now=NOW, regions=[MIDDLE])


@pytest.mark.parametrize("who", ["supervisor", "dpo", "admin"])
def test_the_photo_as_sent_opens_to_few_and_that_it_did_is_kept(
    world: World, attachment: Attachment, who: str
) -> None:
    sent = attachment.file.name
    done = blur(attachment=attachment, actor=world.actor("operator"), now=NOW, regions=[MIDDLE])
    assert disclose(attachment=done, actor=world.actor(who), now=NOW) == sent
    assert attachment.of_ticket.events.filter(kind="disclosed", actor=world.user(who)).count() == 1


@pytest.mark.parametrize("who", ["operator", "head_fen", "crew_fen"])
def test_the_photo_as_sent_stays_shut_to_the_others(world: World, attachment: Attachment, who: str) -> None:
    done = blur(attachment=attachment, actor=world.actor("operator"), now=NOW, regions=[MIDDLE])
    with pytest.raises(NotAllowed):
        disclose(attachment=done, actor=world.actor(who), now=NOW)
    assert not attachment.of_ticket.events.filter(kind="disclosed").exists()


def test_a_photo_that_moved_to_another_ticket_meanwhile_is_refused_in_words(
    world: World, attachment: Attachment
) -> None:
    clerk = world.actor("operator")
    split(ticket=attachment.of_ticket, actor=clerk, now=NOW, description="Lamba", attachments=[attachment])
    with pytest.raises(NoSuchTransition, match="yeniden deneyin"):
        blur(attachment=attachment, actor=clerk, now=NOW, regions=[MIDDLE])
