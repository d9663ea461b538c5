"""The ticket list of the REST API: pages, filters, orderings."""

from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.tickets.conftest import Caller
from tests.tickets.sharing import beside_the_share
from tests.tickets.world import NOW, World
from tickets.casework.assigning import assign
from tickets.casework.notes import add_note
from tickets.models import Priority, Ticket
from tickets.record.statuses import Status
from tickets.rest_api import paging

URL = "/api/v1/tickets/"


def numbers(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [ticket["number"] for ticket in response.json()["results"]]


def test_pages_follow_each_other_without_gaps_or_repeats_while_new_tickets_come_in(
    world: World, api: Caller
) -> None:
    tickets = [world.open(now=NOW + timedelta(seconds=n // 3)) for n in range(10)]
    client = api("operator")
    page = client.get(URL, {"page_size": 4}).json()
    seen = [ticket["number"] for ticket in page["results"]]
    world.open(now=NOW + timedelta(days=1))
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += [ticket["number"] for ticket in page["results"]]
    assert seen == [ticket.number for ticket in reversed(tickets)]


def at_the_same_moment(count: int) -> None:
    Ticket.objects.bulk_create(
        Ticket(
            number=f"MG-2025-{n:06d}",
            status="NEW",
            kind="talep",
            channel="web",
            created_at=NOW,
            updated_at=NOW,
            legal_due_at=NOW,
        )
        for n in range(count)
    )


@pytest.mark.slow
def test_a_page_has_500_tickets_at_most(world: World, api: Caller) -> None:
    at_the_same_moment(501)
    assert len(numbers(api("operator").get(URL, {"page_size": 500}))) == 500


@pytest.mark.parametrize("size", ["0", "-1", "501", "on", "1.5", "٣", "1" * 5000])
def test_a_page_of_no_size_is_refused(world: World, api: Caller, size: str) -> None:
    refused = api("operator").get(URL, {"page_size": size})
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {"page_size"})


@pytest.mark.parametrize("path", ["tickets", "tickets/changes", "departments", "categories", "agencies"])
def test_what_nothing_reads_is_refused_so_that_no_misspelt_filter_shows_too_much(
    world: World, api: Caller, path: str
) -> None:
    refused = api("operator").get(f"/api/v1/{path}/", {"statuss": "NEW"})
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {"statuss"})


def test_a_list_can_be_of_what_changed_in_a_time(world: World, api: Caller) -> None:
    first, second = world.open(), world.open(now=NOW + timedelta(hours=1))
    client, between = api("operator"), (NOW + timedelta(minutes=30)).isoformat()
    assert numbers(client.get(URL, {"updated_before": between})) == [first.number]
    assert numbers(client.get(URL, {"updated_after": between})) == [second.number]


def test_a_list_says_how_many_there_are_only_if_it_is_asked(
    world: World, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_same_moment(7)
    world.open(category=world.misconduct)  # not theirs to see
    client = api("operator")
    assert "count" not in client.get(URL).json()
    counted = client.get(URL, {"count": "exact", "page_size": "2"}).json()
    assert (counted["count"], len(counted["results"])) == (7, 2)
    again = client.get(counted["next"]).json()
    assert (again["count"], len(again["results"])) == (7, 2)
    assert client.get(URL, {"count": "estimate"}).json()["count"] == 7
    monkeypatch.setattr(paging, "FEW", 3)
    assert client.get(URL, {"count": "estimate"}).json()["count"] >= 4
    assert client.get(URL, {"count": "all"}).status_code == 400


@pytest.mark.slow
def test_pages_lead_through_any_number_of_tickets_that_are_due_at_the_same_moment(
    world: World, api: Caller
) -> None:
    at_the_same_moment(1700)
    page = api("operator").get(URL, {"ordering": "resolution_due_at", "page_size": "500"}).json()
    seen = [ticket["number"] for ticket in page["results"]]
    while page["next"] and len(seen) <= 1700:
        page = api("operator").get(page["next"]).json()
        seen += [ticket["number"] for ticket in page["results"]]
    assert (len(seen), len(set(seen))) == (1700, 1700)


@pytest.mark.parametrize("rows", [10, 100])
def test_a_list_takes_the_same_few_statements_however_long_it_is(
    world: World, api: Caller, rows: int
) -> None:
    for _ in range(rows):
        world.assigned(neighbourhood=world.mahalle)
    client = api("operator")
    client.get(URL)  # the first use of a key makes its row
    with CaptureQueriesContext(connection) as statements:
        assert len(numbers(client.get(URL, {"page_size": 100}))) == rows
    # who signs in and by what key, its pace, roles, tickets, breaches; four tables that they refer to; the access log
    assert len(beside_the_share(statements)) == 11  # one of them for the dangers that duty and claims show


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=NEW", "a"),
        ("status=NEW,RESOLVED", "ac"),
        ("status=NEW&status=RESOLVED", "ac"),
        ("department=FEN", "bc"),
        ("department=FEN,PARK", "bcd"),
        ("category=personel_sikayet", "d"),
        ("category=yol", "abcd"),
        ("neighbourhood=alpaslan", "b"),
        ("kind=sikayet", "d"),
        ("priority=high", "ab"),  # what is urgent begins so
        ("urgent=true", "a"),
        ("overdue=true", "b"),
        ("overdue=false", "acd"),
        ("assignee=crew_fen", "b"),
        ("created_after=2026-11-23T06:00:02Z", "cd"),
        ("created_before=2026-11-23T06:00:02Z", "ab"),
        ("created_before=2026-11-23T09:00:02+03:00", "ab"),  # nobody quoted the plus
        ("created_before=2026-11-23 09:00:02", "ab"),
        ("created_after=2026-11-24", ""),
        ("q=ışığı", "d"),
        ("q=IŞIĞI", "d"),
        ("q=isig direk", "d"),
        ("q=isig cukur", ""),
        ("q=mg-2026-000003", "c"),
        ("q=mg 2026 3", "c"),
        ("q=Başvuru no: MG–2O26–OOO3", "c"),
        ("q=3 nolu başvuru", "c"),
        ("q=000003", "c"),
        ("q=alpaslan", "b"),
        ("q=100%25", ""),
        ("status=RESOLVED&department=PARK", ""),
    ],
)
def test_a_filter_finds_what_it_says(world: World, api: Caller, query: str, found: str) -> None:
    def at(seconds: int) -> datetime:
        return NOW + timedelta(seconds=seconds)

    tickets = {
        "a": world.open(now=at(0), urgent=True),
        "b": world.assigned(now=at(1), neighbourhood=world.mahalle),
        "c": world.resolved(now=at(2)),
        "d": world.open(
            now=at(3),
            department=world.park,
            category=world.misconduct,
            kind="sikayet",
            description="Işığı yanmayan direk",
        ),
    }
    assign(ticket=tickets["b"], actor=world.actor("head_fen"), now=NOW, assignee=world.user("crew_fen"))
    tomorrow = timezone.now() + timedelta(days=1)
    Ticket.objects.update(resolution_due_at=tomorrow)
    Ticket.objects.filter(pk=tickets["b"].pk).update(priority=Priority.HIGH, resolution_due_at=NOW)
    Ticket.objects.filter(pk=tickets["a"].pk).update(resolution_due_at=None)
    response = api("supervisor").get(f"{URL}?{query}")
    assert set(numbers(response)) == {tickets[name].number for name in found}


def test_a_waiting_ticket_becomes_overdue_only_by_the_time_before_it_waited(
    world: World, api: Caller
) -> None:
    in_time = world.move(world.assigned(), Status.WAITING, answer="Nerede?")
    too_late = world.move(world.assigned(), Status.WAITING, answer="Nerede?")
    Ticket.objects.filter(pk=in_time.pk).update(resolution_due_at=NOW + timedelta(hours=1))
    Ticket.objects.filter(pk=too_late.pk).update(resolution_due_at=NOW - timedelta(hours=1))
    client = api("supervisor")
    assert numbers(client.get(f"{URL}?overdue=true")) == [too_late.number]
    assert client.get(f"{URL}{in_time.number}/").json()["clocks"]["resolution"]["breached"] is False


@pytest.mark.parametrize(
    ("ordering", "order"),
    [
        ("created_at", "abc"),
        ("-created_at", "cba"),
        ("updated_at", "bca"),
        ("-updated_at", "acb"),
        ("resolution_due_at", "cab"),  # b has no target and is due by law
        ("-resolution_due_at", "bac"),
    ],
)
@pytest.mark.parametrize("page_size", [1, 50])
def test_an_ordering_orders_across_pages(
    world: World, api: Caller, ordering: str, order: str, page_size: int
) -> None:
    a, b, c = (world.open(now=NOW + timedelta(seconds=n)) for n in range(3))
    add_note(ticket=a, actor=world.actor("operator"), now=NOW + timedelta(minutes=1), text="x")
    Ticket.objects.filter(pk=b.pk).update(resolution_due_at=None)
    Ticket.objects.filter(pk=c.pk).update(resolution_due_at=NOW)
    client = api("operator")
    page = client.get(URL, {"ordering": ordering, "page_size": str(page_size)}).json()
    found = [ticket["number"] for ticket in page["results"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        found += [ticket["number"] for ticket in page["results"]]
    names = {a.number: "a", b.number: "b", c.number: "c"}
    assert "".join(names[number] for number in found) == order


@pytest.mark.parametrize("position", ["p=abc", "p=2026-01-01", "p=\0", "o=abc", "%"])
def test_a_cursor_that_was_made_up_leads_nowhere(world: World, api: Caller, position: str) -> None:
    cursor = b64encode(position.encode()).decode()
    assert api("operator").get(URL, {"cursor": cursor}).status_code in (200, 404)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=DONE", "status"),
        ("department=YOK", "department"),
        ("created_after=dün", "created_after"),
        ("overdue=evet", "overdue"),
        ("urgent=2", "urgent"),
        ("ordering=age", "ordering"),
        ("statu=ASSIGNED", "statu"),
    ],
)
def test_a_filter_that_means_nothing_is_refused_by_name(
    world: World, api: Caller, query: str, field: str
) -> None:
    response = api("operator").get(f"{URL}?{query}")
    assert response.status_code == 400
    assert set(response.json()["errors"]) == {field}


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2026-11-01T00:00:00-21:11", 200),
        ("0904-10-03T10:21:59.94-21:11", 200),
        ("0001-01-01T00:00:00+20:00", 400),
        ("9999-12-31T23:59:59-20:00", 400),
    ],
)
def test_a_moment_with_an_offset_that_no_place_has_is_understood_or_refused(
    world: World, api: Caller, moment: str, status: int
) -> None:
    assert api("operator").get(URL, {"created_after": moment}).status_code == status


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "{number}/"), ("post", "{number}/notes/"), ("post", "{number}/unmask/"), ("post", "")],
)
def test_a_parameter_that_nothing_reads_is_refused_on_one_ticket_too(
    world: World, api: Caller, method: str, path: str
) -> None:
    url = URL + path.format(number=world.assigned().number) + "?alanlar=status"
    response = getattr(api("operator"), method)(
        url, {"text": "Arandı.", "description": "Çukur"} if method == "post" else {}
    )
    assert (response.status_code, set(response.json()["errors"])) == (400, {"alanlar"})
