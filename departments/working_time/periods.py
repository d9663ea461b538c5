"""Half-open periods by the calendar of Europe/Istanbul, and their days, weeks and months. Pure."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from departments.working_time.working_hours import ISTANBUL

# fmt: off
MONTHS = (
    "Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran",
    "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık",
)
# fmt: on


USUAL_DAYS = 30  # of the reports page as it opens


class Interval(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def midnight(day: date) -> datetime:
    """The beginning of that day in Europe/Istanbul."""
    return datetime.combine(day, time(), ISTANBUL)


def offered_periods(today: date) -> tuple[tuple[str, date, date], ...]:
    """What the reports page offers at one click: the name, the first and the last day."""
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return (
        ("Son 7 gün", today - timedelta(days=6), today),
        (f"Son {USUAL_DAYS} gün", today - timedelta(days=USUAL_DAYS - 1), today),
        ("Bu ay", month, today),
        ("Geçen ay", before.replace(day=1), before),
        ("Bu yıl", today.replace(month=1, day=1), today),
        ("Son 12 ay", today - timedelta(days=364), today),
    )


@dataclass(frozen=True)
class Period:
    """From `start` (inclusive) to `end` (exclusive)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("a period ends after it starts")

    @classmethod
    def of_days(cls, first: date, last: date) -> "Period":
        """From the beginning of the first day to the end of the last."""
        return cls(midnight(first), midnight(last + timedelta(days=1)))

    @classmethod
    def of_month(cls, first: date) -> "Period":
        return cls(midnight(first.replace(day=1)), midnight(_months_on(first.replace(day=1), 1)))

    def previous(self) -> "Period":
        """The period just before: as many whole months, if this one is whole months, else of the same length."""
        first, after = self._days()
        if first.day == after.day == 1 and self._whole_days():
            months = (after.year - first.year) * 12 + after.month - first.month
            return Period(midnight(_months_on(first, -months)), self.start)
        return Period(self.start - (self.end - self.start), self.start)

    def a_year_before(self) -> "Period":
        return Period(_year_before(self.start), _year_before(self.end))

    def parts(self, interval: Interval) -> list["Period"]:
        """The days, weeks (from Monday on) or months of the period in order; the first and last may be cut short."""
        bounds = [self.start]
        while (after := _next_start(bounds[-1], interval)) < self.end:
            bounds.append(after)
        return [Period(*ends) for ends in zip(bounds, [*bounds[1:], self.end], strict=True)]

    def _days(self) -> tuple[date, date]:
        return self.start.astimezone(ISTANBUL).date(), self.end.astimezone(ISTANBUL).date()

    def _whole_days(self) -> bool:
        first, after = self._days()
        return self.start == midnight(first) and self.end == midnight(after)


def _months_on(first: date, months: int) -> date:
    """The first day of the month `months` later."""
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _year_before(at: datetime) -> datetime:
    local = at.astimezone(ISTANBUL)
    day = min(local.day, monthrange(local.year - 1, local.month)[1])  # 29 February
    return local.replace(year=local.year - 1, day=day)


_STEPS: dict[Interval, Callable[[date], date]] = {
    Interval.DAY: lambda day: day + timedelta(days=1),
    Interval.WEEK: lambda day: day + timedelta(days=7 - day.weekday()),
    Interval.MONTH: lambda day: _months_on(day, 1),
}


def _next_start(at: datetime, interval: Interval) -> datetime:
    return midnight(_STEPS[interval](at.astimezone(ISTANBUL).date()))
