from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from departments.common import cache
from tests.once import once
from tests.tickets.keys import key_of
from tests.tickets.recording_channel import Reached
from tests.tickets.world import World, build_world
from tickets.record import channel as ports

Caller = Callable[..., APIClient]


@pytest.fixture(scope="module")
def _built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    yield from once(django_db_blocker, build_world)


@pytest.fixture
def world(_built: World, db: None) -> World:
    """The municipality as it was built: what a test changes in it is undone after it."""
    cache.refresh()
    return deepcopy(_built)


@pytest.fixture
def channel() -> Iterator[Reached]:
    reached = Reached()
    before = ports.register(reached)
    yield reached
    ports.register(before)


@pytest.fixture
def api(world: World) -> Caller:
    """Signs somebody in as a script does: with a key, of these terms."""

    def sign_in(username: str, **terms: Any) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {key_of(world.user(username), **terms)}")
        return client

    return sign_in
