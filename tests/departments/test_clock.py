from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.clock import (
    ISTANBUL,
    add_working_days,
    add_working_hours,
    is_working_time,
    working_hours_between,
)

quarters = st.integers(0, 400).map(lambda count: count / 4)


def at(day: str, time: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ISTANBUL)


moments = st.integers(0, 6 * 365 * 24 * 60).map(
    lambda minutes: at("2024-01-01", "00:00") + timedelta(minutes=minutes)
)


@pytest.mark.parametrize(
    ("day", "time", "working"),
    [
        ("2026-11-24", "08:29", False),
        ("2026-11-24", "08:30", True),
        ("2026-11-24", "12:00", False),
        ("2026-11-24", "12:59", False),
        ("2026-11-24", "13:00", True),
        ("2026-11-24", "17:30", False),
        ("2026-11-28", "10:00", False),
        ("2026-10-28", "10:00", True),
        ("2026-10-28", "14:00", False),
        ("2026-10-29", "10:00", False),
        ("2026-03-19", "10:00", True),
        ("2026-03-19", "14:00", False),
        ("2026-05-28", "10:00", False),
    ],
)
def test_knows_when_people_are_at_work(day, time, working):
    assert is_working_time(at(day, time)) is working


def test_reads_a_moment_in_any_time_zone():
    assert is_working_time(datetime(2026, 11, 24, 5, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (at("2026-11-24", "09:00"), 2, at("2026-11-24", "11:00")),
        (at("2026-11-24", "11:00"), 2, at("2026-11-24", "14:00")),
        (at("2026-11-24", "11:00"), 1, at("2026-11-24", "12:00")),
        (at("2026-11-27", "17:00"), 1, at("2026-11-30", "09:00")),
        (at("2026-11-28", "10:00"), 0, at("2026-11-30", "08:30")),
        (at("2026-12-31", "17:00"), 1, at("2027-01-04", "09:00")),
        (at("2026-10-28", "11:30"), 1, at("2026-10-30", "09:00")),
        (at("2026-03-19", "11:00"), 4, at("2026-03-23", "11:30")),
    ],
    ids=[
        "morning",
        "over noon",
        "to noon",
        "weekend",
        "nothing",
        "year end",
        "republic day",
        "ramazan bayrami",
    ],
)
def test_adds_working_hours(start, hours, end):
    assert add_working_hours(start, hours) == end


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (at("2026-11-24", "09:00"), 1, at("2026-11-25", "17:30")),
        (at("2026-11-24", "23:00"), 1, at("2026-11-25", "17:30")),
        (at("2026-11-24", "09:00"), 0, at("2026-11-24", "17:30")),
        (at("2026-11-24", "18:00"), 0, at("2026-11-25", "17:30")),
        (at("2026-11-28", "10:00"), 1, at("2026-11-30", "17:30")),
        (at("2026-10-27", "10:00"), 1, at("2026-10-28", "12:00")),
        (at("2026-10-27", "10:00"), 2, at("2026-10-30", "17:30")),
        (at("2026-05-25", "10:00"), 2, at("2026-06-01", "17:30")),
        (at("2026-12-31", "10:00"), 1, at("2027-01-04", "17:30")),
    ],
    ids=[
        "next",
        "late",
        "same",
        "none left",
        "saturday",
        "half day",
        "republic day",
        "kurban bayrami",
        "year end",
    ],
)
def test_ends_on_the_nth_working_day_after_the_start(start, days, end):
    assert add_working_days(start, days) == end


def test_counts_the_hours_of_a_week_without_holidays():
    assert working_hours_between(at("2026-11-23", "00:00"), at("2026-11-30", "00:00")) == 40


def test_counts_no_hours_in_a_bayram():
    assert working_hours_between(at("2026-05-26", "12:00"), at("2026-05-31", "23:00")) == 0


def test_counts_backwards_as_negative():
    assert working_hours_between(at("2026-11-24", "11:00"), at("2026-11-24", "09:30")) == -1.5


@pytest.mark.parametrize("count", [is_working_time, lambda when: add_working_hours(when, 1)])
def test_refuses_a_moment_without_a_time_zone(count):
    with pytest.raises(ValueError, match="time zone"):
        count(at("2026-11-24").replace(tzinfo=None))


@pytest.mark.parametrize("add", [add_working_hours, add_working_days])
def test_refuses_to_go_back_in_time(add):
    with pytest.raises(ValueError, match="negative"):
        add(at("2026-11-24"), -1)


@given(moments, quarters)
def test_never_lands_outside_working_time(start, hours):
    end = add_working_hours(start, hours)
    assert is_working_time(end) or is_working_time(end - timedelta(microseconds=1))


@given(moments, quarters, quarters)
def test_adding_twice_is_adding_the_sum(start, some, more):
    assert add_working_hours(add_working_hours(start, some), more) == add_working_hours(start, some + more)


@given(moments, moments, quarters)
def test_who_starts_later_does_not_end_earlier(one, other, hours):
    earlier, later = sorted((one, other))
    assert add_working_hours(earlier, hours) <= add_working_hours(later, hours)


@given(moments, quarters)
def test_the_hours_added_are_the_hours_between(start, hours):
    assert working_hours_between(start, add_working_hours(start, hours)) == pytest.approx(hours, abs=1e-6)


@given(moments, moments, moments)
def test_hours_between_add_up(one, two, three):
    first, second, third = sorted((one, two, three))
    parts = working_hours_between(first, second) + working_hours_between(second, third)
    assert parts == pytest.approx(working_hours_between(first, third))


@given(moments, st.integers(0, 40))
def test_a_working_day_ends_in_working_time(start, days):
    end = add_working_days(start, days)
    assert is_working_time(end - timedelta(microseconds=1))
    assert not is_working_time(end)


@given(moments, st.integers(1, 20), st.integers(1, 20))
def test_working_days_add_up(start, some, more):
    assert add_working_days(add_working_days(start, some), more) == add_working_days(start, some + more)


@given(moments, moments, st.integers(0, 40))
def test_working_days_keep_the_order_of_their_starts(one, other, days):
    earlier, later = sorted((one, other))
    assert add_working_days(earlier, days) <= add_working_days(later, days)
