"""Working time: pure functions of a calendar on aware datetimes, in Europe/Istanbul; nothing is read from a clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from departments.working_time.public_holidays import HALF_DAY_ENDS, public_holidays

ISTANBUL = ZoneInfo("Europe/Istanbul")
HOUR = timedelta(hours=1)

Shifts = tuple[tuple[time, time], ...]
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Calendar:
    """A working calendar: the shifts of each weekday (Monday first), and those of special days.

    Shifts are in order and do not overlap. A special day (no shifts: closed) outweighs weekday and public holiday. A
    week without any work is a ValueError, and so is a naive datetime given to any method.
    """

    week: tuple[Shifts, ...]
    days: Mapping[date, Shifts] = field(default_factory=dict)
    _known: dict[date, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7 or not any(self.week):
            raise ValueError("a calendar has seven weekdays, and work on one of them")

    def is_working_time(self, at: datetime) -> bool:
        """Whether that moment is within a shift; its first minute counts, its closing minute does not."""
        local = _local(at)
        return any(opens <= local < closes for opens, closes in self._spans(local.date()))

    def add_hours(self, start: datetime, hours: float) -> datetime:
        """The moment when that many working hours have passed since `start`.

        Never outside working time: no hours from a Saturday on is Monday's opening; hours that end with the morning
        end at noon, not an hour later. Negative hours are a ValueError.
        """
        if hours < 0:
            raise ValueError("working hours cannot be negative")
        left = timedelta(hours=hours)
        local = _local(start)
        spans = self._spans_from(local)
        while True:
            opens, closes = next(spans)
            begins = max(opens, local)
            if left <= closes - begins:
                return begins + left
            left -= closes - begins

    def add_days(self, start: datetime, days: int) -> datetime:
        """The end of the n-th working day after the day of `start`.

        The day of `start` itself does not count (Code of Obligations art. 92), a half day does. Zero days end with
        the present working day, or with the next one when work is over. Negative days are a ValueError.
        """
        if days < 0:
            raise ValueError("working days cannot be negative")
        local = _local(start)
        if days == 0:
            return self._closing(self.add_hours(local, 0).date())
        day = local.date()
        left = days
        while left:
            day += timedelta(days=1)
            left -= bool(self._spans(day))
        return self._closing(day)

    def hours_between(self, start: datetime, end: datetime) -> float:
        """The working hours from `start` to `end`; negative when `end` comes first."""
        if end < start:
            return -self.hours_between(end, start)
        first, last = _local(start), _local(end)
        worked = timedelta()
        for opens, closes in self._spans_from(first):
            if opens >= last:
                break
            worked += min(closes, last) - max(opens, first)
        return worked / HOUR

    def part_way(self, start: datetime, end: datetime, share: float) -> datetime:
        """The moment when that share (0 to 1) of the working time between two moments has passed."""
        return self.add_hours(start, self.hours_between(start, end) * share)

    def _spans_from(self, local: datetime) -> Iterator[Span]:
        """The spans of work that are not over at `local`, without end."""
        day = local.date()
        while True:
            yield from (span for span in self._spans(day) if span[1] >= local)
            day += timedelta(days=1)

    def _spans(self, day: date) -> tuple[Span, ...]:
        spans = self._known.get(day)
        if spans is None:
            spans = self._known[day] = tuple(
                (datetime.combine(day, opens, ISTANBUL), datetime.combine(day, closes, ISTANBUL))
                for opens, closes in self._shifts(day)
            )
        return spans

    def _shifts(self, day: date) -> Shifts:
        if day in self.days:
            return self.days[day]
        free, half = public_holidays(day.year)
        if day in free:
            return ()
        shifts = self.week[day.weekday()]
        if day in half:
            return tuple(
                (opens, min(closes, HALF_DAY_ENDS)) for opens, closes in shifts if opens < HALF_DAY_ENDS
            )
        return shifts

    def _closing(self, day: date) -> datetime:
        return self._spans(day)[-1][1]


_OFFICE: Shifts = ((time(8, 30), time(12)), (time(13), time(17, 30)))
STANDARD = Calendar(week=(_OFFICE,) * 5 + ((), ()))


def _local(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a datetime without a time zone has no place on the calendar")
    return at.astimezone(ISTANBUL)
