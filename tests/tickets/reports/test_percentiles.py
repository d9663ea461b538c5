"""Percentiles by histogram are the same as PostgreSQL's by sorting."""

import random
from collections.abc import Iterable
from statistics import median

import pytest
from django.db import connection
from django.db.models import Count, F, IntegerField, Value
from django.db.models.expressions import Combinable

from departments.models import Department
from tests.tickets.world import NOW, World
from tickets.models import Ticket
from tickets.reports.percentiles import Percentiles, bucket_of, with_percentiles

DEPARTMENT = F("department_id")


def begun(world: World, department: Department | None, hours: Iterable[float]) -> None:
    """A ticket for each number of hours after which somebody began."""
    first = Ticket.objects.count() + 1
    Ticket.objects.bulk_create(
        Ticket(
            number=f"MG-2026-{number:06}",
            kind="talep",
            channel="whatsapp",
            status="IN_PROGRESS",
            category=world.pothole,
            department=department,
            first_action_at=NOW,
            first_action_hours=value,
            **dict.fromkeys(("created_at", "updated_at", "legal_due_at"), NOW),
        )
        for number, value in enumerate(hours, first)
    )


def found(key: Combinable = DEPARTMENT) -> dict[object, list[float]]:
    rows = with_percentiles(Ticket.objects.all(), key, {"tickets": Count("*")}, "hours", "first_action_hours")
    return {group: row["hours"] for group, row in rows.items()}


def test_each_group_has_the_percentiles_that_a_sort_finds(world: World) -> None:
    drawn = random.Random(7)
    for department, many in ((world.fen, 211), (world.park, 40), (None, 3)):
        begun(world, department, (drawn.lognormvariate(2, 2) for _ in range(many)))
    sorted_ = Ticket.objects.values("department_id").annotate(hours=Percentiles("first_action_hours"))
    expected = {row["department_id"]: pytest.approx(row["hours"]) for row in sorted_}
    assert found() == expected
    assert len(expected) == 3


def test_all_tickets_together_are_one_group(world: World) -> None:
    begun(world, world.fen, [1, 2])
    begun(world, None, [3])
    assert found(Value(None, IntegerField())) == {None: pytest.approx([2, 2.8])}


@pytest.mark.parametrize(
    "hours", [[5.0], [1.0, 500.0], [3.0] * 9, [0.0, 0.0, 7.25], [-2.0, 1.0, 4.0, 1500.0]]
)
def test_few_equal_far_and_negative_values_have_their_median(world: World, hours: list[float]) -> None:
    begun(world, world.fen, hours)
    assert found()[world.fen.pk][0] == pytest.approx(median(hours))


def test_what_is_counted_beside_is_of_the_whole_group(world: World) -> None:
    begun(world, world.fen, [1, 10, 100])
    rows = with_percentiles(
        Ticket.objects.all(), DEPARTMENT, {"tickets": Count("*")}, "hours", "first_action_hours"
    )
    assert rows[world.fen.pk]["tickets"] == 3


def test_without_tickets_there_are_no_groups(world: World) -> None:
    assert found() == {}


@pytest.mark.slow
def test_the_planner_knows_that_many_hours_are_of_few_sizes(world: World) -> None:
    begun(world, world.fen, (number / 100 for number in range(3000)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_ticket")
        cursor.execute("SELECT floor(8.0 * cbrt(first_action_hours)) FROM tickets_ticket GROUP BY 1")
        sizes = len(cursor.fetchall())
    plan = (
        Ticket.objects.order_by()
        .values(size=bucket_of("first_action_hours"))
        .annotate(n=Count("*"))
        .explain()
    )
    expected = int(plan.split("rows=")[1].split()[0])
    assert sizes * 0.5 < expected < sizes * 2
