"""Tickets that another system opens by the API, and files that it adds."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from departments.common import cache
from tests.pictures import photo
from tests.tickets.conftest import Caller
from tests.tickets.intake.test_new_ticket import FIRE
from tests.tickets.recording_channel import Reached
from tests.tickets.world import World
from tickets.api_clients.models.clients import IdempotencyKey
from tickets.models import Attachment, Ticket

URL = "/api/v1/tickets/"


@pytest.fixture(autouse=True)
def _reference(world: World) -> None:
    cache.refresh()


def picture(name: str = "cukur.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo(), "image/jpeg")


def report(**changes: Any) -> dict[str, Any]:
    known = {"description": "Okulun önünde çukur var", "category": "yol_cukur", "lat": 38.72, "lon": 35.52}
    return known | {"name": "Ali Demir", "phone": "0532 111 22 33"} | changes


def test_another_system_opens_a_ticket_with_photos_under_its_own_channel(
    world: World, api: Caller, channel: Reached
) -> None:
    client = api("operator")
    opened = client.post(URL, report(photos=[picture(), picture()]), format="multipart")
    assert opened.status_code == 201, opened.content
    ticket = Ticket.objects.get()
    assert opened.json()["number"] == ticket.number
    assert client.get(opened.headers["Location"]).json()["channel"] == "api"
    assert (ticket.department, ticket.category, ticket.neighbourhood) == (
        world.fen,
        world.pothole,
        world.mahalle,
    )
    assert ticket.citizen
    assert (ticket.citizen.name, ticket.citizen.phone) == ("Ali Demir", "+905321112233")
    assert [each.state for each in ticket.attachments.all()] == [Attachment.State.CHECKING] * 2


def test_a_ticket_sent_again_with_its_key_is_opened_once(world: World, api: Caller) -> None:
    client = api("operator")
    first, again = (
        client.post(URL, report(photos=[picture()]), format="multipart", HTTP_IDEMPOTENCY_KEY="7d1f")
        for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), again.headers["Idempotency-Replayed"]) == (again.json(), "true")
    assert (Ticket.objects.count(), Attachment.objects.count()) == (1, 1)
    other = client.post(URL, report(description="Başka"), format="json", HTTP_IDEMPOTENCY_KEY="7d1f")
    assert other.status_code == 422


def test_what_tells_of_danger_is_marked_as_from_the_telephone(world: World, api: Caller) -> None:
    words = FIRE
    assert api("operator").post(URL, {"description": words}, format="json").status_code == 201
    ticket = Ticket.objects.get()
    assert ticket.is_danger
    assert ticket.danger_unsure


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"description": ""}, "description"),
        ({"category": "yok"}, "category"),
        ({"lon": None}, "lon"),
        ({"lat": 41.0, "lon": 29.0}, "lat"),
        ({"lat": "nan"}, "lat"),
        ({"phone": "12"}, "phone"),
        ({"kind": "x"}, "kind"),
        ({"registry_number": "x" * 61}, "registry_number"),
    ],
)
def test_what_is_no_request_is_refused(
    world: World, api: Caller, changes: dict[str, Any], field: str
) -> None:
    refused = api("operator").post(URL, report(**changes), format="json", HTTP_IDEMPOTENCY_KEY="a")
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {field})
    assert not Ticket.objects.exists()
    assert not IdempotencyKey.objects.exists()


def test_what_is_no_photo_opens_nothing(world: World, api: Caller) -> None:
    file = SimpleUploadedFile("a.jpg", b"MZ program", "image/jpeg")
    assert api("operator").post(URL, report(photos=[file]), format="multipart").status_code == 400
    assert not Ticket.objects.exists()


def test_a_photo_under_another_name_is_not_lost_without_a_word(world: World, api: Caller) -> None:
    refused = api("operator").post(URL, report(file=picture()), format="multipart")
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {"file"})
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("who", ["head_fen", "crew_fen", "dpo", "roleless"])
def test_who_is_not_of_the_call_centre_opens_nothing(world: World, api: Caller, who: str) -> None:
    assert api(who).post(URL, report(), format="json").status_code == 403
    assert not Ticket.objects.exists()


def test_a_key_that_only_reads_opens_nothing(world: World, api: Caller) -> None:
    assert api("operator", writes=False).post(URL, report(), format="json").status_code == 403


def test_a_photo_of_the_work_done_is_added_by_who_works_on_it_alone(world: World, api: Caller) -> None:
    ticket = world.assigned()
    url = f"{URL}{ticket.number}/attachments/"
    assert api("head_park").post(url, {"file": picture()}, format="multipart").status_code == 404
    client = api("crew_fen")
    added = client.post(url, {"file": picture()}, format="multipart", HTTP_IF_MATCH='"1"')
    assert added.status_code == 201, added.content
    assert [(each["state"], each["after"]) for each in added.json()["attachments"]] == [("checking", True)]
    stale = client.post(url, {"file": picture()}, format="multipart", HTTP_IF_MATCH='"1"')
    assert stale.status_code == 412
    none = SimpleUploadedFile("a.pdf", b"%PDF-1.4", "application/pdf")
    assert client.post(url, {"file": none}, format="multipart").status_code == 400
    assert ticket.attachments.count() == 1


def test_many_tickets_are_read_at_once_by_their_numbers(world: World, api: Caller) -> None:
    first, second, secret = world.open(), world.open(), world.open(category=world.misconduct)
    client = api("operator")
    asked = f"{first.number},mg 2026 {second.pk},{secret.number},MG-2026-999999"
    found = client.get(URL, {"number": f"{first.number},{second.number.lower()},{secret.number},{asked}"})
    assert {each["number"] for each in found.json()["results"]} == {first.number, second.number}
    assert client.get(URL, {"number": ",".join(map(str, range(501)))}).status_code == 400
