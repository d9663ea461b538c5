"""Changing tickets over the API."""

from typing import Any

import pytest
from django.db.models import F

from tests.tickets.conftest import Caller
from tests.tickets.world import FUTURE, World
from tickets.casework import notes
from tickets.models import Ticket

URL = "/api/v1/tickets/"


def test_a_transition_answers_with_the_ticket_as_it_now_is(world: World, api: Caller) -> None:
    ticket = world.assigned()
    response = api("head_fen").post(
        f"{URL}{ticket.number}/transitions/",
        {"to": "PLANNED", "version": 1, "planned_for": FUTURE.isoformat(), "note": "ekip 2"},
        format="json",
    )
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["planned_for"]) == (
        "PLANNED",
        FUTURE.isoformat(),
    )
    assert response.json()["version"] == 2
    etag = response.headers["ETag"]
    assert etag.startswith('"2-')
    url = f"{URL}{response.json()['number']}/"
    assert api("head_fen").get(url, HTTP_IF_NONE_MATCH=etag).status_code == 304
    assert ticket.events.filter(actor=world.user("head_fen"), to_status="PLANNED", note="ekip 2").exists()


@pytest.mark.parametrize(
    ("body", "who", "changes"),
    [
        ({"to": "REDIRECTED", "agency": "kaski"}, "operator", {"agency": {"code": "kaski", "name": "KASKİ"}}),
        (
            {"to": "DUPLICATE", "duplicate_of": "MG-2026-000001"},
            "operator",
            {"duplicate_of": "MG-2026-000001"},
        ),
        ({"to": "ASSIGNED", "department": "PARK"}, "operator", {"status": "ASSIGNED", "assignee": None}),
        ({"to": "NEW", "reason": "park işi"}, "crew_fen", {"department": None}),
    ],
)
def test_a_transition_names_things_by_their_codes(
    world: World, api: Caller, body: dict[str, Any], who: str, changes: dict[str, Any]
) -> None:
    world.assigned()
    ticket = world.assigned()
    response = api(who).post(f"{URL}{ticket.number}/transitions/", body, format="json")
    assert response.status_code == 200, response.content
    assert response.json().items() >= changes.items()


@pytest.mark.parametrize(
    ("who", "body", "status", "slug"),
    [
        ("dpo", {"to": "RESOLVED", "version": 9}, 409, "stale-version"),
        ("dpo", {"to": "CLOSED"}, 409, "no-such-move"),
        ("dpo", {"to": "RESOLVED"}, 403, "not-allowed"),
        ("operator", {"to": "RESOLVED", "answer": "Yapıldı."}, 403, "not-allowed"),
        ("crew_fen", {"to": "REJECTED", "answer": "x", "reason": "y"}, 403, "not-allowed"),
        ("head_fen", {"to": "RESOLVED"}, 400, "invalid"),
        ("head_fen", {"to": "RESOLVED", "answer": "  "}, 400, "invalid"),
        ("head_fen", {"to": "PLANNED", "planned_for": "yarın"}, 400, "invalid"),
        ("operator", {"to": "REDIRECTED", "agency": "yok"}, 400, "invalid"),
        ("operator", {}, 400, "invalid"),
        ("operator", {"to": "FIXED"}, 400, "invalid"),
        ("operator", {"to": "DUPLICATE", "duplicate_of": "\0"}, 400, "invalid"),
        ("operator", ["REDIRECTED"], 400, "invalid"),
    ],
)
def test_a_refused_transition_says_why_and_changes_nothing(
    world: World, api: Caller, who: str, body: dict[str, Any], status: int, slug: str
) -> None:
    ticket = world.assigned()
    response = api(who).post(f"{URL}{ticket.number}/transitions/", body, format="json")
    problem = response.json()
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.status_code, problem["status"]) == (status, status)
    assert problem["type"].endswith(f"/{slug}")
    assert problem["title"]
    assert problem["detail"]
    assert ("errors" in problem) == (status == 400)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.version, ticket.events.count()) == ("ASSIGNED", 1, 2)


def test_every_missing_field_is_named(world: World, api: Caller) -> None:
    ticket = world.assigned()
    response = api("head_fen").post(f"{URL}{ticket.number}/transitions/", {"to": "REJECTED"}, format="json")
    assert set(response.json()["errors"]) == {"reason", "answer"}


def test_a_ticket_one_cannot_see_is_no_target_for_a_duplicate(world: World, api: Caller) -> None:
    hidden = world.assigned(category=world.misconduct)
    ticket = world.assigned()
    body = {"to": "DUPLICATE", "duplicate_of": hidden.number}
    response = api("operator").post(f"{URL}{ticket.number}/transitions/", body, format="json")
    assert set(response.json()["errors"]) == {"duplicate_of"}


@pytest.mark.parametrize(
    ("path", "body"),
    [("transitions", {"to": "IN_PROGRESS"}), ("notes", {"text": "x"}), ("assign", {"assignee": "crew_fen"})],
)
def test_if_match_lets_a_write_through_only_on_the_version_that_was_read(
    world: World, api: Caller, path: str, body: dict[str, Any]
) -> None:
    ticket = world.assigned()
    client = api("head_fen")
    etag = client.get(f"{URL}{ticket.number}/").headers["ETag"]
    url = f"{URL}{ticket.number}/{path}/"
    refused = client.post(url, body, format="json", HTTP_IF_MATCH='"7"')
    assert (refused.status_code, refused.headers["Content-Type"]) == (412, "application/problem+json")
    assert client.post(url, body, format="json", HTTP_IF_MATCH=etag).status_code in (200, 201)
    assert client.post(url, body, format="json", HTTP_IF_MATCH=etag).status_code == 412


def test_a_ticket_that_changes_between_the_comparison_and_the_write_fails_the_precondition_too(
    world: World, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, client = world.assigned(), api("head_fen")

    def late(**given: Any) -> Ticket:
        Ticket.objects.filter(pk=ticket.pk).update(version=F("version") + 1)
        return add_note(**given)

    add_note = notes.add_note
    monkeypatch.setattr("tickets.rest_api.views.add_note", late)
    url, etag = f"{URL}{ticket.number}/notes/", client.get(f"{URL}{ticket.number}/").headers["ETag"]
    assert client.post(url, {"text": "x"}, format="json", HTTP_IF_MATCH=etag).status_code == 412
    asked = {"text": "x", "version": Ticket.objects.get(pk=ticket.pk).version}
    assert client.post(url, asked, format="json").status_code == 409


def test_a_note_is_written_by_whoever_signed_in(world: World, api: Caller) -> None:
    ticket = world.assigned()
    response = api("crew_fen").post(
        f"{URL}{ticket.number}/notes/", {"text": "Yerinde görüldü"}, format="json"
    )
    assert response.status_code == 201
    assert (
        response.json()["events"][-1].items()
        >= {"kind": "note", "note": "Yerinde görüldü", "actor": "crew_fen"}.items()
    )


@pytest.mark.parametrize(("path", "body"), [("notes", {"text": "x"}), ("assign", {"assignee": "crew_fen"})])
def test_the_personal_data_officer_only_reads(
    world: World, api: Caller, path: str, body: dict[str, Any]
) -> None:
    ticket = world.assigned()
    assert api("dpo").post(f"{URL}{ticket.number}/{path}/", body, format="json").status_code == 403
    assert ticket.events.count() == 2


def test_assigning_sends_to_a_department_and_gives_to_a_person(world: World, api: Caller) -> None:
    ticket = world.open()
    body = {"department": "PARK", "assignee": "crew_park"}
    answer = api("operator").post(f"{URL}{ticket.number}/assign/", body, format="json").json()
    assert (answer["status"], answer["department"]["code"], answer["assignee"]) == (
        "ASSIGNED",
        "PARK",
        "crew_park",
    )


def test_assigning_to_nobody_is_refused(world: World, api: Caller) -> None:
    response = api("operator").post(f"{URL}{world.open().number}/assign/", {}, format="json")
    assert response.status_code == 400
    assert set(response.json()["errors"]) == {"department", "assignee"}
