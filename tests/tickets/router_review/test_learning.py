"""How the router's thresholds follow what clerks leave as it had it."""

from typing import Any

import pytest

from departments.models import Agency, Department, OutsideShare
from departments.routing.traffic import OUTSIDE_SHARE
from tests.tickets.reports.test_routing_report import said, taken
from tests.tickets.world import NOW, World
from tickets.models import Ticket
from tickets.router_review import threshold_tuning
from tickets.router_review.threshold_tuning import tune_router_thresholds

FEW = 10


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threshold_tuning, "JUDGED_AT_LEAST", FEW)


def judged(world: World, number: int, *, here: str = "FEN", said_to: str = "FEN", **changes: Any) -> None:
    """So many tickets that somebody took in hand here, and that the router had surely sent there."""
    for _ in range(number):
        ticket = taken(world, routed=said(department=said_to, **changes))
        Ticket.objects.filter(pk=ticket.pk).update(department=Department.objects.get(code=here))


def offset(code: str = "FEN") -> float:
    return Department.objects.get(code=code).sure_offset


def test_where_clerks_change_nothing_the_router_may_be_a_little_less_sure(world: World) -> None:
    judged(world, FEW)
    tune_router_thresholds(now=NOW)
    assert offset() == threshold_tuning.LOOSER


def test_where_clerks_often_change_it_the_router_must_be_surer(world: World) -> None:
    judged(world, FEW - 1)
    judged(world, 1, here="PARK")
    tune_router_thresholds(now=NOW)
    assert offset() == threshold_tuning.STRICTER


def test_few_tickets_move_nothing(world: World) -> None:
    judged(world, FEW - 1)
    tune_router_thresholds(now=NOW)
    assert offset() == 0


def test_a_threshold_moves_within_bounds(world: World) -> None:
    judged(world, FEW, here="PARK")
    for _ in range(20):
        tune_router_thresholds(now=NOW)
    assert offset() == threshold_tuning.STRICTEST


def test_the_share_of_other_bodies_follows_slowly(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threshold_tuning, "COUNTS_AS", 20)
    judged(world, 20)
    tune_router_thresholds(now=NOW)
    assert OutsideShare.objects.latest("id").share == pytest.approx(OUTSIDE_SHARE / 2)
    tune_router_thresholds(now=NOW)
    assert OutsideShare.objects.count() == 1


def test_tickets_are_counted_by_whom_they_were_for_restricted_ones_too(world: World) -> None:
    judged(world, 3)
    judged(world, 3, here="PARK")
    Ticket.objects.filter(department__code="PARK").update(restricted=True)
    fire_brigade = Agency.objects.create(code="itfaiye", name="İtfaiye")
    last = Ticket.objects.latest("id")
    Ticket.objects.filter(pk=last.pk).update(department=None, agency=fire_brigade)
    tune_router_thresholds(now=NOW)
    counted = OutsideShare.objects.get()
    assert (counted.tickets, counted.tickets_by_body) == (6, {"FEN": 3, "PARK": 2, "buyuksehir": 1})


def test_shares_that_moved_little_are_no_new_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threshold_tuning, "COUNTS_AS", 1)  # so that the share of other bodies stays the least
    judged(world, 20)
    tune_router_thresholds(now=NOW)
    tune_router_thresholds(now=NOW)
    assert OutsideShare.objects.count() == 1
    judged(world, 20, here="PARK")
    tune_router_thresholds(now=NOW)
    assert OutsideShare.objects.count() == 2
