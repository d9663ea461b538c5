from collections.abc import Callable

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from departments.fresh import Fresh
from tests.tickets.world import World, build_world

Caller = Callable[[str], APIClient]


@pytest.fixture
def world(db: None) -> World:
    Fresh.forget()
    return build_world()


@pytest.fixture
def api(world: World) -> Caller:
    """Signs somebody in as a script does: with a token."""

    def sign_in(username: str) -> APIClient:
        token, _ = Token.objects.get_or_create(user=world.user(username))
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
        return client

    return sign_in
