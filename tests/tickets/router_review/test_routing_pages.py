"""The router in the back office: suggestions, grey-zone questions, trying rules before saving."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from departments.common import cache
from departments.models import Category, GreyZone, RoutingRule
from tests.tickets.world import World
from tickets.models import Ticket

TRY = "/admin/departments/routingrule/try/"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    cache.refresh()
    yield
    cache.refresh()


@pytest.fixture
def desk(world: World) -> Client:
    client = Client()
    client.force_login(world.user("admin"))
    return client


@pytest.fixture
def front_desk(world: World) -> Category:
    return Category.objects.create(
        code="genel_bilgi", name="Bilgi", parent=world.pothole.parent, department=world.park
    )


def form(**changes: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        (
            "words",
            "given",
            "earlier_tickets",
            "area",
            "from_hour",
            "to_hour",
            "category",
            "department",
            "trial",
        ),
        "",
    )
    return empty | {"name": "kural", "position": 1, "active": "on"} | changes


def tried(desk: Client, query: str = "", **changes: Any) -> str:
    response = desk.post(TRY + query, form(**changes))
    assert response.status_code == 200
    return response.content.decode()


def lately(world: World, **changes: Any) -> Ticket:
    return world.assigned(now=timezone.now() - timedelta(days=3), **changes)


def test_the_tickets_that_a_rule_would_have_sent_elsewhere_are_shown(world: World, desk: Client) -> None:
    hit, other = lately(world), lately(world, description="yolda tümsek var")
    html = tried(desk, words="çukur", department=world.park.pk)
    assert hit.number in html
    assert other.number not in html
    assert "1 tanesi başka yere giderdi" in html


def test_older_tickets_are_not_looked_at(world: World, desk: Client) -> None:
    world.assigned(now=timezone.now() - timedelta(days=31))
    assert "hiçbiri başka yere gitmezdi" in tried(desk, words="çukur", department=world.park.pk)


def test_trying_saves_nothing(world: World, desk: Client) -> None:
    tried(desk, words="çukur", department=world.park.pk)
    assert not RoutingRule.objects.exists()


def test_an_existing_rule_is_tried_as_it_stands_in_the_form(world: World, desk: Client) -> None:
    rule = RoutingRule.objects.create(name="eski", position=1, words="çukur", department=world.park)
    lately(world)
    html = tried(desk, f"?rule={rule.pk}", words="tümsek", department=world.park.pk)
    assert "1 tanesi" in html  # it goes back to where it went without the rule
    rule.refresh_from_db()
    assert rule.words == "çukur"


def test_a_text_shows_where_it_would_go(world: World, desk: Client) -> None:
    html = tried(desk, words="çukur", department=world.park.pk, trial="okulun önünde çukur")
    assert "Park ve Bahçeler / Çukur" in html
    assert "kural: kural" in html


def test_a_rule_with_a_fault_is_told_and_not_tried(world: World, desk: Client) -> None:
    assert "Kural denenemedi" in tried(desk, words="çukur")


def test_who_may_not_write_rules_may_not_try_them(world: World) -> None:
    client = Client()
    client.force_login(world.user("operator"))
    assert client.post(TRY, form(words="çukur", department=world.park.pk)).status_code == 403


def test_a_saved_rule_decides_at_once(world: World, desk: Client) -> None:
    desk.post("/admin/departments/routingrule/add/", form(words="çukur", department=world.park.pk))
    assert RoutingRule.objects.get().department == world.park


def test_the_ticket_page_says_why_and_by_which_model(world: World, desk: Client) -> None:
    offer = {"department": "FEN", "category": "yol_cukur", "confidence": 0.7}
    said = {**offer, "alternatives": [offer], "reasons": ["sözcükler: çukur"], "model": "2-abc", "rule": ""}
    html = desk.get(f"/admin/tickets/ticket/{world.assigned(routed=said).pk}/change/").content.decode()
    assert "<li>sözcükler: çukur</li>" in html
    assert "2-abc" in html


def test_a_ticket_in_the_triage_shows_the_questions_at_the_border_of_the_duty(
    world: World, desk: Client
) -> None:
    GreyZone.objects.create(category=world.pothole, agency=world.kaski, question="Kazıyı KASKİ mi yaptı?")
    fresh, sent = world.open(), world.assigned()
    question = "Kazıyı KASKİ mi yaptı?"
    assert question in desk.get(f"/admin/tickets/ticket/{fresh.pk}/change/").content.decode()
    assert question not in desk.get(f"/admin/tickets/ticket/{sent.pk}/change/").content.decode()
