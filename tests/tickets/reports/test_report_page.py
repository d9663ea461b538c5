"""The reports page: access, the chosen period, links to the API."""

from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client

from departments.models import Membership, Role
from tests.tickets.world import World

URL = "/admin/raporlar/"


def opened(client: Client, world: World, who: str, **query: str) -> Any:
    client.force_login(world.user(who))
    return client.get(URL, query)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200),
        ("supervisor", 200),
        ("operator", 200),
        ("head_fen", 200),
        ("dpo", 200),
        ("crew_fen", 403),
        ("roleless", 403),
    ],
)
def test_charts_are_for_all_but_crews(client: Client, world: World, who: str, status: int) -> None:
    assert opened(client, world, who).status_code == status


def test_the_last_day_is_shown_too(client: Client, world: World) -> None:
    page = opened(client, world, "supervisor", **{"from": "2026-10-01", "last": "2026-10-31"})
    assert parse_qs(page.context["query"]) == {
        "from": ["2026-10-01"], "to": ["2026-11-01"], "compare": ["previous"]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("last", "interval"), [("2026-10-31", "day"), ("2026-12-31", "week"), ("2027-12-31", "month")]
)
def test_the_longer_the_span_the_coarser_the_trend(
    client: Client, world: World, last: str, interval: str
) -> None:
    page = opened(client, world, "supervisor", **{"from": "2026-10-01", "last": last})
    assert page.context["interval"] == interval


@pytest.mark.parametrize(("asked", "kept"), [("last_year", ["last_year"]), ("", None), ("never", None)])
def test_a_comparison_is_kept_if_there_is_such_a_one(
    client: Client, world: World, asked: str, kept: list[str] | None
) -> None:
    page = opened(client, world, "supervisor", compare=asked)
    assert parse_qs(page.context["query"]).get("compare") == kept


def test_a_span_that_one_click_chooses_keeps_what_else_was_chosen(client: Client, world: World) -> None:
    page = opened(client, world, "supervisor", department="PARK")
    (chosen,) = [span for span in page.context["spans"] if span.chosen]
    assert chosen.name == "Son 30 gün"
    assert parse_qs(chosen.query)["department"] == ["PARK"]


def test_a_head_of_two_departments_chooses_one_for_its_monthly_papers(client: Client, world: World) -> None:
    Membership.objects.create(user=world.user("head_fen"), role=Role.HEAD, department=world.park)
    address = "/api/v1/reports/monthly.pdf"
    assert address not in opened(client, world, "head_fen").content.decode()
    assert address in opened(client, world, "head_fen", department="PARK").content.decode()


def test_no_day_at_all_is_asked_for(client: Client, world: World) -> None:
    page = opened(client, world, "supervisor", **{"from": "", "last": "dün"})
    assert "Günü seçin ya da gün.ay.yıl olarak yazın. İlk ve son günü seçin." in page.content.decode()


def test_days_in_the_wrong_order_are_refused_with_the_usual_span(client: Client, world: World) -> None:
    page = opened(client, world, "supervisor", **{"from": "2026-10-31", "last": "2026-10-01"})
    assert "Son gün ilk günden önce olamaz." in page.content.decode()
    assert (page.context["last"] - page.context["first"]).days == 29


def test_a_head_chooses_among_own_departments_alone(client: Client, world: World) -> None:
    page = opened(client, world, "head_fen", department="PARK")
    assert [each.code for each in page.context["departments"]] == ["FEN"]
    assert "department" not in parse_qs(page.context["query"])
