"""The report on the router's accuracy."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.models import Category
from tests.tickets.world import NOW, World
from tickets.casework.classifying import classify
from tickets.models import Ticket
from tickets.record.statuses import Status
from tickets.reports.interface import Accuracy, Confusion, Interval, Period, accuracy, confusions

WEEK = Period.of_days(NOW.date() - timedelta(days=6), NOW.date())


def said(category: str = "yol_cukur", department: str = "FEN", confidence: float = 0.9) -> dict[str, Any]:
    return {
        "category": category,
        "department": department,
        "confidence": confidence,
        "sure_from": 0.6,
        "triage": False,
        "alternatives": [],
    }


@pytest.fixture
def trees(world: World) -> Category:
    return Category.objects.create(
        code="agac_budama", name="Ağaç budama", parent=world.pothole.parent, department=world.park
    )


def taken(world: World, **changes: Any) -> Ticket:
    """A ticket that somebody took in hand."""
    return world.move(world.assigned(**changes), Status.IN_PROGRESS)


def of_the_week() -> Accuracy:
    (whole,) = accuracy(Ticket.objects.all(), WEEK, Interval.MONTH)
    return whole


def test_what_nobody_has_looked_at_is_not_judged(world: World) -> None:
    world.assigned(routed=said())
    row = of_the_week()
    assert (row.routed, row.sure, row.judged, row.department, row.category) == (1, 1, 0, None, None)


def test_a_ticket_that_was_taken_in_hand_where_it_was_sent_was_sent_rightly(world: World) -> None:
    taken(world, routed=said())
    row = of_the_week()
    assert (row.judged, row.department, row.category, row.sure_department) == (1, 1.0, 1.0, 1.0)


def test_another_category_of_the_same_department_is_half_right(world: World) -> None:
    taken(world, routed=said(category="kaldirim", confidence=0.4))
    row = of_the_week()
    assert (row.department, row.category, row.sure, row.sure_department) == (1.0, 0.0, 0, None)


def test_a_ticket_without_a_suggestion_counts_nowhere(world: World) -> None:
    taken(world)
    assert of_the_week().routed == 0


def test_the_confusions_are_counted_with_what_staff_said(world: World, trees: Category) -> None:
    operator = world.actor("operator")
    for _ in range(2):
        ticket = world.assigned(routed=said())
        classify(ticket=ticket, category=trees, actor=operator, now=NOW)
    taken(world, routed=said(category="kaldirim"))
    assert [(each.said, each.right, each.count) for each in confusions(Ticket.objects.all(), WEEK)] == [
        ("yol_cukur", "agac_budama", 2),
        ("kaldirim", "yol_cukur", 1),
    ]


def test_a_confusion_tells_the_names_too(world: World, trees: Category) -> None:
    ticket = world.assigned(routed=said())
    classify(ticket=ticket, category=trees, actor=world.actor("operator"), now=NOW)
    assert confusions(Ticket.objects.all(), WEEK) == [
        Confusion("yol_cukur", world.pothole.name, "agac_budama", "Ağaç budama", 1)
    ]


def test_a_ticket_of_another_agency_is_where_its_category_says(world: World) -> None:
    ticket = world.open(routed=said())
    world.move(ticket, Status.REDIRECTED, agency=world.kaski, answer="KASKİ’ye bildirin.")
    assert of_the_week().department == 1.0


def test_the_parts_of_a_long_period_are_one_question(world: World) -> None:
    with CaptureQueriesContext(connection) as asked:
        accuracy(Ticket.objects.all(), WEEK, Interval.DAY)
    assert len(asked) == 1


def test_there_is_a_row_for_every_day(world: World) -> None:
    taken(world, routed=said())
    days = accuracy(Ticket.objects.all(), WEEK, Interval.DAY)
    assert [day.routed for day in days] == [0, 0, 0, 0, 0, 0, 1]
    assert days[-1].code == NOW.date().isoformat()
