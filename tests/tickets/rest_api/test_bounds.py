"""What one call may ask: every list and every free text has a bound, which the descriptions name and the line keeps."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.tickets.conftest import Caller
from tests.tickets.world import World
from tickets.open311 import finding

Parameter = tuple[str, str, dict[str, Any]]


def described(client: Client) -> dict[str, Any]:
    schema: dict[str, Any] = client.get("/api/v1/schema/", {"format": "json"}).json()
    return schema


def resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    return part


def parameters(schema: dict[str, Any]) -> Iterator[Parameter]:
    """The query and header parameters: path, name, schema."""
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            for each in operation.get("parameters", ()):
                if each["in"] != "path":
                    yield path, each["name"], resolved(schema, each["schema"])


def fields(schema: dict[str, Any]) -> Iterator[Parameter]:
    """The fields of request bodies: path, name, schema."""
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            for body in operation.get("requestBody", {}).get("content", {}).values():
                for name, part in resolved(schema, body["schema"]).get("properties", {}).items():
                    yield path, name, resolved(schema, part)


def has_bound(part: dict[str, Any]) -> bool:
    kinds = part.get("type", "")
    if "array" in kinds:
        return "maxItems" in part
    is_free = "string" in kinds and not {"enum", "format"} & set(part)
    return "maxLength" in part or not is_free


def test_every_list_and_text_parameter_has_a_bound(world: World, api: Caller) -> None:
    schema = described(api("operator"))
    unbounded = [(path, name) for path, name, part in parameters(schema) if not has_bound(part)]
    assert unbounded == []


def test_every_list_and_text_of_a_body_has_a_bound(world: World, api: Caller) -> None:
    schema = described(api("operator"))
    unbounded = [(path, name) for path, name, part in fields(schema) if not has_bound(part)]
    assert unbounded == []


def test_what_exceeds_a_described_bound_is_refused(world: World, api: Caller) -> None:
    client, taken = api("supervisor"), []
    for path, name, part in parameters(described(client)):
        if "{" in path or name[0].isupper():
            continue
        if "maxItems" in part:
            value = ",".join(f"deger{number}" for number in range(part["maxItems"] + 1))
        elif "maxLength" in part:
            value = "a" * (part["maxLength"] + 1)
        else:
            continue
        answer = client.get(path, {name: value})
        if answer.status_code not in (400, 404, 414):
            taken.append((path, name, answer.status_code))
    assert taken == []


@pytest.mark.parametrize("name", sorted(finding.MOST))
def test_an_open311_list_of_too_many_items_is_refused(world: World, name: str) -> None:
    items = ",".join(f"deger{number}" for number in range(finding.MOST[name] + 1))
    for path in ("requests.json", "servicerequestupdates.json"):
        answer = Client().get(f"/open311/v2/{path}", {name: items})
        assert (answer.status_code, answer.json()[0]["code"]) == (400, 400)


def test_an_item_given_800_times_is_asked_once(world: World) -> None:
    ticket = world.open()
    assert ticket.category
    codes = ",".join([ticket.category.code] * 800)
    query = finding.Search.of(querydict({"service_code": codes}), ticket.created_at)
    assert query.codes == (ticket.category.code,)


def querydict(given: dict[str, str]) -> Any:
    from django.http import QueryDict

    query = QueryDict(mutable=True)
    query.update(given)
    return query


def test_a_search_has_so_many_words_at_most(world: World, api: Caller) -> None:
    words = " ".join(f"kelime{number}" for number in range(1600))
    refused = api("operator").get("/api/v1/tickets/", {"q": words})
    assert refused.status_code in (400, 414)
    short = " ".join(chr(ord("a") + number) for number in range(26))
    refused = api("operator").get("/api/v1/tickets/", {"q": short})
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {"q"})


def test_a_word_given_twice_counts_once(world: World, api: Caller) -> None:
    assert api("operator").get("/api/v1/tickets/", {"q": "yol " * 40}).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/tickets/", "/open311/v2/requests.json", "/admin/", "/d/"])
def test_an_address_that_is_too_long_is_refused_early(world: World, path: str) -> None:
    refused = Client().get(path, {"x": "a" * 20_000})
    assert refused.status_code == 414
