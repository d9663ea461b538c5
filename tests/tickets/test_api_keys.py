"""API keys: scopes, expiry, rate limits, last use."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from tests.tickets.conftest import Caller
from tests.tickets.world import NOW, World
from tickets.api.authentication import WithinScope
from tickets.api_clients import rate_limits
from tickets.models.api_clients import ApiAccess

URL = "/api/v1/tickets/"


def terms(world: World, username: str, **changes: Any) -> ApiAccess:
    return ApiAccess.objects.update_or_create(user=world.user(username), defaults=changes)[0]


def test_a_key_from_the_command_is_as_mighty_as_its_user(world: World) -> None:
    call_command("drf_create_token", "operator")
    key = Token.objects.get(user=world.user("operator")).key
    assert len(key) == 40
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    assert client.get(URL).status_code == 200
    number = world.open().number
    assert client.post(f"{URL}{number}/notes/", {"text": "x"}, format="json").status_code == 201


def test_a_key_for_reading_does_not_write(world: World, api: Caller) -> None:
    ticket = world.open()
    terms(world, "operator", writes=False)
    assert api("operator").get(URL).status_code == 200
    refused = api("operator").post(f"{URL}{ticket.number}/notes/", {"text": "x"}, format="json")
    assert refused.status_code == 403
    assert refused.json()["detail"].startswith("API anahtarı bu işlem için verilmemiş")
    assert ticket.events.count() == 1


def test_a_key_without_reading_reads_nothing(world: World, api: Caller) -> None:
    terms(world, "operator", reads=False)
    assert api("operator").get(URL).status_code == 403
    assert api("operator").get("/api/v1/departments/").status_code == 403


def test_a_key_without_reports_reads_tickets_alone(world: World, api: Caller) -> None:
    terms(world, "operator", reports=False)
    assert api("operator").get("/api/v1/reports/summary/").status_code == 403
    assert api("operator").get(URL).status_code == 200
    terms(world, "operator", reports=True, reads=False)
    assert api("operator").get("/api/v1/reports/summary/").status_code == 200


def test_no_page_of_the_api_forgets_to_ask_for_the_scope() -> None:
    open_to_all = {"AttachmentView", "SpectacularAPIView", "SpectacularSwaggerSplitView"}
    views = {pattern.callback for pattern, _ in each_route(get_resolver("tickets.api.urls"))}
    classes = {getattr(view, "cls", None) or view.view_class for view in views}  # type: ignore[attr-defined]
    forgetful = {each.__name__ for each in classes if WithinScope not in each.permission_classes}
    assert forgetful == open_to_all


def each_route(resolver: URLResolver) -> Iterator[tuple[URLPattern, str]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from each_route(entry)
        else:
            yield entry, str(entry.pattern)


def test_terms_outlive_a_new_key(world: World, api: Caller) -> None:
    terms(world, "operator", writes=False)
    call_command("drf_create_token", "-r", "operator")
    ticket = world.open()
    refused = api("operator").post(f"{URL}{ticket.number}/notes/", {"text": "x"}, format="json")
    assert refused.status_code == 403


def test_terms_bind_the_key_and_not_the_person_at_the_screen(world: World) -> None:
    terms(world, "operator", reads=False, per_minute=0)
    client = APIClient()
    client.force_login(world.user("operator"))
    assert client.get(URL).status_code == 200


def test_an_expired_key_is_refused_with_what_to_do(world: World, api: Caller) -> None:
    terms(world, "operator", expires_at=timezone.now() - timedelta(seconds=1))
    refused = api("operator").get(URL)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Token")
    assert refused.json()["detail"].startswith("API anahtarının süresi doldu")


@pytest.mark.parametrize("key", ["x", "\xe9" * 40, "a-b", "0" * 40])
def test_an_unknown_key_is_401(world: World, key: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    assert client.get(URL).status_code == 401


def test_who_guesses_keys_has_to_wait(world: World) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {'0' * 40}")
    said = [client.get(URL).status_code for _ in range(31)]
    assert said == [401] * 30 + [429]


def test_the_last_use_of_a_key_is_noted_to_the_minute(world: World, api: Caller) -> None:
    assert api("operator").get(URL).status_code == 200
    first = ApiAccess.objects.get().last_used_at
    assert first is not None
    assert timezone.now() - first < timedelta(minutes=1)
    api("operator").get(URL)
    assert ApiAccess.objects.get().last_used_at == first


def test_every_answer_says_how_many_calls_are_left(world: World, api: Caller) -> None:
    terms(world, "operator", per_minute=2)
    client = api("operator")
    left = [client.get(URL).headers["RateLimit-Remaining"] for _ in range(2)]
    refused = client.get(URL)
    assert (left, refused.status_code) == (["1", "0"], 429)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert (refused.headers["RateLimit-Limit"], refused.headers["RateLimit-Remaining"]) == ("2", "0")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_calls_that_are_refused_count_too(world: World, api: Caller) -> None:
    terms(world, "operator", reads=False, per_minute=1)
    client = api("operator")
    first, second = client.get(URL), client.get(URL)
    assert (first.status_code, first.headers["RateLimit-Remaining"]) == (403, "0")
    assert (second.status_code, second.headers["RateLimit-Limit"]) == (429, "1")


def test_calls_are_counted_by_the_minute_and_for_each_caller(world: World) -> None:
    second = timedelta(seconds=1)
    assert [rate_limits.spend("a", 2, NOW + n * second).exceeded for n in range(3)] == [False, False, True]
    assert rate_limits.spend("a", 2, NOW + 59 * second).reset == 1
    assert not rate_limits.spend("b", 2, NOW).exceeded
    anew = rate_limits.spend("a", 2, NOW + 60 * second)
    assert (anew.exceeded, anew.remaining, anew.reset) == (False, 1, 60)
