from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.working_time.working_hours import ISTANBUL, STANDARD, Calendar

# Like the constabulary: two shifts every day, until one minute to midnight.
ALWAYS = Calendar(week=(((time(0), time(8)), (time(9), time(23, 59))),) * 7)
# Like a market: three days a week, one Saturday worked longer, one Wednesday free.
MARKET = Calendar(
    week=((), ((time(10), time(19, 15)),), ((time(8), time(12)),), (), (), ((time(9), time(13)),), ()),
    days={date(2026, 11, 28): ((time(6), time(22)),), date(2026, 11, 25): ()},
)

calendars = st.sampled_from([STANDARD, ALWAYS, MARKET])
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
    assert STANDARD.is_working_time(at(day, time)) is working


def test_reads_a_moment_in_any_time_zone():
    assert STANDARD.is_working_time(datetime(2026, 11, 24, 5, 30, tzinfo=UTC))


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
    assert STANDARD.add_hours(start, hours) == end


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
    assert STANDARD.add_days(start, days) == end


def test_counts_the_hours_of_a_week_without_holidays():
    assert STANDARD.hours_between(at("2026-11-23", "00:00"), at("2026-11-30", "00:00")) == 40


def test_counts_no_hours_in_a_bayram():
    assert STANDARD.hours_between(at("2026-05-26", "12:00"), at("2026-05-31", "23:00")) == 0


def test_counts_backwards_as_negative():
    assert STANDARD.hours_between(at("2026-11-24", "11:00"), at("2026-11-24", "09:30")) == -1.5


@pytest.mark.parametrize(
    ("calendar", "day", "hours"),
    [
        (MARKET, "2026-11-28", 16),
        (MARKET, "2026-11-25", 0),
        (MARKET, "2026-12-02", 4),
        (MARKET, "2026-10-28", 4),
        (MARKET, "2026-10-27", 9.25),
        (ALWAYS, "2026-10-28", 12),
        (ALWAYS, "2026-10-29", 0),
        (ALWAYS, "2026-11-29", 22 + 59 / 60),
    ],
    ids=[
        "day of its own",
        "free day of its own",
        "weekday",
        "half day after work",
        "long day",
        "half day ends at one",
        "holiday",
        "sunday",
    ],
)
def test_counts_the_hours_of_a_department_on_a_day(calendar, day, hours):
    midnight = at(day, "00:00")
    assert calendar.hours_between(midnight, midnight + timedelta(days=1)) == pytest.approx(hours)


def test_a_day_of_its_own_is_worked_though_it_is_a_holiday():
    republic_day = Calendar(STANDARD.week, {date(2026, 10, 29): ((time(9), time(12)),)})
    assert republic_day.is_working_time(at("2026-10-29", "10:00"))


def test_four_fifths_of_a_target_count_working_time_alone():
    start, due = at("2026-11-27", "15:30"), at("2026-11-30", "11:30")
    assert STANDARD.part_way(start, due, 0.8) == at("2026-11-30", "10:30")


@pytest.mark.parametrize("week", [(), ((),) * 7])
def test_a_calendar_without_work_is_refused(week):
    with pytest.raises(ValueError, match="work on one"):
        Calendar(week)


@pytest.mark.parametrize("count", [STANDARD.is_working_time, lambda when: STANDARD.add_hours(when, 1)])
def test_refuses_a_moment_without_a_time_zone(count):
    with pytest.raises(ValueError, match="time zone"):
        count(at("2026-11-24").replace(tzinfo=None))


@pytest.mark.parametrize("add", [STANDARD.add_hours, STANDARD.add_days])
def test_refuses_to_go_back_in_time(add):
    with pytest.raises(ValueError, match="negative"):
        add(at("2026-11-24"), -1)


@given(calendars, moments, quarters)
def test_never_lands_outside_working_time(calendar, start, hours):
    end = calendar.add_hours(start, hours)
    assert calendar.is_working_time(end) or calendar.is_working_time(end - timedelta(microseconds=1))


@given(calendars, moments, quarters, quarters)
def test_adding_twice_is_adding_the_sum(calendar, start, some, more):
    assert calendar.add_hours(calendar.add_hours(start, some), more) == calendar.add_hours(start, some + more)


@given(calendars, moments, moments, quarters)
def test_who_starts_later_does_not_end_earlier(calendar, one, other, hours):
    earlier, later = sorted((one, other))
    assert calendar.add_hours(earlier, hours) <= calendar.add_hours(later, hours)


@given(calendars, moments, quarters, quarters)
def test_more_hours_do_not_end_earlier(calendar, start, some, more):
    assert calendar.add_hours(start, some) <= calendar.add_hours(start, some + more)


@given(calendars, moments, quarters)
def test_the_hours_added_are_the_hours_between(calendar, start, hours):
    end = calendar.add_hours(start, hours)
    assert calendar.hours_between(start, end) == pytest.approx(hours, abs=1e-6)


@given(calendars, moments, moments, moments)
def test_hours_between_add_up(calendar, one, two, three):
    first, second, third = sorted((one, two, three))
    parts = calendar.hours_between(first, second) + calendar.hours_between(second, third)
    assert parts == pytest.approx(calendar.hours_between(first, third))


@given(calendars, moments, moments, st.floats(0, 1))
def test_part_of_the_way_is_so_much_of_it(calendar, one, other, share):
    start, end = sorted((one, other))
    there = calendar.part_way(start, end, share)
    way = calendar.hours_between(start, end)
    assert calendar.hours_between(start, there) == pytest.approx(way * share, abs=1e-6)
    assert start <= there <= max(end, calendar.add_hours(start, 0)) + timedelta(microseconds=1)


@given(calendars, moments, st.integers(0, 40))
def test_a_working_day_ends_in_working_time(calendar, start, days):
    end = calendar.add_days(start, days)
    assert calendar.is_working_time(end - timedelta(microseconds=1))
    assert not calendar.is_working_time(end)


@given(calendars, moments, st.integers(1, 20), st.integers(1, 20))
def test_working_days_add_up(calendar, start, some, more):
    assert calendar.add_days(calendar.add_days(start, some), more) == calendar.add_days(start, some + more)


@given(calendars, moments, moments, st.integers(0, 40))
def test_working_days_keep_the_order_of_their_starts(calendar, one, other, days):
    earlier, later = sorted((one, other))
    assert calendar.add_days(earlier, days) <= calendar.add_days(later, days)


def from_day_on(day: str, days: int) -> st.SearchStrategy[datetime]:
    return st.integers(0, days * 24 * 60).map(lambda minutes: at(day, "00:00") + timedelta(minutes=minutes))


BAYRAMS = ("2024-04-08", "2024-06-14", "2025-03-28", "2025-06-05", "2026-03-18", "2026-05-25", "2027-03-08")
bayram_weeks = st.sampled_from(BAYRAMS).flatmap(lambda day: from_day_on(day, 9))
year_ends = st.integers(2016, 2035).flatmap(lambda year: from_day_on(f"{year}-12-29", 6))


@given(calendars, bayram_weeks | year_ends, quarters)
def test_bayrams_and_year_ends_lose_no_hour_and_give_none_away(calendar, start, hours):
    end = calendar.add_hours(start, hours)
    assert calendar.is_working_time(end) or calendar.is_working_time(end - timedelta(microseconds=1))
    assert calendar.hours_between(start, end) == pytest.approx(hours, abs=1e-6)
