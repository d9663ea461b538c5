"""Every figure equals the reference in plain Python, for random histories."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from departments.common import cache
from departments.models import WorkingHours
from departments.working_time.working_hours import ISTANBUL
from tests.tickets import figures_by_hand, histories
from tests.tickets.histories import START, Step
from tests.tickets.world import NOW, World
from tickets.models import Ticket
from tickets.record.permissions import visible_to
from tickets.record.statuses import Status
from tickets.reports import interface
from tickets.reports.backlog import AGES, in_clock, in_limit, of_age
from tickets.reports.interface import Group, Interval, Period
from tickets.reports.places import CELLS_PER_TILE

EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
days = st.integers(0, 40)


@pytest.fixture
def town(world: World) -> World:
    """A park department that works on Saturdays, and longer."""
    for weekday in range(6):
        WorkingHours.objects.create(department=world.park, weekday=weekday, opens=time(7), closes=time(19))
    cache.refresh()
    return world


@contextmanager
def undone() -> Iterator[None]:
    """One example of many: nothing of it is left for the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def period_from(first: int, length: int) -> Period:
    day = START.date() + timedelta(days=first)
    return Period.of_days(day, day + timedelta(days=length))


@pytest.mark.slow
@EXAMPLES
@given(history=histories.steps, first=days, length=days)
def test_every_figure_of_every_group_equals_what_the_timelines_say(
    town: World, history: list[Step], first: int, length: int
) -> None:
    with undone():
        opened, now = histories.live(town, history)
        pasts = [figures_by_hand.past(ticket) for ticket in opened]
        period = period_from(first, length)
        whole = interface.summary(Ticket.objects.all(), period, now)
        assert figures_by_hand.flat(whole) == pytest.approx(
            figures_by_hand.flat(figures_by_hand.figures(pasts, period, now))
        )
        for group in Group:
            rows = interface.grouped(Ticket.objects.all(), period, now, group)
            assert {row.code: figures_by_hand.flat(row.figures) for row in rows} == _expected(
                group, pasts, period, now
            )


def _expected(
    group: Group, pasts: list[figures_by_hand.Past], period: Period, now: datetime
) -> dict[str | None, object]:
    groups: dict[str | None, list[figures_by_hand.Past]] = {}
    for story in pasts:
        thing = getattr(story.ticket, group)
        code = None if thing is None else thing.username if group is Group.STAFF else thing.code
        groups.setdefault(code, []).append(story)
    figures = {code: figures_by_hand.figures(stories, period, now) for code, stories in groups.items()}
    return {
        code: pytest.approx(figures_by_hand.flat(row))
        for code, row in figures.items()
        if row != interface.Figures()
    }


@pytest.mark.slow
@EXAMPLES
@given(history=histories.steps, first=days, length=days, interval=st.sampled_from(list(Interval)))
def test_every_figure_of_every_part_of_a_trend_equals_what_the_timelines_say(
    town: World, history: list[Step], first: int, length: int, interval: Interval
) -> None:
    with undone():
        opened, _ = histories.live(town, history)
        pasts = [figures_by_hand.past(ticket) for ticket in opened]
        period = period_from(first, length)
        rows = interface.trend(Ticket.objects.all(), period, interval)
        parts = period.parts(interval)
        assert [row.code for row in rows] == [part.start.date().isoformat() for part in parts]
        for row, part in zip(rows, parts, strict=True):
            assert figures_by_hand.flat(row.figures) == pytest.approx(
                figures_by_hand.flat(figures_by_hand.figures(pasts, part, None))
            )


@pytest.mark.slow
@EXAMPLES
@given(history=histories.steps, first=days, length=days, interval=st.sampled_from(list(Interval)))
def test_how_right_the_router_was_equals_what_became_of_its_suggestions(
    town: World, history: list[Step], first: int, length: int, interval: Interval
) -> None:
    with undone():
        opened, _ = histories.live(town, history)
        pasts = [figures_by_hand.past(ticket) for ticket in opened]
        period = period_from(first, length)
        rows = interface.accuracy(Ticket.objects.all(), period, interval)
        for row, part in zip(rows, period.parts(interval), strict=True):
            said = {name: value for name, value in vars(row).items() if name not in ("code", "name")}
            assert said == figures_by_hand.routed(pasts, part)
        confusions = interface.confusions(Ticket.objects.all(), period)
        assert {(row.said, row.right): row.count for row in confusions} == figures_by_hand.confused(
            pasts, period
        )


@pytest.mark.slow
@EXAMPLES
@given(history=histories.steps, first=days, length=days, zoom=st.integers(0, interface.MAX_ZOOM))
def test_every_ticket_with_a_place_is_in_one_circle_of_the_map(
    town: World, history: list[Step], first: int, length: int, zoom: int
) -> None:
    with undone():
        opened, _ = histories.live(town, history)
        period = period_from(first, length)
        size = 360 / 2**zoom / CELLS_PER_TILE
        cells = figures_by_hand.placed(map(figures_by_hand.past, opened), period, size)
        drawn = interface.clusters(Ticket.objects.all(), period, zoom)
        assert sorted((each.count, each.open) for each in drawn) == sorted(cells.values())


@pytest.mark.slow
@EXAMPLES
@given(
    history=histories.steps,
    first=days,
    length=days,
    who=st.sampled_from(["head_fen", "crew_park", "operator"]),
)
def test_everybody_gets_the_figures_of_the_tickets_that_they_see_and_of_no_others(
    town: World, history: list[Step], first: int, length: int, who: str
) -> None:
    with undone():
        _, now = histories.live(town, history)
        seen = visible_to(town.user(who))
        period = period_from(first, length)
        expected = figures_by_hand.figures(map(figures_by_hand.past, seen), period, now)
        assert figures_by_hand.flat(interface.summary(seen, period, now)) == pytest.approx(
            figures_by_hand.flat(expected)
        )


@pytest.mark.slow
@EXAMPLES
@given(history=histories.steps)
def test_the_backlog_has_every_open_ticket_in_one_age_and_one_state_of_each_clock(
    town: World, history: list[Step]
) -> None:
    with undone():
        opened, now = histories.live(town, history)
        expected = [
            (age, clock, limit)
            for ticket in opened
            for age, clock, limit in [_state(ticket, now)]
            if ticket.outcome is None
        ]
        for row in interface.backlog(Ticket.objects.all(), now):
            here = [(clock, limit) for age, clock, limit in expected if age == row.code]
            assert row.open == len(here)
            assert vars(row.clocks) == {name: sum(c == name for c, _ in here) for name in vars(row.clocks)}
            assert vars(row.legal) == {name: sum(x == name for _, x in here) for name in vars(row.legal)}
            of_row = Ticket.objects.filter(of_age(row.code, now), outcome=None)
            for state, count in vars(row.clocks).items():
                assert of_row.filter(in_clock(state, now)).count() == count, state
            for state, count in vars(row.legal).items():
                assert of_row.filter(in_limit(state, now)).count() == count, state


def _state(ticket: Ticket, now: datetime) -> tuple[str, str, str]:
    ticket.refresh_from_db()
    age = next(
        code for code, _, days in AGES if days is None or ticket.created_at > now - timedelta(days=days)
    )
    due, warn, stops = ticket.resolution_due_at, ticket.resolution_warn_at, ticket.waiting_since or now
    if due is not None and due < stops:
        clock = "overdue"
    elif ticket.waiting_since:
        clock = "waiting"
    elif due is None or warn is None:
        clock = "no_target"
    else:
        clock = "near" if warn <= now else "on_time"
    marks = {"over": ticket.legal_due_at, "escalated": ticket.legal_warn_at, "near": ticket.legal_near_at}
    return age, clock, next((name for name, at in marks.items() if at is not None and at <= now), "far")


def test_a_ticket_reopened_and_resolved_again_counts_where_it_was_resolved_for_good(world: World) -> None:
    october, november = (
        datetime(2026, 10, 30, 10, tzinfo=ISTANBUL),
        datetime(2026, 11, 3, 10, tzinfo=ISTANBUL),
    )
    ticket = world.assigned(now=october)
    world.move(ticket, Status.RESOLVED, now=october, answer="Çukur kapatıldı.")
    world.move(ticket, Status.ASSIGNED, now=november)
    world.move(ticket, Status.RESOLVED, now=november + timedelta(hours=2), answer="Bu kez oldu.")
    found = {
        month: interface.summary(Ticket.objects.all(), Period.of_month(at.date()), november)
        for month, at in (("october", october), ("november", november))
    }
    assert [(found[month].resolved, found[month].reopened) for month in found] == [(0, 0), (1, 1)]


def test_whoever_sees_nothing_gets_rows_without_figures(world: World) -> None:
    world.assigned()
    nothing, week = visible_to(world.user("roleless")), Period.of_days(NOW.date(), NOW.date())
    assert interface.summary(nothing, week, NOW) == interface.Figures()
    (part,) = interface.trend(nothing, week, Interval.DAY)
    (routed,) = interface.accuracy(nothing, week, Interval.DAY)
    assert (part.figures.opened, part.figures.open_now, routed.routed) == (0, None, 0)
