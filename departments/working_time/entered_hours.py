"""Which calendar a department works by: hours and days as staff entered them, the usual office hours otherwise."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, time
from itertools import groupby

from departments.common.cache import RevalidatedCache
from departments.working_time.models import SpecialDay, Weekday, WorkingHours
from departments.working_time.working_hours import STANDARD, Calendar, Shifts


def calendar_of(department_id: int | None) -> Calendar:
    """The calendar of a department, or of the whole municipality (None).

    A department without hours of its own keeps those of the municipality; its own days come before the
    municipality's, and these before public holidays.
    """
    calendars = _calendars.get()
    return calendars.get(department_id) or calendars[None]


def _load() -> Mapping[int | None, Calendar]:
    hours: dict[int | None, dict[int, list[tuple[time, time]]]] = defaultdict(lambda: defaultdict(list))
    for row in WorkingHours.objects.order_by("opens"):
        hours[row.department_id][row.weekday].append((row.opens, row.closes))
    days: dict[int | None, dict[date, Shifts]] = defaultdict(dict)
    for special in SpecialDay.objects.all():
        days[special.department_id][special.day] = special.shifts
    weeks = {
        department: tuple(_merged(week[weekday]) for weekday in range(7))
        for department, week in hours.items()
    }
    usual = weeks.get(None, STANDARD.week)
    return {
        department: Calendar(weeks.get(department, usual), {**days.get(None, {}), **days.get(department, {})})
        for department in {None, *hours, *days}
    }


def in_words(calendar: Calendar) -> str:
    """The week of a calendar: “pazartesi–cuma 08.30–12.00 ve 13.00–17.30; cumartesi–pazar kapalı”."""
    parts = []
    for shifts, days in groupby(enumerate(calendar.week), key=lambda pair: pair[1]):
        first, *others = [Weekday(day).label.lower() for day, _ in days]
        named = f"{first}–{others[-1]}" if others else first
        hours = " ve ".join(f"{opens:%H.%M}–{closes:%H.%M}" for opens, closes in shifts)
        parts.append(f"{named} {hours or 'kapalı'}")
    return "; ".join(parts)


def _merged(shifts: Iterable[tuple[time, time]]) -> Shifts:
    """Shifts in order; those that touch or overlap become one, so that no minute counts twice."""
    merged: list[tuple[time, time]] = []
    for opens, closes in shifts:
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return tuple(merged)


_calendars = RevalidatedCache(_load)
