"""What no page offers is not there, whoever asks."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["doc/", "doc/models/", "r/1/1/", "nowhere/", "tickets/nowhere/"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_an_address_that_nobody_offers_is_not_found(path: str, *, signed_in: bool) -> None:
    client = Client()
    if signed_in:
        client.force_login(User.objects.create_superuser("admin"))
    assert client.get(f"/admin/{path}").status_code == 404
