"""Idempotency keys: repeated writes."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.tickets.conftest import Caller
from tests.tickets.world import World
from tickets.api_clients import idempotency_keys
from tickets.api_clients.models.clients import IdempotencyKey
from tickets.models import Ticket

URL = "/api/v1/tickets/"


def note(client: APIClient, ticket: Ticket, key: str, text: str = "x", **headers: Any) -> Any:
    url = f"{URL}{ticket.number}/notes/"
    return client.post(url, {"text": text}, format="json", HTTP_IDEMPOTENCY_KEY=key, **headers)


def test_a_write_sent_again_is_done_once_and_answered_twice(world: World, api: Caller) -> None:
    ticket, client = world.open(), api("operator")
    etag = client.get(f"{URL}{ticket.number}/").headers["ETag"]
    first = note(client, ticket, "a", HTTP_IF_MATCH=etag)
    again = note(client, ticket, "a", HTTP_IF_MATCH=etag)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["version"] == first.json()["version"] == 2
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert ticket.events.filter(kind="note").count() == 1


def test_a_key_is_each_callers_own(world: World, api: Caller) -> None:
    ticket = world.assigned()
    note(api("operator"), ticket, "a")
    note(api("head_fen"), ticket, "a")
    assert ticket.events.filter(kind="note").count() == 2


def test_a_key_stands_for_one_write_alone(world: World, api: Caller) -> None:
    ticket = world.open()
    note(api("operator"), ticket, "a")
    for other, text in ((ticket, "y"), (world.open(), "x")):
        refused = note(api("operator"), other, "a", text)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "key-reused")


def test_a_refused_write_is_judged_anew(world: World, api: Caller) -> None:
    ticket = world.open()
    assert note(api("dpo"), ticket, "a").status_code == 403
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "\xe7"])
def test_a_key_that_cannot_be_kept_is_refused(world: World, api: Caller, key: str) -> None:
    refused = note(api("operator"), world.open(), key)
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {"Idempotency-Key"})


def test_keys_are_forgotten_after_a_day(world: World, api: Caller) -> None:
    note(api("operator"), world.open(), "a")
    idempotency_keys.forget(timezone.now() + timedelta(hours=23))
    assert IdempotencyKey.objects.exists()
    idempotency_keys.forget(timezone.now() + timedelta(hours=25))
    assert not IdempotencyKey.objects.exists()
