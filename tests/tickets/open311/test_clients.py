"""Public Open311 clients: a validator from discovery to definitions, a library that posts and reads back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from departments.base_data.loading import load_base_data
from tests.tickets.open311.test_writing import key as key  # the fixture
from tests.tickets.open311.test_writing import picture
from tests.tickets.world import World

DISCOVERY = "/open311/v2/discovery"


def get(url: str, **query: str) -> Any:
    """Without a redirection, which some clients do not follow."""
    response = Client().get(urlsplit(url).path, query)
    assert response.status_code == 200, (url, response.content)
    return response.json() if url.endswith(".json") else ElementTree.fromstring(response.content)


def endpoints() -> Iterator[tuple[str, str]]:
    """The addresses of the test endpoints with each of their formats, as the two forms of discovery name them."""
    for endpoint in get(f"{DISCOVERY}.xml").findall("endpoints/endpoint"):
        if endpoint.findtext("type") == "test":
            for form in endpoint.findall("formats/format"):
                yield endpoint.findtext("url", ""), str(form.text).partition("/")[2]
    for endpoint in get(f"{DISCOVERY}.json")["endpoints"]:
        if endpoint["type"] == "test":
            yield from ((endpoint["url"], form.partition("/")[2]) for form in endpoint["formats"])


def services(url: str, form: str) -> list[tuple[str, bool]]:
    found = get(f"{url}/services.{form}", jurisdiction_id="")
    if form == "json":
        return [(each["service_code"], each["metadata"]) for each in found]
    return [(each.findtext("service_code"), each.findtext("metadata") == "true") for each in found]


def test_what_discovery_says_changed_lies_in_the_past_in_both_forms(world: World) -> None:
    tree, plain = get(f"{DISCOVERY}.xml"), get(f"{DISCOVERY}.json")
    said = [each.text for each in tree.iter("changeset")]
    said += [plain["changeset"], *(each["changeset"] for each in plain["endpoints"])]
    assert len(said) == 6
    assert all(datetime.fromisoformat(moment or "") < timezone.now() for moment in said)
    assert (tree.findtext("contact"), tree.findtext("key_service")) == (
        plain["contact"],
        plain["key_service"],
    )


def test_a_validator_gets_from_discovery_to_every_definition_of_every_endpoint(db: None) -> None:
    load_base_data()
    walked = set()
    for url, form in endpoints():
        offered = services(url, form)
        for code, has_questions in offered:
            if has_questions:
                definition = get(f"{url}/services/{code}.{form}", jurisdiction_id="")
                told = definition["service_code"] if form == "json" else definition.findtext("service_code")
                assert told == code
                walked.add((form, code))
    assert {form for form, _ in walked} == {"xml", "json"}
    assert {code for form, code in walked if form == "xml"} == {
        code for form, code in walked if form == "json"
    }


@pytest.mark.parametrize("base", ["/open311/v2/", "/open311/test/v2/"])
def test_a_library_posts_with_a_photo_and_reads_back_by_id_by_day_and_by_page(
    world: World, key: str, base: str
) -> None:
    sent = {
        "jurisdiction_id": "melikgazi", "api_key": key, "service_code": "yol_cukur", "address_string": "Köşk Caddesi",
        "first_name": "Zehra", "last_name": "Ak", "phone": "555-5555", "description": "Çukur",
    }  # fmt: skip
    posted = Client().post(f"{base}requests.json", sent | {"media": picture()})
    assert posted.status_code == 200, posted.content
    (made,) = posted.json()
    number = made["service_request_id"]
    (read,) = get(f"{base}requests/{number}.json", jurisdiction_id="melikgazi")
    assert (read["service_request_id"], read["service_code"]) == (number, "yol_cukur")
    today = datetime.now(UTC)
    days = {
        "start_date": f"{today:%Y-%m-%d}T00:00:00Z",
        "end_date": f"{today:%Y-%m-%d}T23:59:59Z",
        "page_size": "10",
    }
    assert [each["service_request_id"] for each in get(f"{base}requests.json", **days)] == [number]
    assert [each["service_request_id"] for each in get(f"{base}requests.json", service_code="yol_cukur")] == [
        number
    ]
    assert get(f"{base}tokens/{number}.json") == [{"service_request_id": number, "token": number}]


def test_keywords_are_in_small_letters_as_turkish_writes_them(world: World) -> None:
    world.pothole.name = "İmar / ISITMA"
    world.pothole.save()
    ((service,),) = [get(f"{url}/services.json") for url, form in endpoints() if form == "json"][:1]
    assert service["keywords"] == "imar, ısıtma"
