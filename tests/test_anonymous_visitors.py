"""Whoever is signed in nowhere makes no session: each would be a row that an address can make thousands of."""

from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import get_resolver, reverse
from pytest_django import Settings

from departments.staff import throttle
from tests.melikgazi import provider as providers
from tests.melikgazi.provider import Provider
from tests.test_matrix import Address, walk
from tests.tickets.world import build_world

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore"),  # the provider uses what is out of date
]
DOOR = "/admin/giris/kurum/"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providers.running() as provider:
        yield provider


@pytest.fixture
def addresses() -> list[Address]:
    return list(walk(get_resolver(), build_world().assigned()))


def asked_anonymously(addresses: list[Address], cookie: str = "") -> dict[str, int]:
    """How many sessions each address made that made one."""
    made = {}
    for each in addresses:
        for method in ("get", "post"):
            client = Client(raise_request_exception=False)
            if cookie:
                client.cookies[django_settings.SESSION_COOKIE_NAME] = cookie
            response = getattr(client, method)(f"/{each.path}")
            if response.streaming:
                b"".join(response.streaming_content)
            if sessions := Session.objects.count():
                made[f"{method} {each.path}"] = sessions
                Session.objects.all().delete()
    return made


@pytest.mark.parametrize("cookie", ["", "a" * 32], ids=["no cookie", "an invented cookie"])
def test_no_address_makes_a_session_for_an_anonymous_visitor(addresses: list[Address], cookie: str) -> None:
    assert asked_anonymously(addresses, cookie) == {}


def test_of_all_addresses_only_the_way_to_a_provider_makes_a_session(
    addresses: list[Address], settings: Settings, provider: Provider
) -> None:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = provider.issuer, "hat", "x"
    assert set(asked_anonymously(addresses)) == {f"get {reverse('kurum')[1:]}"}


def test_a_door_that_is_not_installed_counts_no_call_and_makes_no_session() -> None:
    answers = {Client().get(DOOR).status_code for _ in range(throttle.SINGLE_SIGN_ON_PER_MINUTE + 5)}
    assert answers == {404}
    assert not Session.objects.exists()


def test_calls_beyond_the_throttle_make_no_session_and_are_told(settings: Settings) -> None:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = "http://localhost:1", "hat"
    for _ in range(throttle.SINGLE_SIGN_ON_PER_MINUTE):
        Client().get(DOOR)
    client = Client()
    client.get(DOOR)
    assert not Session.objects.exists()
    assert "Çok sık denendi" in client.get("/admin/login/").content.decode()
