"""Errors as problem details; the reference lists and the schema."""

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from tests.tickets.conftest import Caller
from tests.tickets.world import World

URL = "/api/v1/tickets/"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/tickets/MG-2026-999999/", 404),
        ("get", "/api/v1/tickets/nonsense/", 404),
        ("get", "/api/v1/nowhere/", 404),
        ("get", "/api/v1/", 404),
        ("get", "/api/v1/attachments/1/file%0Ax/", 404),
        ("get", "/api/v1/tickets/?cursor=x", 404),
        ("put", "/api/v1/tickets/", 405),
        ("delete", "/api/v1/departments/", 405),
    ],
)
def test_every_error_is_a_problem_in_turkish(
    world: World, api: Caller, method: str, path: str, status: int
) -> None:
    response = getattr(api("operator"), method)(path)
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status


def test_without_a_token_the_answer_says_how_to_sign_in(world: World) -> None:
    response = APIClient().get(URL)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Token")
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_body_that_is_no_json_is_a_problem(world: World, api: Caller) -> None:
    url = f"{URL}{world.open().number}/notes/"
    broken = api("operator").post(url, "{", content_type="application/json")
    assert (broken.status_code, broken.json()["detail"]) == (
        400,
        "Gövde geçerli JSON değil. Düzeltip yeniden gönderin.",
    )
    assert api("operator").post(url, "x", content_type="text/csv").status_code == 415


@pytest.mark.parametrize("body", [r'{"to": "\ud800"}', '{"to": ' + "[" * 100_000 + "]" * 100_000 + "}"])
def test_a_body_that_cannot_be_repeated_or_read_is_a_problem(world: World, api: Caller, body: str) -> None:
    url = f"{URL}{world.open().number}/transitions/"
    refused = api("operator").post(url, body, content_type="application/json")
    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "application/problem+json")


def test_the_methods_that_exist_are_named_where_another_was_tried(world: World, api: Caller) -> None:
    assert "GET" in api("operator").put(URL).headers["Allow"]


@pytest.mark.parametrize("path", ["departments", "categories", "neighbourhoods", "agencies"])
def test_the_reference_lists_are_there_for_whoever_signed_in(world: World, api: Caller, path: str) -> None:
    rows = api("crew_fen").get(f"/api/v1/{path}/").json()
    assert {"code", "name"} <= set(rows[0])
    assert APIClient().get(f"/api/v1/{path}/").status_code == 401


def test_the_schema_and_its_page_are_served(world: World) -> None:
    client = APIClient()
    assert client.get("/api/v1/schema/").headers["Content-Type"].startswith("application/vnd.oai.openapi")
    assert client.get("/api/v1/schema/?format=json").json()["openapi"].startswith("3.")
    assert client.get("/api/v1/docs/").status_code == 200


def test_the_schema_names_the_problems_that_any_call_may_meet(world: World) -> None:
    paths = APIClient().get("/api/v1/schema/?format=json").json()["paths"]
    for path, methods in paths.items():
        for operation in methods.values():
            assert {"400", "401", "403", "405", "406", "429"} <= set(operation["responses"]), path
    listed = paths["/api/v1/tickets/"]["get"]["responses"]
    assert "application/problem+json" in listed["404"]["content"]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_the_schema_is_made_once_however_often_and_however_it_is_asked_for(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = APIClient().get(f"/api/v1/schema/?format={form}")
    monkeypatch.setattr(SchemaGenerator, "get_schema", lambda *_, **__: pytest.fail("made again"))
    again = APIClient().get(f"/api/v1/schema/?format={form}&version=2&lang=en")
    assert (first.status_code, again.content, again.headers) == (200, first.content, first.headers)
