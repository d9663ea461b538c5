"""Reading public requests."""

from datetime import timedelta
from operator import itemgetter
from typing import Any
from unittest.mock import patch
from xml.etree import ElementTree

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.models import Category
from departments.places.points import Point
from tests.attachments import attach_file
from tests.tickets.open311.conftest import BASE, Reader
from tests.tickets.open311.schemas import ERRORS, REQUESTS, TOKEN, UPDATES
from tests.tickets.sharing import beside_the_share
from tests.tickets.world import NOW, World, here
from tickets.casework.notes import add_note
from tickets.files.storage import StoredFile, private_storage
from tickets.models import Attachment, LocationSource, Ticket
from tickets.open311 import finding
from tickets.public.publishing import publish
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.undo.actions import perform

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _today() -> Any:
    with patch.object(timezone, "now", return_value=NOW + DAY):
        yield


def ids(requests: list[dict[str, Any]]) -> list[str]:
    return [each["service_request_id"] for each in requests]


def photographed(ticket: Ticket) -> Attachment:
    name = private_storage.save("open311.jpg", ContentFile(b"\xff\xd8 a photo"))
    return attach_file(
        ticket=ticket,
        actor=Actor.citizen(),
        now=NOW,
        kind=Attachment.Kind.IMAGE,
        mime_type="image/jpeg",
        stored=StoredFile(name, "", 9, "image/jpeg"),
    )


def test_a_request_says_what_where_and_how_far_and_nothing_of_the_citizen(world: World, read: Reader) -> None:
    ticket = world.assigned(
        point=here(),
        location_source=LocationSource.PIN,
        neighbourhood=world.mahalle,
        address="Barbaros Sokak No 5 kat 2",
    )
    photographed(ticket)
    world.crowd(here().lat, here().lon)
    (request,) = read(f"requests/{ticket.number}.json", REQUESTS)
    expected = request.pop("expected_datetime")
    assert expected > "2026-11-23T06:00:00Z"
    assert request == {
        "service_request_id": "MG-2026-000001",
        "status": "open",
        "status_notes": "Birime iletildi",
        "service_name": "Çukur",
        "service_code": "yol_cukur",
        "agency_responsible": "Fen İşleri",
        "requested_datetime": "2026-11-23T06:00:00Z",
        "updated_datetime": "2026-11-23T06:00:00Z",
        "address": "Alpaslan Mahallesi",
        "address_id": "alpaslan",
        "lat": 38.72,
        "long": 35.49,
    }


def test_a_closed_request_was_updated_when_it_was_closed(world: World, read: Reader) -> None:
    ticket = world.move(
        world.assigned(), Status.RESOLVED, now=NOW + timedelta(hours=5), answer="Ayşe Hanım, kapattık."
    )
    add_note(ticket=ticket, actor=world.actor("operator"), now=NOW + timedelta(hours=9), text="teşekkür etti")
    (request,) = read(f"requests/{ticket.number}.json", REQUESTS)
    assert (request["status"], request["status_notes"], request["updated_datetime"]) == (
        "closed",
        "Çözüldü",
        "2026-11-23T11:00:00Z",
    )
    assert "expected_datetime" not in request


def test_the_responsible_of_a_redirected_request_is_the_agency(world: World, read: Reader) -> None:
    ticket = world.move(world.assigned(), Status.REDIRECTED, agency=world.kaski)
    assert read(f"requests/{ticket.number}.json", REQUESTS)[0]["agency_responsible"] == "KASKİ"


def test_a_place_is_told_to_a_hundred_metres_and_only_where_five_citizens_reported_something(
    world: World, read: Reader
) -> None:
    ticket = world.assigned()
    Ticket.objects.filter(pk=ticket.pk).update(lat=38.7234567, lon=35.4876543)
    world.crowd(38.7232, 35.4883, people=3)  # with the ticket’s own citizen four
    (request,) = read(f"requests/{ticket.number}.json", REQUESTS)
    assert {"lat", "long"}.isdisjoint(request)
    world.crowd(38.7232, 35.4883, people=1)
    (request,) = read(f"requests/{ticket.number}.json", REQUESTS)
    assert (request["lat"], request["long"]) == (38.723, 35.488)


def test_words_and_photos_are_public_once_a_clerk_approved_them(world: World, read: Reader) -> None:
    ticket = world.assigned(description="Ayşe’nin evinin önünde çukur var")
    photo = photographed(ticket)
    address = f"{BASE}photos/{photo.pk}.jpg"
    assert Client().get(address).status_code == 404
    publish(
        ticket=ticket, actor=world.actor("operator"), now=NOW, text="Evin önünde çukur var", photos=[photo]
    )
    (request,) = read(f"requests/{ticket.number}.json", REQUESTS)
    assert request["description"] == "Evin önünde çukur var"
    assert request["media_url"] == f"http://testserver{address}"
    shown = Client().get(address)
    assert (shown.status_code, b"".join(shown.streaming_content)) == (200, b"\xff\xd8 a photo")  # type: ignore[attr-defined]
    publish(ticket=ticket, actor=world.actor("operator"), now=NOW)
    assert "description" not in read(f"requests/{ticket.number}.json", REQUESTS)[0]
    assert Client().get(address).status_code == 404


def test_what_was_published_disappears_with_a_restricted_category(world: World, read: Reader) -> None:
    ticket = world.assigned()
    photo = photographed(ticket)
    publish(ticket=ticket, actor=world.actor("operator"), now=NOW, text="Çukur", photos=[photo])
    Ticket.objects.filter(pk=ticket.pk).update(category=world.misconduct)
    read(f"requests/{ticket.number}.json", ERRORS, http=404)
    assert Client().get(f"{BASE}photos/{photo.pk}.jpg").status_code == 404


@pytest.mark.parametrize("number", ["MG-2026-999999", "1", "-"])
def test_an_unknown_request_is_404_in_every_address(read: Reader, number: str) -> None:
    read(f"requests/{number}.json", ERRORS, http=404)
    read(f"tokens/{number}.json", ERRORS, http=404)


def test_an_id_is_known_however_it_is_spelt(world: World, read: Reader) -> None:
    number = world.assigned().number
    assert ids(read(f"requests/{number.replace('-', '').lower()}.json", REQUESTS)) == [number]
    assert ids(read("requests.json?service_request_id=mg 2026 1,mg 2026 2", REQUESTS)) == [number]


def test_the_id_is_its_own_token(world: World, read: Reader) -> None:
    number = world.assigned().number
    assert read(f"tokens/{number}.json", TOKEN) == [{"service_request_id": number, "token": number}]


def test_requests_without_a_category_or_of_restricted_ones_are_in_no_list(world: World, read: Reader) -> None:
    world.open(category=None)
    world.assigned(category=world.misconduct)
    assert read("requests.json", REQUESTS) == []


def test_the_list_is_newest_first_and_filtered(world: World, read: Reader) -> None:
    old = world.assigned(now=NOW - 40 * DAY).number
    closed = world.move(world.assigned(now=NOW - 2 * DAY), Status.RESOLVED, answer="Kapatıldı").number
    new = world.assigned().number
    assert ids(read("requests.json", REQUESTS)) == [new, closed, old]
    assert ids(read("requests.json", REQUESTS, status="open")) == [new, old]
    assert ids(read("requests.json", REQUESTS, status="closed")) == [closed]
    assert ids(read("requests.json", REQUESTS, status="open,closed")) == [new, closed, old]
    assert ids(read("requests.json", REQUESTS, status="", service_code="")) == [new, closed, old]
    assert ids(read("requests.json", REQUESTS, service_code="yol_cukur", page_size=1)) == [new]
    assert ids(read("requests.json", REQUESTS, page_size=1, page=3)) == [old]
    assert ids(read("requests.json", REQUESTS, page_size=1, page=4)) == []
    since, until = "2026-11-20T00:00:00Z", "2026-11-22T00:00:00+03:00"
    assert ids(read("requests.json", REQUESTS, start_date=since, end_date=until)) == [closed]


def test_ids_override_every_other_criterion(world: World, read: Reader) -> None:
    first, second = world.assigned(now=NOW - 200 * DAY).number, world.assigned().number
    wanted = {"service_request_id": f"{first},{second},MG-2026-999999", "status": "closed"}
    assert ids(read("requests.json", REQUESTS, **wanted)) == [second, first]
    unreadable = {"status": "new", "service_code": "yok", "start_date": "dün"}
    assert ids(read("requests.json", REQUESTS, **wanted | unreadable)) == [second, first]


@pytest.mark.parametrize(
    ("query", "days_ago"),
    [
        ({}, [0, 89]),
        ({"start_date": "2026-08-10T06:00:00Z"}, [89, 91, 100]),
        ({"start_date": "2026-01-01"}, [300]),
        ({"end_date": "2026-08-25"}, [91, 100]),
        ({"start_date": "2026-01-01", "end_date": "2026-11-24"}, [0, 89]),
    ],
    ids=["none given", "from a day", "from long ago", "until a day", "too long a span"],
)
def test_a_search_covers_ninety_days_at_most(
    world: World, read: Reader, query: dict[str, str], days_ago: list[int]
) -> None:
    opened = {days: world.assigned(now=NOW - days * DAY).number for days in (300, 100, 91, 89, 0)}
    assert ids(read("requests.json", REQUESTS, **query)) == [opened[days] for days in days_ago]


def test_no_list_is_longer_than_a_thousand(
    world: World, read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finding.ROWS == 1000
    monkeypatch.setattr(finding, "ROWS", 2)
    numbers = [world.assigned().number for _ in range(3)]
    assert ids(read("requests.json", REQUESTS, page_size=5000)) == numbers[:0:-1]


@pytest.mark.parametrize(
    "query",
    [
        {"status": "new"},
        {"start_date": "dün"},
        {"start_date": "2026-11-24T10:00:00"},
        {"end_date": "2026-13-01T00:00:00Z"},
        {"page": "0"},
        {"page_size": "çok"},
        {"service_request_id": "\0"},
    ],
)
def test_a_criterion_that_cannot_be_read_is_400(read: Reader, query: dict[str, str]) -> None:
    read("requests.json", ERRORS, http=400, **query)


def test_an_unknown_service_is_404(read: Reader) -> None:
    read("requests.json", ERRORS, http=404, service_code="yol_cukur,yok")


def test_a_call_by_another_method_is_400(world: World) -> None:
    response = Client().put(BASE + "services.json")
    assert (response.status_code, response.json()[0]["code"]) == (400, 400)


def test_pages_of_other_sites_may_read(world: World) -> None:
    assert Client().get(BASE + "services.json").headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["services.json", "requests.json", "requests/MG-2026-000001.json"])
def test_a_browser_that_asks_first_is_told_that_any_page_may(world: World, path: str) -> None:
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    asked = Client().options(BASE + path, headers=headers)
    assert (asked.status_code, asked.content) == (204, b"")
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    methods = asked.headers["Access-Control-Allow-Methods"].split(", ")
    assert ("POST" in methods) is (path == "requests.json")
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    ("path", "seconds"), [("discovery.xml", 3600), ("services.json", 3600), ("requests.json", 60)]
)
def test_what_is_read_may_be_kept_and_is_not_sent_again_while_it_is_the_same(
    world: World, path: str, seconds: int
) -> None:
    world.assigned()
    first = Client().get(BASE + path)
    assert first.headers["Cache-Control"] == f"public, max-age={seconds}"
    again = Client().get(BASE + path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert Client().get(BASE + "requests/yok.json").headers["Cache-Control"] == "no-store"


def test_requests_of_a_region_are_found_by_mahalle_and_by_the_place_that_is_published(
    world: World, read: Reader
) -> None:
    ticket = world.assigned(point=Point(38.72004, 35.52004), neighbourhood=world.mahalle)
    world.assigned(point=Point(38.73, 35.53))
    near = [each.number for each in reversed(world.crowd(38.7204, 35.5196))]

    def found(**query: str) -> list[str]:
        return ids(read("requests.json", REQUESTS, **query))

    assert found(address_id="alpaslan") == [ticket.number]
    assert found(address_id="yok") == []
    assert found(bbox="35.5,38.7,35.54,38.74") == [*near, ticket.number]  # one is where the place is not told
    assert found(bbox="35.52,38.72,35.52,38.72") == [*near, ticket.number]  # where they are said to be
    assert found(bbox="35.52003,38.72003,35.52005,38.72005") == []  # nothing is said to be there
    assert len(read("servicerequestupdates.json", UPDATES, address_id="alpaslan")) == 1


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "35.6,38,35.5,39", "nan,nan,nan,nan", "0,0,0,91"])
def test_a_region_that_is_none_is_400(world: World, read: Reader, bbox: str) -> None:
    read("requests.json", ERRORS, http=400, bbox=bbox)


def test_xml_has_every_field_and_no_namespace(world: World) -> None:
    ticket = world.assigned()
    publish(ticket=ticket, actor=world.actor("operator"), now=NOW, text="a < b \x0b & ğ")
    body = Client().get(f"{BASE}requests.xml").content
    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    root = ElementTree.fromstring(body)
    assert root.tag == "service_requests"
    assert root.findtext("request/description") == "a < b � & ğ"
    assert root.find("request/zipcode") is not None
    assert [each.tag for each in root.findall("request/*")][:2] == ["service_request_id", "status"]


def test_extensions_tell_the_fine_status(world: World, read: Reader) -> None:
    ticket = world.assigned(neighbourhood=world.mahalle)
    (request,) = read(f"requests/{ticket.number}.json", REQUESTS, extensions="true")
    assert request["extended_attributes"] == {
        "status": "ASSIGNED",
        "department": "FEN",
        "neighbourhood": "Alpaslan",
    }


def test_updates_tell_how_a_request_moved_on_without_the_answers_words(world: World, read: Reader) -> None:
    ticket = world.assigned()
    world.move(
        ticket, Status.RESOLVED, now=NOW + timedelta(hours=1), answer="Ayşe Hanım, 0532 111 22 33’ten aradık."
    )
    world.assigned(category=world.misconduct)
    found = read("servicerequestupdates.json", UPDATES)
    assert [(each["status"], each["description"]) for each in found] == [
        ("closed", "Çözüldü"),
        ("open", "Birime iletildi"),
    ]
    assert {each["service_request_id"] for each in found} == {ticket.number}
    assert len(read("servicerequestupdates.json", UPDATES, status="closed")) == 1
    assert read("servicerequestupdates.json", UPDATES, end_date="2026-11-01") == []
    assert len(read("servicerequestupdates.json", UPDATES, service_request_id=ticket.number)) == 2
    assert len(read("servicerequestupdates.json", UPDATES, service_code="yol_cukur")) == 2


def test_updates_are_of_the_services_asked_for(world: World, read: Reader) -> None:
    world.assigned()
    Category.objects.create(
        code="kaldirim",
        name="Kaldırım",
        department=world.fen,
        parent=world.pothole.parent,
        first_action_hours=8,
    )
    assert read("servicerequestupdates.json", UPDATES, service_code="kaldirim") == []
    read("servicerequestupdates.json", ERRORS, http=404, service_code="yok")


@pytest.mark.parametrize("path", ["", "services", "services.csv", "requests/MG-2026-000001", "x/y.html"])
def test_where_no_format_is_named_an_error_is_xml(world: World, path: str) -> None:
    response = Client().get(BASE + path)
    assert (response.status_code, response.headers["Content-Type"]) == (404, "text/xml; charset=utf-8")
    assert ElementTree.fromstring(response.content).findtext("error/code") == "404"


def test_a_list_costs_the_same_for_one_request_and_for_many(world: World) -> None:
    for _ in range(5):
        photographed(world.assigned())
    for _ in ("by a process that has read nothing yet", "by one that has answered before"):
        with CaptureQueriesContext(connection) as statements:
            response = Client().get(BASE + "requests.json")
        assert len(beside_the_share(statements)) == 4
        assert len(response.json()) == 5


def test_what_staff_can_still_take_back_is_not_told_yet(world: World, read: Reader) -> None:
    ticket, now = world.assigned(), timezone.now()
    clerk = world.actor("operator")
    perform("move", ticket=ticket, to=Status.CANCELLED, actor=clerk, now=now)
    perform("split", ticket=world.assigned(), description="Lamba", actor=clerk, now=now)
    split = Ticket.objects.latest("pk").number
    Ticket.objects.filter(number=split).update(category=ticket.category)
    assert read(f"requests/{ticket.number}.json", REQUESTS)[0]["status"] == "open"
    assert split not in ids(read("requests.json", REQUESTS))
    read(f"requests/{split}.json", ERRORS, http=404)
    assert ticket.number not in ids(read("servicerequestupdates.json", UPDATES, status="closed"))
    with patch.object(timezone, "now", return_value=now + timedelta(seconds=6)):
        assert read(f"requests/{ticket.number}.json", REQUESTS)[0]["status"] == "closed"
        assert split in ids(read("requests.json", REQUESTS))


def test_the_subject_is_the_one_before_while_staff_can_take_another_back(world: World, read: Reader) -> None:
    ticket, now = world.assigned(), timezone.now()
    pavement = Category.objects.create(
        code="kaldirim", name="Kaldırım", department=world.fen, parent=world.pothole.parent
    )
    perform("classify", ticket=ticket, category=pavement, actor=world.actor("operator"), now=now)
    subject = itemgetter("service_code", "service_name")
    assert subject(read("requests.json", REQUESTS)[0]) == ("yol_cukur", world.pothole.name)
    with patch.object(timezone, "now", return_value=now + timedelta(seconds=6)):
        assert subject(read("requests.json", REQUESTS)[0]) == ("kaldirim", "Kaldırım")
