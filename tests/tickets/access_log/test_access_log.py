"""The access log: what leaves which entry, and how the officer reads it. That it is complete: tests/test_matrix.py."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tests import scenarios
from tests.scenarios import Story
from tests.tickets.conftest import Caller
from tests.tickets.world import World, sign_in
from tickets.access_log.request_notes import AccessNote
from tickets.access_log.writing import log_access
from tickets.models import Access, Citizen, Ticket

API = "/api/v1/tickets/"


@pytest.fixture
def story(world: World, settings: Settings, tmp_path: Path) -> Story:
    settings.MEDIA_ROOT = str(tmp_path)
    return scenarios.tell(world, "own", "Mavikelam", "+905321110001", department=world.fen)


def whole(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def entries(who: str) -> list[tuple[str, list[str]]]:
    rows = Access.objects.filter(by__username=who).order_by("id")
    return list(rows.values_list("what", "tickets"))


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("/admin/tickets/ticket/{ticket}/change/", "opened"),
        ("/admin/tickets/ticket/{ticket}/print/", "opened"),
        ("/admin/tickets/ticket/{ticket}/file/{attachment}/file/", "opened"),
        ("/admin/saha/{number}/", "opened"),
        ("/admin/bekleyenler/{waitingconversation}/", "opened"),
        ("/admin/tickets/attachment/{attachment}/change/", "opened"),
        ("/admin/whatsapp/conversation/{conversation}/change/", "opened"),
        ("/admin/whatsapp/message/{message}/change/", "raw"),
        ("/admin/whatsapp/inbounddelivery/{inbounddelivery}/change/", "raw"),
        ("/admin/tickets/citizen/{citizen}/change/", "opened"),
        ("/api/v1/tickets/{number}/", "opened"),
    ],
)
def test_a_record_that_is_opened_leaves_one_entry_that_names_whose_it_is(
    world: World, story: Story, address: str, what: str
) -> None:
    keys = {name.partition(".")[2]: key for name, key in story.rows.items()}
    client = sign_in(world, "supervisor")
    answer = client.get(address.format(number=story.ticket.number, **keys))
    assert (answer.status_code, bool(whole(answer))) == (200, True)
    entry = Access.objects.get(by__username="supervisor")
    assert entry.what == what
    assert entry.tickets == [story.ticket.number] or entry.citizens == [story.ticket.citizen_id]
    assert entry.record


def test_it_costs_one_statement_of_a_page(world: World, story: Story) -> None:
    client = sign_in(world, "supervisor")
    for path in (
        "/admin/tickets/ticket/",
        f"/admin/whatsapp/message/{story.rows['whatsapp.message']}/change/",
    ):
        with CaptureQueriesContext(connection) as said:
            client.get(path)
        assert sum("tickets_access" in each["sql"] for each in said.captured_queries) == 1


def test_a_list_leaves_one_entry_for_each_user_page_and_hour(world: World, story: Story) -> None:
    clock = {"by": world.user("operator").pk, "record": "", "entries": [AccessNote(Access.What.LISTED)]}
    for minute in (5, 45):
        log_access(page="a", now=datetime(2026, 11, 23, 9, minute, tzinfo=UTC), **clock)  # type: ignore[arg-type]
    log_access(page="b", now=datetime(2026, 11, 23, 9, 45, tzinfo=UTC), **clock)  # type: ignore[arg-type]
    log_access(page="a", now=datetime(2026, 11, 23, 10, 1, tzinfo=UTC), **clock)  # type: ignore[arg-type]
    found = Access.objects.order_by("at", "page").values_list("at__hour", "page")
    assert list(found) == [(12, "a"), (12, "b"), (13, "a")]


@pytest.mark.parametrize("address", ["/admin/tickets/ticket/", API])
def test_a_list_that_is_looked_at_again_leaves_no_second_entry(
    world: World, story: Story, address: str
) -> None:
    client = sign_in(world, "operator")
    for _ in range(3):
        client.get(address)
    assert entries("operator") == [("listed", [])]


@pytest.mark.parametrize(
    "address", ["/admin/tickets/ticket/export/", f"{API}?format=csv", f"{API}?format=xlsx"]
)
def test_each_export_leaves_an_entry(world: World, story: Story, address: str) -> None:
    client = sign_in(world, "operator")
    for _ in range(2):
        whole(client.get(address))
    assert entries("operator") == [("exported", []), ("exported", [])]


def test_a_form_that_is_refused_shows_the_ticket_and_leaves_an_entry(world: World, story: Story) -> None:
    sign_in(world, "operator").post(f"/admin/tickets/ticket/{story.ticket.pk}/note/", {"text": ""})
    assert entries("operator") == [("opened", [story.ticket.number])]


def test_what_was_not_shown_leaves_none(world: World, story: Story) -> None:
    client = sign_in(world, "head_park")
    assert client.get(f"/admin/tickets/ticket/{story.ticket.pk}/change/").status_code == 404
    assert client.get(f"{API}{story.ticket.number}/").status_code == 404
    assert client.get("/admin/kisisel-veri/").status_code == 403
    assert not Access.objects.exists()


def test_a_photo_that_is_opened_by_its_signed_address_names_whom_it_was_given_to(
    world: World, story: Story, api: Caller
) -> None:
    files = api("operator").get(f"{API}{story.ticket.number}/").json()["attachments"]
    whole(Client().get(files[0]["url"]))
    whole(Client().get(files[0]["thumbnail_url"]))
    assert entries("operator") == [("opened", [story.ticket.number])] * 2  # the ticket and the photo


@pytest.mark.parametrize("who", ["operator", "supervisor", "dpo"])
def test_the_api_shows_a_masked_number_until_it_is_unmasked_by_a_call_of_its_own(
    world: World, story: Story, api: Caller, who: str
) -> None:
    client = api(who)
    told = client.get(f"{API}{story.ticket.number}/").json()["citizen"]["phone"]
    listed = client.get(API).json()["results"][0]["citizen"]["phone"]
    assert (told, listed) == ("+90 5** *** ** 01",) * 2
    answer = client.post(f"{API}{story.ticket.number}/unmask/")
    assert answer.json() == {"phone": "+905321110001"}
    assert entries(who)[-1] == ("unmasked", [story.ticket.number])
    assert story.ticket.events.latest("id").kind == "unmasked"


def test_the_api_unmasks_for_those_who_work_on_the_ticket_alone(
    world: World, story: Story, api: Caller
) -> None:
    assert api("crew_fen").post(f"{API}{story.ticket.number}/unmask/").status_code == 403
    assert api("head_park").post(f"{API}{story.ticket.number}/unmask/").status_code == 404
    assert not Access.objects.filter(what="unmasked").exists()


def test_a_key_that_may_not_read_unmasks_nothing(world: World, story: Story, api: Caller) -> None:
    assert api("operator", reads=False).post(f"{API}{story.ticket.number}/unmask/").status_code == 403


def test_a_number_that_is_opened_on_the_page_leaves_an_entry(world: World, story: Story) -> None:
    client = sign_in(world, "operator")
    assert client.post(f"/admin/tickets/ticket/{story.ticket.pk}/phone/").json() == {"phone": "+905321110001"}
    assert entries("operator") == [("unmasked", [story.ticket.number])]


@pytest.mark.slow
def test_a_danger_whose_page_shows_the_number_in_full_is_an_unmasking(world: World, story: Story) -> None:
    ticket = world.open(citizen=story.ticket.citizen, danger="fire", urgent=True, department=world.fen)
    sign_in(world, "supervisor").get(f"/admin/tickets/ticket/{ticket.pk}/change/")
    assert entries("supervisor") == [("opened", [ticket.number]), ("unmasked", [ticket.number])]
    sign_in(world, "operator").get(f"/admin/tickets/ticket/{ticket.pk}/change/")
    assert entries("operator") == [("opened", [ticket.number])]


def test_a_caller_who_is_looked_up_by_telephone_leaves_an_entry(world: World, story: Story) -> None:
    sign_in(world, "operator").post("/admin/yeni/arayan/", {"phone": "0532 111 00 01"})
    assert Access.objects.filter(what="searched", citizens=[story.ticket.citizen_id]).count() == 1


# --- the officer's page ---------------------------------------------------------------------------------------------


def shown(client: Client, **asked: Any) -> set[str]:
    """The records that the list shows."""
    html = client.get("/admin/tickets/access/", asked).content.decode()
    return {record for record in ("K1", "K2", "K3") if f">{record}<" in html}


@pytest.fixture
def logged(world: World, story: Story) -> Client:
    other, mine = Citizen.objects.create(name="Veli Demir"), story.ticket.citizen_id or 0
    rows: list[tuple[str, str, list[str], list[int], int]] = [
        ("K1", "operator", [story.ticket.number], [mine], 20),
        ("K2", "supervisor", [], [mine], 21),
        ("K3", "operator", ["MG-2026-000777"], [other.pk], 21),
    ]
    for record, who, tickets, citizens, day in rows:
        at = datetime(2026, 11, day, 21, 30, tzinfo=UTC)
        Access.objects.create(
            at=at,
            what="opened",
            by=world.user(who),
            record=record,
            tickets=tickets,
            citizens=citizens,
            page="saha_is",
        )
    return sign_in(world, "dpo")


def test_the_officer_finds_who_looked(logged: Client) -> None:
    assert shown(logged) == {"K1", "K2", "K3"}
    assert shown(logged, kim="supervisor") == {"K2"}


@pytest.mark.slow
def test_the_officer_finds_whom_they_looked_at(logged: Client, story: Story) -> None:
    assert shown(logged, kime=story.ticket.number) == {"K1"}
    assert shown(logged, kime="0532 111 00 01") == {"K1", "K2"}
    assert shown(logged, kime=f"Vatandaş {story.ticket.citizen_id}") == {"K1", "K2"}
    assert shown(logged, kime="mg2026/777") == {"K3"}
    assert shown(logged, kime="nobody") == set()


def test_the_officers_own_search_by_telephone_leaves_an_entry(logged: Client, story: Story) -> None:
    logged.get("/admin/tickets/access/", {"kime": "0532 111 00 01"})
    entry = Access.objects.get(what="searched")
    assert (entry.by and entry.by.username, entry.citizens) == ("dpo", [story.ticket.citizen_id])


def test_the_officer_finds_the_day_as_the_city_counts_it(logged: Client) -> None:
    assert shown(logged, gun="21.11.2026") == {"K1"}  # half past nine in the evening, half past midnight here
    assert shown(logged, gun="22.11.2026") == {"K2", "K3"}
    assert shown(logged, gun="yesterday") == set()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_officer_takes_what_was_found_as_a_file_and_that_leaves_an_entry(
    logged: Client, form: str
) -> None:
    answer = logged.get("/admin/tickets/access/indir/", {"kim": "supervisor", "form": form})
    content = whole(answer)
    assert content.startswith(b"\xef\xbb\xbfNo" if form == "csv" else b"PK")
    if form == "csv":
        assert b"K2" in content
        assert b"K1" not in content
    assert entries("dpo") == [("exported", [])]


@pytest.mark.parametrize("who", ["operator", "supervisor", "head_fen", "crew_fen", "roleless"])
def test_nobody_else_reads_the_log(world: World, who: str) -> None:
    client = sign_in(world, who)
    assert client.get("/admin/tickets/access/").status_code == 403
    assert client.get("/admin/tickets/access/indir/").status_code == 403


@pytest.mark.parametrize("name", ["kim", "kime", "gun"])
@pytest.mark.parametrize("value", ["9" * 5_000, "٣٣", "MG-2026-" + "9" * 40, "31.02.2026"])
def test_whatever_is_typed_into_a_filter_finds_nobody_and_breaks_nothing(
    logged: Client, name: str, value: str
) -> None:
    answer = logged.get("/admin/tickets/access/", {name: value, "_facets": "True"})
    assert answer.status_code == 200
    assert shown(logged, **{name: value}) == set()


@pytest.mark.parametrize(
    "address", ["/admin/tickets/ticket/", "/admin/tickets/citizen/", "/admin/tickets/ticketevent/", API]
)
def test_each_search_leaves_an_entry_without_the_words(world: World, story: Story, address: str) -> None:
    client = sign_in(world, "operator")
    for words in ("Mavikelam", "Yılmaz"):
        client.get(address, {"q": words})
    found = Access.objects.filter(what="searched").values_list("page", "record", "reason", "citizens")
    assert len(found) == 2
    assert not any("avikelam" in str(entry) for entry in found)


@pytest.mark.parametrize("address", ["/admin/tickets/ticket/", "/admin/tickets/citizen/", API])
@pytest.mark.parametrize(("who", "named"), [("head_fen", True), ("head_park", False)])
def test_a_search_by_telephone_names_only_those_whom_it_may_show(
    world: World, story: Story, address: str, who: str, named: bool
) -> None:
    sign_in(world, who).get(address, {"q": story.phone})
    assert Access.objects.get(what="searched").citizens == ([story.ticket.citizen_id] if named else [])


def test_a_caller_with_nothing_but_a_restricted_ticket_is_not_named(world: World, story: Story) -> None:
    Ticket.objects.filter(citizen=story.ticket.citizen).update(restricted=True)
    sign_in(world, "operator").post("/admin/yeni/arayan/", {"phone": story.phone})
    assert not Access.objects.filter(citizens__contains=[story.ticket.citizen_id]).exists()


def test_a_page_that_looks_again_by_itself_searches_nothing_anew(world: World, story: Story) -> None:
    sign_in(world, "operator").get("/admin/tickets/ticket/", {"q": "Mavikelam", "live": "1"})
    assert not Access.objects.filter(what="searched").exists()


def test_another_ticket_that_is_shown_by_its_number_stands_in_the_log(world: World, story: Story) -> None:
    page = world.assigned()
    asked = {"q": story.ticket.number[-6:]}
    sign_in(world, "operator").get(f"/admin/tickets/ticket/{page.pk}/numbered/", asked)
    assert Access.objects.get(what="opened").tickets == [story.ticket.number]


@pytest.mark.parametrize("by", ["known", "phone"])
def test_a_caller_who_is_named_stands_in_the_log(world: World, story: Story, by: str) -> None:
    asked = {"known": str(story.ticket.citizen_id), "phone": story.phone}
    sign_in(world, "operator").post("/admin/yeni/arayan/", {by: asked[by]})
    entry = Access.objects.get(what="opened")
    assert (entry.citizens, entry.tickets) == ([story.ticket.citizen_id], [story.ticket.number])


def test_a_field_of_a_form_offers_what_a_form_of_ours_asks_for_alone(world: World, story: Story) -> None:
    def offered(model: str, field: str) -> int:
        asked = {"app_label": "tickets", "model_name": model, "field_name": field, "term": ""}
        return sign_in(world, "admin").get("/admin/autocomplete/", asked).status_code

    assert [offered("ticket", "citizen"), offered("ticket", "assignee"), offered("apikey", "user")] == [
        403,
        403,
        200,
    ]


def test_a_call_that_is_logged_beside_the_list_opens_no_page(world: World, story: Story) -> None:
    client, address = sign_in(world, "operator"), f"/admin/tickets/citizen/{story.ticket.citizen_id}/do/call/"
    json = {"Accept": "application/json"}
    assert client.post(address, {"result": "talked"}, headers=json).json() == {"said": ""}
    refused = client.post(address, {"result": "x"}, headers=json)
    assert (refused.status_code, "Arama" in refused.json()["reason"]) == (400, False)
    assert not Access.objects.filter(page="admin:tickets_citizen_change").exists()
