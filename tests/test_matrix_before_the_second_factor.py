"""Before a sign-in is complete it opens nothing, whatever the address."""

import pytest
from django.urls import get_resolver
from pytest_django import Settings

from tests.test_matrix import PUBLIC, is_open, walk
from tests.tickets.world import World, build_world, sign_in

pytestmark = pytest.mark.slow

# The page on which somebody who has none yet connects a second factor.
ENROLMENT = "/admin/giris/telefon/"


@pytest.fixture
def world(db: None) -> World:
    return build_world()


@pytest.mark.parametrize("method", ["get", "post"])
def test_before_the_second_factor_an_administrator_opens_no_more_than_a_stranger(
    world: World, settings: Settings, method: str
) -> None:
    addresses = [each for each in walk(get_resolver(), world.assigned()) if "nowhere" not in each.path]
    settings.SECOND_FACTOR = "required"
    client = sign_in(world, "admin")
    found = [each for each in addresses if not PUBLIC.match(each.path) and is_open(client, each, method)]
    ends = [getattr(client, method)(f"/{each.path}", follow=True) for each in found]
    shown = {end.request["PATH_INFO"] for end in ends} - {"/whatsapp/webhook/"}
    assert shown == {ENROLMENT}
