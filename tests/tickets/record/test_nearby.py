"""Similar open tickets: which are found, in which order, and who may see them."""

import random
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw, ImageEnhance

from departments.places.points import Point
from tests.attachments import attach_file
from tests.tickets.world import NOW, World, here
from tickets.files.perceptual_hash import ALIKE_BITS, difference_hash, different_bits, stored_hash
from tickets.files.storage import StoredFile, private_storage
from tickets.models import Attachment, Ticket
from tickets.record.nearby import like, nearby
from tickets.record.permissions import Actor, visible_to

METRE = 1 / 111_200


def north(metres: float) -> Point:
    return Point(here().lat + metres * METRE, here().lon)


def east(metres: float) -> Point:
    return Point(here().lat, here().lon + metres * METRE / 0.7802)


def found(world: World, **facts: Any) -> list[Ticket]:
    question: dict[str, Any] = {"category": world.pothole, "point": here(), "now": NOW}
    return [candidate.ticket for candidate in nearby(**question | facts)]


def scene(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture of its own: some shapes in some greys."""
    rng = random.Random(seed)
    image = Image.new("RGB", size, "grey")
    draw = ImageDraw.Draw(image)
    for _ in range(30):
        x, y = rng.randrange(size[0]), rng.randrange(size[1])
        draw.ellipse((x - 40, y - 30, x + 40, y + 30), fill=(rng.randrange(256),) * 3)
    return image


def attach(ticket: Ticket, image: Image.Image) -> Attachment:
    file = BytesIO()
    image.save(file, "JPEG")
    name = private_storage.save("nearby.jpg", ContentFile(file.getvalue()))
    return attach_file(
        ticket=ticket,
        actor=Actor.citizen(),
        now=NOW,
        kind=Attachment.Kind.IMAGE,
        mime_type="image/jpeg",
        stored=StoredFile(name, name, 1, "image/jpeg"),
    )


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.mark.parametrize("away", [north, east])
def test_an_open_ticket_within_the_radius_of_its_category_is_found(world: World, away: Any) -> None:
    inside = world.assigned(point=away(99))
    world.assigned(point=away(101))
    assert found(world) == [inside]


def test_a_corner_of_the_square_is_not_within_the_radius(world: World) -> None:
    world.assigned(point=Point(north(90).lat, east(90).lon))
    assert found(world) == []


def test_settled_old_and_other_tickets_are_not_found(world: World) -> None:
    world.resolved(point=here())
    world.assigned(point=here(), category=world.misconduct)
    world.assigned(point=here(), now=NOW - timedelta(days=91))
    world.assigned()
    assert found(world) == []


def test_the_nearer_comes_first(world: World) -> None:
    far, near = world.assigned(point=north(80)), world.assigned(point=north(10))
    assert found(world) == [near, far]


def test_the_one_told_alike_comes_before_one_a_little_nearer(world: World) -> None:
    alike = world.assigned(point=north(30), description="okulun önündeki ÇUKUR büyüdü")
    other = world.assigned(point=north(20), description="rögar kapağı çökmüş")
    assert found(world, text="okulun önündeki çukur") == [alike, other]


def test_the_same_photo_outweighs_distance(world: World) -> None:
    far, near = world.assigned(point=north(90)), world.assigned(point=north(5))
    attach(far, scene(1))
    attach(near, scene(2))
    candidates = nearby(
        category=world.pothole, point=here(), now=NOW, photos=[difference_hash(scene(1).resize((640, 480)))]
    )
    assert [(each.ticket, each.same_photo) for each in candidates] == [(far, True), (near, False)]


def test_at_most_ten_are_told_of(world: World) -> None:
    for _ in range(12):
        world.assigned(point=here())
    assert len(found(world)) == 10


def test_a_ticket_is_not_like_itself_and_one_without_place_is_like_none(world: World) -> None:
    ticket, other = world.assigned(point=here()), world.assigned(point=north(20))
    assert [each.ticket for each in like(ticket, now=NOW)] == [other]
    assert like(world.assigned(), now=NOW) == []


def test_only_tickets_that_one_may_see_are_told_of(world: World) -> None:
    ticket = world.assigned(point=here())
    world.open(point=here(), department=world.park)
    assert like(ticket, now=NOW, among=visible_to(world.user("crew_fen"))) == []


def test_the_page_of_a_ticket_lists_what_is_like_it(world: World) -> None:
    ticket, other = world.assigned(point=here()), world.assigned(point=north(20))
    for each in (ticket, other):
        Ticket.objects.filter(pk=each.pk).update(created_at=timezone.now())
        attach(each, scene(1))
    client = Client()
    client.force_login(world.user("admin"))
    html = client.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])).content.decode()
    similar = html.rpartition("Yakındaki benzer başvurular")[2]
    assert other.number in similar
    assert "20 m uzakta" in similar
    assert "aynı fotoğraf olabilir" in similar


@pytest.mark.parametrize(
    "changed",
    [
        lambda image: image.resize((900, 675)),
        lambda image: image.resize((64, 48)),
        lambda image: ImageEnhance.Brightness(image).enhance(1.3),
        lambda image: image.crop((6, 4, 314, 236)),
    ],
    ids=["larger", "smaller", "brighter", "cropped"],
)
def test_a_photo_is_recognised_after_a_small_change(changed: Any) -> None:
    assert different_bits(difference_hash(scene(1)), difference_hash(changed(scene(1)))) <= ALIKE_BITS


def test_photos_of_two_scenes_are_not_alike() -> None:
    hashes = [difference_hash(scene(seed)) for seed in range(1, 9)]
    assert all(
        different_bits(one, other) > ALIKE_BITS
        for position, one in enumerate(hashes)
        for other in hashes[:position]
    )


def test_a_file_that_is_missing_or_no_picture_has_no_hash(tmp_path: Path) -> None:
    name = private_storage.save("x.jpg", ContentFile(b"no picture"))
    assert (stored_hash(name), stored_hash("missing.jpg"), stored_hash("")) == (None, None, None)
