"""Working time of the municipality: pure functions on aware datetimes, nothing read from a clock.

Monday to Friday, 08:30 to 12:00 and 13:00 to 17:30 in Europe/Istanbul. Public holidays are those of Law 2429 as the
`holidays` package lists them, religious ones included. On half days (28 October, eves of bayrams) work ends at noon.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from holidays.constants import HALF_DAY, PUBLIC

ISTANBUL = ZoneInfo("Europe/Istanbul")
MORNING = (time(8, 30), time(12, 0))
AFTERNOON = (time(13, 0), time(17, 30))
SATURDAY = 5
HOUR = timedelta(hours=1)

Span = tuple[datetime, datetime]


def is_working_time(at: datetime) -> bool:
    """Whether somebody is at work at that moment; an opening minute counts, a closing minute does not."""
    local = _local(at)
    return any(opens <= local < closes for opens, closes in _spans(local.date()))


def add_working_hours(start: datetime, hours: float) -> datetime:
    """The moment when that many working hours have passed since `start`, in Europe/Istanbul.

    Never outside working time: no hours from a Saturday on is Monday's opening; hours that end with the morning end at
    noon, not an hour later. Negative hours and naive datetimes are a ValueError.
    """
    if hours < 0:
        raise ValueError("working hours cannot be negative")
    left = timedelta(hours=hours)
    local = _local(start)
    spans = _spans_from(local)
    while True:
        opens, closes = next(spans)
        begins = max(opens, local)
        if left <= closes - begins:
            return begins + left
        left -= closes - begins


def add_working_days(start: datetime, days: int) -> datetime:
    """The end of the n-th working day after the day of `start`, in Europe/Istanbul.

    The day of `start` itself does not count (Code of Obligations art. 92), a half day does. Zero days end with the
    present working day, or with the next one when work is over. Negative days and naive datetimes are a
    ValueError.
    """
    if days < 0:
        raise ValueError("working days cannot be negative")
    local = _local(start)
    if days == 0:
        return _closing(add_working_hours(local, 0).date())
    day = local.date()
    left = days
    while left:
        day += timedelta(days=1)
        left -= bool(_spans(day))
    return _closing(day)


def working_hours_between(start: datetime, end: datetime) -> float:
    """The working hours from `start` to `end`; negative when `end` comes first. Naive datetimes are a ValueError."""
    if end < start:
        return -working_hours_between(end, start)
    first, last = _local(start), _local(end)
    worked = timedelta()
    for opens, closes in _spans_from(first):
        if opens >= last:
            break
        worked += min(closes, last) - max(opens, first)
    return worked / HOUR


def _local(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a datetime without a time zone has no place on the calendar")
    return at.astimezone(ISTANBUL)


def _spans_from(local: datetime) -> Iterator[Span]:
    """The spans of work that are not over at `local`, without end."""
    day = local.date()
    while True:
        yield from (span for span in _spans(day) if span[1] >= local)
        day += timedelta(days=1)


@lru_cache(maxsize=2048)
def _spans(day: date) -> tuple[Span, ...]:
    """When people work on that day: twice, once (half day) or not at all."""
    free, half = _holidays(day.year)
    if day.weekday() >= SATURDAY or day in free:
        return ()
    hours = (MORNING,) if day in half else (MORNING, AFTERNOON)
    return tuple(
        (datetime.combine(day, opens, ISTANBUL), datetime.combine(day, closes, ISTANBUL))
        for opens, closes in hours
    )


@lru_cache(maxsize=64)
def _holidays(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The whole free days and the half days of a year."""
    free, half = (
        frozenset(holidays.country_holidays("TR", years=year, categories=(category,)))
        for category in (PUBLIC, HALF_DAY)
    )
    return free, half


def _closing(day: date) -> datetime:
    return _spans(day)[-1][1]
