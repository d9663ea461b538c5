"""The back office's start page."""

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from typing_extensions import override

from tests.tickets.world import NOW, World, here, sign_in
from tickets.models import LocationSource, Ticket
from tickets.record import channel
from tickets.record.channel import NumberHealth

SignIn = Callable[[str], Client]
WELL = NumberHealth(
    works=True,
    state="Çalışıyor",
    reason="",
    since=None,
    heard_at=None,
    waiting_since=None,
    silent=False,
    unsigned_at=None,
    parked=0,
    failed=0,
    refused_by_window=0,
)
MOST_STATEMENTS = 41  # one of them for the bar of what can be taken back


@pytest.fixture
def desk(world: World) -> SignIn:
    return lambda username: sign_in(world, username)


class Line(channel.NullChannel):
    """A channel in whatever condition a test says."""

    now_in: NumberHealth | None = WELL

    @override
    def health(self, _now: datetime, /) -> NumberHealth | None:
        return self.now_in


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    before = channel.register(line)
    yield line
    channel.register(before)


def tiles(client: Client) -> dict[str, str]:
    html = client.get("/admin/").content.decode()
    return dict(re.findall(r">([^<>]+)<b>([\d+]+)</b>", html))


def card(client: Client, title: str) -> str:
    html = client.get("/admin/").content.decode()
    part = html.partition(f">{title}</h2>")[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part))


def at_work(world: World) -> None:
    now = timezone.now()
    world.open(now=now)
    world.assigned(now=now - timedelta(days=3))
    Ticket.objects.filter(department=world.fen).update(resolution_due_at=now - timedelta(days=1))
    world.assigned(now=now - timedelta(days=2), category=world.misconduct, urgent=True)


@pytest.mark.parametrize(
    ("who", "open_now", "late", "urgent"),
    [
        ("supervisor", "3", "1", "1"),
        ("operator", "2", "1", "0"),
        ("head_fen", "2", "1", "1"),
        ("head_park", "0", "0", "0"),
    ],
)
def test_the_figures_are_those_of_the_tickets_that_one_may_see(
    world: World, desk: SignIn, who: str, open_now: str, late: str, urgent: str
) -> None:
    at_work(world)
    found = tiles(desk(who))
    assert (found["Açık"], found["Geciken"], found["Acil"]) == (open_now, late, urgent)


def test_the_panel_counts_no_hidden_request_of_which_one_may_not_read(world: World, desk: SignIn) -> None:
    now = timezone.now()
    world.assigned(now=now)
    world.assigned(now=now - timedelta(days=9), danger="violence", urgent=True, restricted=True)
    found = {who: tiles(desk(who)) for who in ("operator", "head_fen", "dpo", "supervisor")}
    assert {who: figures["Açık"] for who, figures in found.items()} == {
        "operator": "1",
        "head_fen": "1",
        "dpo": "1",
        "supervisor": "2",
    }


def test_what_is_late_stands_under_its_department_and_leads_to_the_list(world: World, desk: SignIn) -> None:
    at_work(world)
    client = desk("supervisor")
    assert " Fen İşleri " in card(client, "Birimlere göre gecikenler")
    assert "Park ve Bahçeler" not in card(client, "Birimlere göre gecikenler")
    html = client.get("/admin/").content.decode()
    address = re.search(r'href="(/admin/tickets/ticket/\?department=FEN[^"]+)"', html)
    assert address is not None
    [late] = Ticket.objects.filter(resolution_due_at__lt=timezone.now()).exclude(category=world.misconduct)
    assert late.number in client.get(address[1].replace("&amp;", "&")).content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Çalışıyor"),
        ({"works": False, "state": "Durdu", "reason": "Access token expired"}, "Durdu Access token expired"),
        ({"heard_at": timezone.now() - timedelta(hours=3, minutes=1)}, "3 sa önce"),
        ({"waiting_since": timezone.now() - timedelta(hours=5)}, "En eski bekleyen 5 sa"),
        ({"parked": 7}, "İşlenemeyen 7"),
        (
            {"failed": 4, "refused_by_window": 2},
            "Gönderilemeyen (24 saat) 4 24 saat dolduğu için gitmeyen 2",
        ),
    ],
)
def test_the_channels_condition_is_told(
    world: World, desk: SignIn, line: Line, changes: dict[str, object], words: str
) -> None:
    line.now_in = replace(WELL, **changes)  # type: ignore[arg-type]
    assert words in card(desk("supervisor"), "WhatsApp kanalı")


def test_the_channel_is_for_those_who_may_look_into_it(world: World, desk: SignIn, line: Line) -> None:
    assert card(desk("dpo"), "WhatsApp kanalı")
    assert not card(desk("operator"), "WhatsApp kanalı")
    line.now_in = None
    assert not card(desk("supervisor"), "WhatsApp kanalı")


def test_the_map_has_the_open_tickets_that_one_may_see(world: World, desk: SignIn) -> None:
    place = {"point": here(), "location_source": LocationSource.PIN}
    seen = world.assigned(**place)
    world.assigned(category=world.misconduct, **place)
    world.open()
    world.resolved(**place)
    drawn = json.loads(desk("operator").get("/admin/harita/").content)
    [ticket] = [dict(zip(drawn["fields"], row, strict=True)) for row in drawn["tickets"]]
    ticket |= {field: drawn["words"][ticket[field]] for field in drawn["worded"]}
    assert ticket.pop("text").endswith(" gecikti")
    assert ticket == {
        "id": seen.pk,
        "number": seen.number,
        "lat": 38.72,
        "lon": 35.49,
        "category": "Çukur",
        "days": (timezone.now() - NOW).days,
        "clock": "late",
    }
    assert [each["properties"]["name"] for each in drawn["places"]["features"]] == ["Alpaslan"]
    assert drawn["places"]["roads"] == []
    assert json.loads(desk("head_park").get("/admin/harita/").content)["tickets"] == []
    assert Client().get("/admin/harita/").status_code == 302


def test_the_map_takes_the_same_few_statements_however_many_tickets_there_are(
    world: World, desk: SignIn
) -> None:
    client, counts = desk("supervisor"), []
    for _ in range(2):
        for _ in range(5):
            world.assigned(point=here(), location_source=LocationSource.PIN)
        world.open(point=here(), location_source=LocationSource.PIN, danger="gas")
        with CaptureQueriesContext(connection) as statements:
            client.get("/admin/harita/")
        counts.append(len(statements))
    assert counts[1] <= counts[0]


def test_staff_without_a_role_find_no_figures(world: World, desk: SignIn) -> None:
    html = desk("roleless").get("/admin/").content.decode()
    assert "Size henüz bir görev verilmemiş." in html
    assert "Geciken" not in html


@pytest.mark.parametrize("rows", [1, 60])
def test_the_page_takes_the_same_few_statements_however_many_tickets_there_are(
    world: World, desk: SignIn, rows: int
) -> None:
    for _ in range(rows):
        world.assigned(now=timezone.now())
    client = desk("supervisor")
    with CaptureQueriesContext(connection) as statements:
        client.get("/admin/")
    assert len(statements) <= MOST_STATEMENTS


@pytest.mark.slow
def test_each_number_of_a_chart_stands_in_its_table_and_opens_the_list_that_it_counts(
    world: World, desk: SignIn
) -> None:
    at_work(world)
    resolved = world.resolved(now=timezone.now() - timedelta(hours=1))
    assert resolved.outcome
    client = desk("supervisor")
    text = client.get("/admin/").content.decode()
    numbers = re.findall(r'<td><a href="([^"]+)" aria-label="([^"]+)">(\d+)</a></td>', text)
    assert sum(int(count) for _, name, count in numbers if ", Gelen: " in name) == 4
    assert sum(int(count) for _, name, count in numbers if ", Çözülen: " in name) == 1
    states = ", (?:Süresinde|Yaklaşan|Geciken|Bilgi bekleyen|Hedefsiz): "
    assert sum(int(count) for _, name, count in numbers if re.search(states, name)) == 3
    for address, name, count in numbers:
        found = client.get(html.unescape(address)).content.decode()
        assert found.count("<tr data-row") == int(count), name


@pytest.mark.slow
def test_each_number_on_top_opens_the_list_that_it_counts(world: World, desk: SignIn) -> None:
    at_work(world)
    world.resolved(now=timezone.now() - timedelta(hours=1))
    client = desk("supervisor")
    text = client.get("/admin/").content.decode()
    found = re.findall(r'<a class="box(?: late)?" href="([^"]+)">([^<]+)<b>(\d+)</b>', text)
    assert len(found) == 7
    for address, name, count in found:
        listed = client.get(html.unescape(address)).content.decode()
        assert listed.count("<tr data-row") == int(count), name
