"""A ticket in the REST API, and who may see what of it."""

from typing import Any

import pytest
from django.utils import timezone
from typing_extensions import override

from tests.attachments import attach_file
from tests.tickets.conftest import Caller
from tests.tickets.world import NOW, World, here
from tickets.casework.assigning import assign
from tickets.casework.notes import add_note
from tickets.models import Attachment, Citizen, LocationSource, Ticket
from tickets.record import channel
from tickets.record.channel import ChannelMessage
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.undo.actions import perform

URL = "/api/v1/tickets/"


def numbers(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [ticket["number"] for ticket in response.json()["results"]]


def test_a_ticket_that_is_as_it_was_read_is_not_sent_again(world: World, api: Caller) -> None:
    ticket, client = world.assigned(), api("supervisor")
    url = f"{URL}{ticket.number}/"

    def again(etag: str) -> Any:
        return client.get(url, HTTP_IF_NONE_MATCH=f'"x", W/{etag}')

    etag = client.get(url).headers["ETag"]
    same = again(etag)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    version = Ticket.objects.get(pk=ticket.pk).version
    Attachment.objects.create(ticket=ticket, kind="image", mime_type="image/jpeg", created_at=NOW)
    assert Ticket.objects.get(pk=ticket.pk).version == version
    assert again(etag).status_code == 200
    etag = client.get(url).headers["ETag"]
    assert again(etag).status_code == 304
    add_note(ticket=ticket, actor=world.actor("supervisor"), now=NOW, text="x")
    assert again(etag).status_code == 200


def test_a_ticket_reads_as_the_interface_says(world: World, api: Caller) -> None:
    ticket = world.assigned(
        point=here(),
        location_source=LocationSource.PIN,
        neighbourhood=world.mahalle,
        address="Barbaros Sokak",
        urgent_reason="",
    )
    body = api("supervisor").get(f"{URL}{ticket.number}/").json()
    clocks = body.pop("clocks")
    for list_of in ("events", "attachments", "messages"):
        body.pop(list_of)
    assert body == {
        "number": "MG-2026-000001",
        "version": 1,
        "kind": "talep",
        "channel": "whatsapp",
        "status": "ASSIGNED",
        "outcome": None,
        "priority": "normal",
        "urgent": False,
        "urgent_reason": "",
        "danger": "",
        "danger_unsure": False,
        "claimed_at": None,
        "department": {"code": "FEN", "name": "Fen İşleri"},
        "category": {"code": "yol_cukur", "name": "Çukur"},
        "neighbourhood": {"code": "alpaslan", "name": "Alpaslan"},
        "agency": None,
        "proposed_agency": None,
        "summary": "Okulun önünde çukur var",
        "description": "Okulun önünde çukur var",
        "location": {"lat": 38.72, "lon": 35.49, "source": "pin"},
        "address": "Barbaros Sokak",
        "place_missing": False,
        "description_missing": False,
        "citizen": {"name": "Ayşe Yılmaz", "phone": "+90 5** *** ** 67"},
        "assignee": None,
        "created_at": "2026-11-23T06:00:00Z",
        "updated_at": "2026-11-23T06:00:00Z",
        "planned_for": None,
        "resolved_at": None,
        "closed_at": None,
        "satisfaction": None,
        "duplicate_of": None,
        "reopened": 0,
        "registry_number": "",
        "cimer_number": "",
    }
    assert clocks["legal"]["due_at"] == "2026-12-23T06:00:00Z"
    assert clocks["first_action"]["done_at"] is None
    assert set(clocks) == {"first_action", "resolution", "legal"}


def test_a_ticket_with_nothing_known_reads_as_nulls(world: World, api: Caller) -> None:
    ticket = world.open(citizen=None, category=None)
    body = api("supervisor").get(f"{URL}{ticket.number}/").json()
    for field in (
        "department",
        "category",
        "neighbourhood",
        "location",
        "citizen",
        "assignee",
        "satisfaction",
    ):
        assert body[field] is None
    assert body["clocks"]["resolution"] == {"due_at": None, "done_at": None, "breached": None}


def test_a_target_that_was_met_is_not_breached(world: World, api: Caller) -> None:
    met = world.resolved()
    assert api("supervisor").get(f"{URL}{met.number}/").json()["clocks"]["resolution"] == {
        "due_at": "2026-11-30T14:30:00Z",
        "done_at": "2026-11-23T06:00:00Z",
        "breached": False,
    }


def test_the_timeline_reads_in_order_with_who_and_what(world: World, api: Caller) -> None:
    ticket = world.move(world.assigned(), Status.RESOLVED, by="head_fen", answer="Yapıldı.", note="asfalt")
    events = api("operator").get(f"{URL}{ticket.number}/").json()["events"]
    assert [event["kind"] for event in events] == ["created", "moved", "moved"]
    assert events[2] | {"id": 0, "at": 0} == {
        "id": 0,
        "kind": "moved",
        "at": 0,
        "actor": "head_fen",
        "actor_kind": "staff",
        "from_status": "ASSIGNED",
        "to_status": "RESOLVED",
        "public_text": "Yapıldı.",
        "note": "asfalt",
        "data": {},
        "tell": True,
        "told_at": None,
    }


@pytest.mark.parametrize(
    ("who", "reads"), [("operator", True), ("head_fen", True), ("dpo", True), ("crew_fen", False)]
)
def test_the_conversation_is_there_for_the_roles_that_may_read_it(
    world: World, api: Caller, who: str, reads: bool
) -> None:
    class Channel(channel.NullChannel):
        @override
        def messages(self, _ticket: Ticket, /, *, loose: bool = False) -> list[ChannelMessage]:
            return [ChannelMessage(NOW, "in", "merhaba", "text")]

    ticket = world.assigned()
    before = channel.register(Channel())
    try:
        messages = api(who).get(f"{URL}{ticket.number}/").json()["messages"]
    finally:
        channel.register(before)
    assert [message["text"] for message in messages] == (["merhaba"] if reads else [])


SEES = {
    "admin": {"new", "fen", "fen_restricted", "park"},
    "supervisor": {"new", "fen", "fen_restricted", "park"},
    "dpo": {"new", "fen", "fen_restricted", "park"},
    "operator": {"new", "fen", "park"},
    "head_fen": {"fen", "fen_restricted"},
    "crew_fen": {"fen"},
    "head_park": {"park"},
    "crew_park": {"park"},
    "roleless": set(),
}


@pytest.fixture
def four(world: World) -> dict[str, Ticket]:
    return {
        "new": world.open(category=None),
        "fen": world.assigned(),
        "fen_restricted": world.assigned(category=world.misconduct),
        "park": world.open(department=world.park),
    }


@pytest.mark.parametrize("who", SEES)
def test_the_list_holds_what_the_role_may_see(four: dict[str, Ticket], api: Caller, who: str) -> None:
    assert set(numbers(api(who).get(URL))) == {four[name].number for name in SEES[who]}


@pytest.mark.parametrize("path", ["", "transitions/", "notes/", "assign/"])
@pytest.mark.parametrize("who", SEES)
def test_what_the_role_may_not_see_is_not_found_and_not_changed(
    four: dict[str, Ticket], api: Caller, who: str, path: str
) -> None:
    client = api(who)
    for name, ticket in four.items():
        response = (
            client.post(f"{URL}{ticket.number}/{path}") if path else client.get(f"{URL}{ticket.number}/")
        )
        assert (response.status_code == 404) == (name not in SEES[who]), (name, response.status_code)
    assert set(Ticket.objects.values_list("version", flat=True)) == {1}


def test_a_crew_member_sees_a_restricted_ticket_that_was_given_to_them(world: World, api: Caller) -> None:
    ticket = world.assigned(category=world.misconduct)
    assign(ticket=ticket, actor=world.actor("head_fen"), now=NOW, assignee=world.user("crew_fen"))
    assert numbers(api("crew_fen").get(URL)) == [ticket.number]


def test_somebody_who_was_deactivated_sees_nothing(
    world: World, four: dict[str, Ticket], api: Caller
) -> None:
    client = api("supervisor")
    user = world.user("supervisor")
    user.is_active = False
    user.save()
    assert client.get(URL).status_code == 401


def test_a_photo_that_is_still_fetched_is_listed_without_an_address(world: World, api: Caller) -> None:
    ticket = world.assigned()
    attach_file(
        ticket=ticket,
        actor=Actor.citizen(),
        now=NOW,
        kind=Attachment.Kind.IMAGE,
        mime_type="image/jpeg",
        caption="önü",
    )
    (photo,) = api("crew_fen").get(f"{URL}{ticket.number}/").json()["attachments"]
    assert photo | {"id": 0} == {
        "id": 0,
        "kind": "image",
        "mime_type": "image/jpeg",
        "size": None,
        "state": "fetching",
        "caption": "önü",
        "after": False,
        "warning": "",
        "url": None,
        "thumbnail_url": None,
        "created_at": "2026-11-23T06:00:00Z",
    }


def test_a_citizen_without_a_name_or_number_reads_as_such(world: World, api: Caller) -> None:
    ticket = world.assigned(citizen=Citizen.objects.create())
    assert api("operator").get(f"{URL}{ticket.number}/").json()["citizen"] == {"name": None, "phone": None}


def test_a_ticket_whose_opening_can_still_be_taken_back_is_not_read(world: World, api: Caller) -> None:
    ticket, clerk = world.assigned(), world.actor("operator")
    perform("split", ticket=ticket, description="Lamba", actor=clerk, now=timezone.now())
    split = Ticket.objects.latest("pk").number
    assert numbers(api("supervisor").get(URL)) == [ticket.number]
    assert api("supervisor").get(f"{URL}{split}/").status_code == 404
