"""The queue of the back office."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.common.durations import span, waited
from departments.common.search_words import TooManyWordsError
from tests.attachments import attach_file
from tests.tickets.world import NOW, World, sign_in
from tickets.back_office.clock_cells import clock_of
from tickets.casework.assigning import assign
from tickets.casework.descriptions import describe
from tickets.casework.registry import register
from tickets.desk.queue.paging import PAGE
from tickets.desk.queue.tabs import MOST_COUNTED, TABS
from tickets.files.storage import StoredFile
from tickets.models import Attachment, Citizen, Ticket
from tickets.presence.marking import mark_viewed
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from whatsapp.models import Conversation

LIST = "/admin/tickets/ticket/"
SignIn = Callable[[str], Client]
MOST_STATEMENTS = 15
COPIES = 5_000  # numbers above are those of tickets made by the hundred


@pytest.fixture
def desk(world: World) -> SignIn:
    return lambda username: sign_in(world, username)


def listed(client: Client, query: str = "") -> list[str]:
    """The running numbers on the page, in their order."""
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    return re.findall(r'class="number" [^>]+><span>MG-2026-</span>0*(\d+)<', response.content.decode())


def counts(client: Client) -> dict[str, str]:
    html = client.get(LIST).content.decode()
    return dict(re.findall(r'class="count[^"]* (\w+)">([\d+]+)<', html))


def one_for_each_tab(world: World) -> dict[str, Ticket]:
    fen = {"neighbourhood": world.mahalle}
    tickets = {
        "new": world.open(),
        "late": world.assigned(**fen),
        "urgent": world.assigned(urgent=True, urgent_reason="elektrik teli"),
        "waiting": world.move(world.assigned(), Status.WAITING, answer="Hangi sokak?"),
        "review": world.move(world.assigned(), Status.REVIEW, answer="Kapatıldı."),
        "ended": world.resolved(),
    }
    assign(ticket=tickets["late"], actor=world.actor("head_fen"), now=NOW, assignee=world.user("crew_fen"))
    Ticket.objects.update(resolution_due_at=timezone.now() + timedelta(days=1))
    Ticket.objects.filter(pk=tickets["late"].pk).update(resolution_due_at=NOW - timedelta(days=1))
    return tickets


@pytest.mark.parametrize(
    ("who", "tab", "found"),
    [
        ("operator", "yeni", {"new", "urgent"}),
        ("operator", "okunmamis", {"new", "late", "urgent", "waiting", "review"}),
        ("operator", "benim", set()),
        ("crew_fen", "benim", {"late"}),
        ("operator", "birimim", {"new", "urgent"}),
        ("head_fen", "birimim", {"late", "urgent", "waiting", "review"}),
        ("head_park", "birimim", set()),
        ("operator", "geciken", {"late"}),
        ("operator", "acil", {"urgent"}),
        ("operator", "bilgi", {"waiting"}),
        ("operator", "onay", {"review"}),
        ("operator", "tumu", {"new", "late", "urgent", "waiting", "review", "ended"}),
        ("operator", "yok-boyle-sekme", {"new", "late", "urgent", "waiting", "review", "ended"}),
    ],
)
def test_a_tab_holds_what_its_name_says(
    world: World, desk: SignIn, who: str, tab: str, found: set[str]
) -> None:
    tickets = one_for_each_tab(world)
    numbers = listed(desk(who), f"tab={tab}")
    if tab == "yok-boyle-sekme":
        assert numbers == []  # nobody acts on more than was meant
    else:
        assert numbers == [
            str(int(ticket.number[-6:])) for name, ticket in reversed(tickets.items()) if name in found
        ]


@pytest.mark.slow
def test_the_tabs_are_counted_for_whoever_looks(world: World, desk: SignIn) -> None:
    one_for_each_tab(world)
    everybody = {
        "yeni": "2",
        "okunmamis": "5",
        "benim": "0",
        "birimim": "2",
        "geciken": "1",
        "acil": "1",
        "bilgi": "1",
        "onay": "1",
    }
    assert counts(desk("operator")) == everybody
    assert counts(desk("crew_fen"))["benim"] == "1"
    assert set(counts(desk("crew_park")).values()) == {"0"}


def test_a_count_ends_where_it_says_nothing_more(world: World, desk: SignIn) -> None:
    ticket = world.open()
    Ticket.objects.bulk_create(_copy(ticket, n) for n in range(MOST_COUNTED + 5))
    assert counts(desk("operator"))["yeni"] == "99+"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ÇUKUR", "abc"),
        ("q=MG-2026-000002", "b"),
        ("q=mg2026/2", "b"),
        ("q=başvuru+no+2", "b"),
        ("q=başvuru+no+9", ""),
        ("q=000002", "b"),
        ("q=park", ""),
        ("q=ayse+YILMAZ", "ab"),
        ("q=zeynep+cukur", "c"),
        ("q=0532+123+45+67", "ab"),
        ("q=%2B90+532+123+4567", "ab"),
        ("q=1234567", ""),
        ("q=532123456", ""),
        ("q=905559999999", ""),
        ("q=on+va", "ab"),
        ("status=NEW", "bc"),
        ("status=NEW&status=ASSIGNED", "abc"),
        ("department=FEN", "a"),
        ("department=yok", "bc"),
        ("department=FEN&department=yok", "abc"),
        ("category=yol_cukur", "abc"),
        ("neighbourhood=alpaslan", "a"),
        ("neighbourhood=yok", "bc"),
        ("kind=sikayet", "c"),
        ("overdue=on", "a"),
        ("since=2026-11-24", "c"),
        ("until=2026-11-23", "ab"),
        ("since=2026-11-23&until=2026-11-23", "ab"),
        ("score=5", ""),
        ("channel=telefon", "b"),
        ("channel=telefon&channel=whatsapp", "abc"),
        ("assignee=yok", "bc"),
        ("assignee=crew_fen", "a"),
        ("assignee=ben", ""),
        ("assignee=crew_fen&assignee=yok", "abc"),
        ("unread=on", "bc"),
        ("danger=on", ""),
        ("language=ar", "c"),
        ("language=tr", "ab"),
        ("language=en", ""),
        ("q=E-17-622/98", "a"),
        ("q=2026/4711", "b"),
        ("status=OLMAYAN", ""),
        ("since=2026-11-24&until=2026-11-23", ""),
        ("tab=yeni&kind=sikayet", "c"),
    ],
)
def test_the_queue_is_searched_and_filtered(world: World, desk: SignIn, query: str, found: str) -> None:
    zeynep = Citizen.objects.create(name="Zeynep Şahin", phone="+905441112233")
    tickets = {
        "a": world.assigned(neighbourhood=world.mahalle),
        "b": world.open(),
        "c": world.open(
            now=NOW + timedelta(days=1), kind="sikayet", citizen=zeynep, description="Çukur kapanmadı"
        ),
    }
    _tell_more(world, tickets, zeynep)
    numbers = listed(desk("supervisor"), query.replace("crew_fen", str(world.user("crew_fen").pk)))
    assert sorted(numbers) == [str(int(tickets[name].number[-6:])) for name in found]


def _tell_more(world: World, tickets: dict[str, Ticket], zeynep: Citizen) -> None:
    """The first is late, in hand, read and registered; the second came by telephone; the third is written in Arabic."""
    Ticket.objects.update(resolution_due_at=None)
    late, called = (Ticket.objects.filter(pk=tickets[name].pk) for name in "ab")
    late.update(resolution_due_at=NOW - timedelta(days=3), assignee=world.user("crew_fen"))
    called.update(channel="telefon")
    mark_viewed(ticket=tickets["a"], user=world.user("supervisor"), now=timezone.now())
    Conversation.objects.create(citizen=zeynep, language="ar")
    Conversation.objects.create(citizen=world.citizen)
    for name, number in (("a", "E-17-622/98"), ("b", "2026/4711")):
        operator = world.actor("operator")
        register(ticket=tickets[name], actor=operator, now=NOW, registry_number=number, cimer_number="")
    mark_viewed(ticket=tickets["a"], user=world.user("supervisor"), now=timezone.now())


def test_a_search_finds_nothing_that_the_role_may_not_see(world: World, desk: SignIn) -> None:
    world.assigned(category=world.misconduct)
    assert listed(desk("operator"), "q=cukur") == []
    assert listed(desk("operator"), "q=05321234567") == []
    assert listed(desk("head_fen"), "q=cukur") == ["1"]


@pytest.mark.parametrize(
    ("order", "first"),
    [("", "3"), ("order=yeni", "3"), ("order=eski", "1"), ("order=sure", "2"), ("order=bekleyen", "2")],
)
def test_the_order_is_the_one_asked_for(world: World, desk: SignIn, order: str, first: str) -> None:
    for minute in range(3):
        world.open(now=NOW + timedelta(minutes=minute))
    Ticket.objects.filter(number="MG-2026-000002").update(resolution_due_at=NOW)
    Ticket.objects.filter(number="MG-2026-000001").update(waits_since=None)
    assert listed(desk("operator"), order)[0] == first


@pytest.mark.slow
@pytest.mark.parametrize("order", ["yeni", "eski", "sure", "bekleyen"])
def test_pages_lead_there_and_back_without_gaps_while_new_ones_come_in(
    world: World, desk: SignIn, order: str
) -> None:
    ticket = world.open()
    Ticket.objects.bulk_create(_copy(ticket, n) for n in range(2 * PAGE + 10))
    client = desk("operator")
    pages: list[list[str]] = []
    address, html = f"order={order}", ""
    while address:
        html = client.get(f"{LIST}?{address}").content.decode()
        pages.append(listed(client, address))
        world.open()
        address = _link(html, "next")
    known = [number for page in pages for number in page if int(number) >= COPIES]
    assert len(known) == len(set(known)) == 2 * PAGE + 10
    back = _link(html, "prev")
    assert listed(client, back) == pages[-2]


@pytest.mark.parametrize(
    "place", ["after=x", "after=2026-11-23_1", "before=2026-11-23T10:00:00Z_x", "after=_"]
)
def test_a_made_up_place_leads_to_the_first_page(world: World, desk: SignIn, place: str) -> None:
    world.open()
    assert listed(desk("operator"), place) == ["1"]


@pytest.mark.parametrize("rows", [10, 100])
@pytest.mark.parametrize(
    "query",
    [
        *(f"tab={tab.code}" for tab in TABS),
        "q=cukur",
        "q=05321234567",
        "assignee=ben&channel=telefon&language=ar&unread=on&danger=on&order=bekleyen",
        "department=FEN&category=yol_cukur&neighbourhood=alpaslan&overdue=on&order=sure",
    ],
)
def test_a_page_takes_the_same_few_statements_however_many_tickets_there_are(
    world: World, desk: SignIn, query: str, rows: int
) -> None:
    ticket = world.assigned(neighbourhood=world.mahalle)
    Ticket.objects.bulk_create(_copy(ticket, n) for n in range(2, rows + 1))
    client = desk("operator")
    with CaptureQueriesContext(connection) as statements:
        client.get(f"{LIST}?{query}")
    assert len(statements) <= MOST_STATEMENTS
    with CaptureQueriesContext(connection) as statements:
        client.get(f"{LIST}?{query}&live=1")
    assert len(statements) <= MOST_STATEMENTS


def test_a_row_shows_the_last_word_the_photo_and_who_has_it_open(world: World, desk: SignIn) -> None:
    ticket = world.assigned(neighbourhood=world.mahalle, urgent=False)
    describe(ticket=ticket, actor=Actor.citizen(), now=NOW, text="Dün akşam büyüdü <b>")
    attach_file(
        ticket=ticket,
        actor=Actor.citizen(),
        now=NOW,
        kind=Attachment.Kind.IMAGE,
        mime_type="image/jpeg",
        stored=StoredFile("a.jpg", "b.jpg", 10, "image/jpeg"),
    )
    mark_viewed(ticket=ticket, user=world.user("supervisor"), now=timezone.now())
    html = desk("operator").get(LIST).content.decode()
    assert "Dün akşam büyüdü &lt;b&gt;" in html
    assert re.search(r'<img src="/api/v1/attachments/\d+/thumbnail/\?t=', html)
    assert "supervisor bakıyor" in html
    assert "okunmadı" in html
    assert "supervisor bakıyor" not in desk("supervisor").get(LIST).content.decode()
    assert "okunmadı" not in desk("supervisor").get(LIST).content.decode()


def test_a_row_shows_who_it_is_and_how_long_they_have_waited(world: World, desk: SignIn) -> None:
    world.assigned()
    Ticket.objects.update(waits_since=timezone.now() - timedelta(hours=5, minutes=42))
    html = desk("operator").get(LIST).content.decode()
    assert ">Ayşe Yılmaz</bdi>" in html
    assert "5 sa 42 dk" in html
    Ticket.objects.update(waits_since=None)
    assert "Vatandaşın son sözünden sonra kendisine yazıldı" in desk("operator").get(LIST).content.decode()


def test_of_a_danger_neither_name_nor_words_stand_in_the_list(world: World, desk: SignIn) -> None:
    world.assigned(danger="gas_smell", urgent=True, description="Gaz kokusu var yardım edin")
    html = desk("operator").get(LIST).content.decode()
    assert "Açınca görünür" in html
    assert ">Hemen</strong>" in html
    assert "Ayşe" not in html
    assert "Gaz kokusu var" not in html


def test_a_search_for_a_chain_of_too_many_words_is_refused_with_a_reason(world: World, desk: SignIn) -> None:
    answer = desk("operator").get(LIST, {"q": "-".join("abcdefghijklmnopqrstuvwxyz")})
    assert answer.status_code == 200
    assert str(TooManyWordsError()) in answer.content.decode()


def test_what_was_urgent_and_is_over_is_not_red(world: World, desk: SignIn) -> None:
    urgent = world.assigned()
    Ticket.objects.update(urgent=True)
    assert ">ACİL</strong>" in desk("operator").get(f"{LIST}?tab=tumu").content.decode()
    world.move(urgent, Status.RESOLVED, answer="Oldu.")
    assert ">ACİL</strong>" not in desk("operator").get(f"{LIST}?tab=tumu").content.decode()


def test_the_words_of_citizens_run_in_their_own_direction(world: World, desk: SignIn) -> None:
    world.open(description="هناك حفرة في الطريق")
    assert '<span dir="auto">هناك حفرة في الطريق</span>' in desk("operator").get(LIST).content.decode()


def test_the_browser_is_told_when_nothing_has_changed(world: World, desk: SignIn) -> None:
    ticket = world.open()
    client = desk("operator")
    first = client.get(f"{LIST}?live=1")
    same = client.get(f"{LIST}?live=1", headers={"If-None-Match": first.headers["ETag"]})
    world.open()
    other = client.get(f"{LIST}?live=1", headers={"If-None-Match": first.headers["ETag"]})
    assert b"<html" not in first.content
    assert (same.status_code, same.content) in ((304, b""), (200, first.content))  # a minute may have passed
    assert other.status_code == 200
    assert ticket.number in other.content.decode()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 dk"),
        (59, "0 dk"),
        (60, "1 dk"),
        (3599, "59 dk"),
        (3600, "1 sa"),
        (86399, "23 sa"),
        (172800, "2 gün"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(seconds: int, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 dk"), (52, "52 dk"), (60, "1 sa"), (342, "5 sa 42 dk"), (1201, "20 sa"), (4400, "3 gün")],
)
def test_waiting_is_said_the_more_precisely_the_shorter_it_is(minutes: int, text: str) -> None:
    assert waited(timedelta(minutes=minutes)) == text


@pytest.mark.parametrize(
    ("facts", "state", "text"),
    [
        ({}, "fine", "2 gün kaldı"),
        ({"resolution_warn_at": NOW}, "near", "2 gün kaldı"),
        ({"resolution_due_at": NOW - timedelta(hours=3)}, "late", "3 sa gecikti"),
        ({"resolution_due_at": None, "legal_due_at": NOW + timedelta(days=9)}, "fine", "9 gün kaldı"),
        ({"resolution_due_at": None, "legal_near_at": NOW}, "near", "30 gün kaldı"),
        ({"status": Status.WAITING, "waiting_since": NOW}, "paused", "süre durdu"),
        ({"outcome": "RESOLVED"}, "done", "sonuçlandı"),
    ],
)
def test_the_clock_says_how_a_ticket_stands(facts: dict[str, Any], state: str, text: str) -> None:
    known: dict[str, Any] = {
        "status": Status.ASSIGNED,
        "created_at": NOW,
        "resolution_due_at": NOW + timedelta(days=2),
        "legal_due_at": NOW + timedelta(days=30),
    }
    clock = clock_of(Ticket(**known | facts), NOW)
    assert (clock.state, clock.text) == (state, text)


def _copy(ticket: Ticket, n: int) -> Ticket:
    facts = {field.attname: getattr(ticket, field.attname) for field in Ticket._meta.concrete_fields}
    at = ticket.created_at + timedelta(seconds=n // 3)
    changes: dict[str, Any] = {"id": None, "number": f"MG-2026-{COPIES + n:06d}", "public_code": f"{n:08d}"}
    changes |= {"created_at": at, "resolution_due_at": at, "waits_since": at if n % 2 else None}
    return Ticket(**facts | changes)


def _link(html: str, rel: str) -> str:
    found = re.search(rf'href="\?([^"]+)" rel="{rel}"', html)
    return found[1].replace("&amp;", "&") if found else ""
