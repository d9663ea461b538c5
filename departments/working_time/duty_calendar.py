"""The roster as the calendar above its list: weeks of days, and who is on duty in each."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from departments.organisation.models.departments import DutyShift
from departments.working_time.working_hours import ISTANBUL

WEEKS_SHOWN = 3


@dataclass(frozen=True)
class DutyOfDay:
    """The part of a shift that lies on one day; `until` is "24.00" where it goes on into the next."""

    since: str
    until: str
    shift: DutyShift


def duty_weeks(today: date) -> list[list[tuple[date, list[DutyOfDay]]]]:
    """The roster as a calendar: WEEKS_SHOWN from this one on, each of seven days from Monday on."""
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(days=each) for each in range(7 * WEEKS_SHOWN)]
    shifts = list(
        DutyShift.objects.filter(
            starts_at__lt=_midnight(days[-1] + timedelta(days=1)), ends_at__gt=_midnight(monday)
        )
        .select_related("user", "department")
        .order_by("starts_at", "pk")
    )
    entries = [(day, _of_day(shifts, day)) for day in days]
    return [entries[first : first + 7] for first in range(0, len(entries), 7)]


def _of_day(shifts: list[DutyShift], day: date) -> list[DutyOfDay]:
    begins, ends = _midnight(day), _midnight(day + timedelta(days=1))
    return [
        DutyOfDay(
            f"{max(shift.starts_at, begins).astimezone(ISTANBUL):%H.%M}",
            "24.00" if shift.ends_at >= ends else f"{shift.ends_at.astimezone(ISTANBUL):%H.%M}",
            shift,
        )
        for shift in shifts
        if shift.starts_at < ends and shift.ends_at > begins
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ISTANBUL)
