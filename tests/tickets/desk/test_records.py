"""The read-only lists of the back office: searching, and counts that are capped."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.tickets.world import NOW, World, sign_in
from tickets.access_log import record_admin
from tickets.casework.assigning import assign
from tickets.models import Access, Citizen, Ticket, TicketEvent
from tickets.record.search import people_named

CITIZENS = "/admin/tickets/citizen/"


def named(text: str) -> list[str]:
    return sorted(str(person) for person in people_named(Citizen.objects.all(), text, Ticket.objects.all()))


@pytest.mark.parametrize("text", ["ışıl çağ", "ISIL CAG", "İşil", "çağrı", "sil cag"])
def test_a_name_is_found_however_its_letters_are_written(world: World, text: str) -> None:
    Citizen.objects.create(name="Işıl Çağrı")
    assert named(text) == ["Işıl Çağrı"]


@pytest.mark.parametrize("text", ["0532 123 45 67", "+905321234567", "00905321234567", "532 123 45 67"])
def test_somebody_is_found_by_the_telephone_number_however_it_is_written(world: World, text: str) -> None:
    assert named(text) == ["Ayşe Yılmaz"]


@pytest.mark.parametrize("text", ["123 45 67", "1234567", "0532 123", "+90532123456", "053212345678"])
def test_nobody_is_found_by_a_part_of_a_telephone_number(world: World, text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize("address", ["/admin/tickets/citizen/", "/admin/tickets/ticket/", "/api/v1/tickets/"])
def test_who_searches_for_a_telephone_number_stands_in_the_access_log(world: World, address: str) -> None:
    world.assigned()
    client = sign_in(world, "operator")
    for text in ("0532 123 45 67", "0555 999 99 99", "0555 999 99 98", "cukur"):
        client.get(address, {"q": text})
    found = (
        Access.objects.filter(what="searched").order_by("id").values_list("what", "by__username", "citizens")
    )
    nobody: tuple[str, str, list[int]] = ("searched", "operator", [])
    assert list(found) == [("searched", "operator", [world.citizen.pk]), nobody, nobody, nobody]


@pytest.mark.parametrize("address", ["/admin/tickets/citizen/", "/admin/tickets/ticket/", "/api/v1/tickets/"])
@pytest.mark.parametrize(
    ("who", "finds"),
    [("operator", True), ("supervisor", True), ("dpo", True), ("head_fen", True), ("crew_fen", False)],
)
def test_the_last_four_digits_find_those_whose_number_the_user_may_open(
    world: World, address: str, who: str, finds: bool
) -> None:
    ticket = world.assigned()
    name = "Ayşe Yılmaz" if "citizen" in address else ticket.number
    page = sign_in(world, who).get(address, {"q": "4567"}).content.decode()
    assert (name in page) is finds
    entry = Access.objects.get(what="searched")
    assert (entry.by, entry.citizens) == (world.user(who), [world.citizen.pk] if finds else [])


def test_the_last_four_digits_find_whoever_the_ticket_was_given_to(world: World) -> None:
    ticket = world.assigned()
    crew = world.user("crew_fen")
    assign(ticket=ticket, actor=world.actor("head_fen"), now=NOW, assignee=crew)
    page = sign_in(world, "crew_fen").get("/admin/tickets/ticket/", {"q": "4567"}).content.decode()
    assert ticket.number in page


@pytest.mark.parametrize("text", ["567", "34567", "1234", "٤٥٦٧"])
def test_no_other_part_of_a_number_finds_a_ticket(world: World, text: str) -> None:
    ticket = world.assigned()
    page = sign_in(world, "supervisor").get("/admin/tickets/ticket/", {"q": text}).content.decode()
    assert ticket.number not in page


@pytest.mark.parametrize("text", ["Ba[a-z]ka", "0000000", "Baska Biri Daha"])
def test_what_is_searched_for_is_no_pattern(world: World, text: str) -> None:
    Citizen.objects.create(name="Başka Biri")
    assert named(text) == []


def test_a_citizens_page_shows_the_tickets_that_the_user_may_see(world: World) -> None:
    seen, hidden = world.assigned(), world.open(department=world.park)
    html = sign_in(world, "head_fen").get(f"{CITIZENS}{world.citizen.pk}/change/").content.decode()
    assert seen.number in html
    assert hidden.number not in html


@pytest.mark.parametrize(
    ("text", "found"), [("mg2026/1", True), ("MG-2026-000001", True), ("mg 2026 2", False)]
)
def test_what_happened_to_a_ticket_is_found_by_its_number_however_spelt(
    world: World, text: str, found: bool
) -> None:
    number = world.assigned().number
    page = sign_in(world, "supervisor").get("/admin/tickets/ticketevent/", {"q": text})
    assert (number in page.content.decode()) == found


def test_a_long_list_is_counted_no_further_than_it_is_worth(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_admin, "MOST_COUNTED", 3)
    for _ in range(4):
        world.open()
    assert TicketEvent.objects.count() > 3
    client = sign_in(world, "supervisor")
    with CaptureQueriesContext(connection) as said:
        html = client.get("/admin/tickets/ticketevent/").content.decode()
        statements = [each["sql"] for each in said.captured_queries]
    assert "3 zaman" in " ".join(html.split())
    assert all("LIMIT 3" in sql for sql in statements if "COUNT(" in sql)


def test_a_number_of_rows_is_said_as_turkish_says_it(world: World) -> None:
    html = sign_in(world, "supervisor").get("/admin/departments/department/").content.decode()
    assert "2 müdürlük</div>" in html


def test_an_entry_of_the_timeline_names_what_it_is_about(world: World) -> None:
    event = world.assigned().events.latest("id")
    html = sign_in(world, "dpo").get(f"/admin/tickets/ticketevent/{event.pk}/change/").content.decode()
    assert "Birim: Fen İşleri" in html
    assert "from_department" not in html
    row = sign_in(world, "dpo").get("/admin/tickets/ticketevent/").content.decode()
    assert "Alındı → Birime iletildi" in row
