"""bin/test --at: the clock of a run is moved by a fixed offset and goes on from there.

libfaketime is preloaded into every process that inherits the environment: Python, Chromium, PostgreSQL, Valkey.
Only the time of day moves. Monotonic clocks do not, so no wait becomes longer or shorter; the kernel's times of files
do not, so who compares one with the clock has written that time itself (os.utime).
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ISTANBUL = ZoneInfo("Europe/Istanbul")
NOON = time(12)

# The variant without locks: with those of libfaketimeMT a process waits for ever that was forked while another thread
# asked for the time. Without them it is safe for threads when the offset is read only once.
LIBRARY = "libfaketime.so.1"
FOLDERS = ("usr/lib/*/faketime", "usr/lib*/faketime", "usr/local/lib/faketime")
# These count a deadline of the monotonic clock by the moved one, so it is always over: who waits for Python's
# interpreter lock, and all of Chromium, ask again and again.
# And these begin a wait anew that a signal ended: PostgreSQL would cancel no statement that sleeps.
BROKEN = ("pthread_cond_timedwait", "pthread_cond_init", "pthread_cond_destroy", "epoll_wait", "epoll_pwait")
MISSING = "--at needs libfaketime (apt-get install faketime)"
READ_ONCE = str(10**9)  # seconds

TURN = "turn"


class UnknownMomentError(ValueError):
    """Neither a date, nor a moment, nor a name; the message says what is."""


def moment(said: str, now: datetime) -> datetime:
    """What `--at` says: an ISO date (noon), an ISO date and time (of Istanbul unless it has a zone), one of NAMED, or
    TURN: that of NAMED whose turn it is on the day of `now`. UnknownMomentError where it is none of these.
    """
    now = now.astimezone(ISTANBUL)
    if said == TURN:
        return list(NAMED.values())[now.toordinal() % len(NAMED)](now)
    if said in NAMED:
        return NAMED[said](now)
    try:
        found = datetime.fromisoformat(said)
    except ValueError as error:
        known = ", ".join((*NAMED, TURN))
        raise UnknownMomentError(f"--at {said}: 2028-02-29, 2026-12-31T23:58 or one of {known}") from error
    if "T" not in said and " " not in said:
        found = datetime.combine(found, NOON)
    return found if found.tzinfo else found.replace(tzinfo=ISTANBUL)


def library(root: Path = Path("/")) -> Path | None:
    """The library that moves clocks; None where it is not installed."""
    return next((path for folder in FOLDERS for path in root.glob(f"{folder}/{LIBRARY}")), None)


def moved(by: timedelta, found: Path, directory: Path) -> dict[str, str]:
    """The environment that moves the clock of whatever is started with it, for as long as the directory is there."""
    preload(found, directory)
    by_how_much = {"FAKETIME": f"{round(by.total_seconds()):+d}", "FAKETIME_CACHE_DURATION": READ_ONCE}
    return environment(directory) | by_how_much


def environment(directory: Path) -> dict[str, str]:
    """What makes a process load the copy of `preload`; FAKETIME, which says by how much, is the caller's to add."""
    return {
        "LD_PRELOAD": str(directory / LIBRARY),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DISABLE_SHM": "1",
        "NO_FAKE_STAT": "1",
        "FAKE_UTIME": "0",
    }


def preload(found: Path, directory: Path) -> None:
    """Copies the library into the directory and renames its BROKEN functions there, so that the C library's are used.

    The names of functions come first in the file, before its texts.
    """
    content = found.read_bytes()
    for name in BROKEN:
        content = content.replace(f"\0{name}\0".encode(), f"\0_{name[1:]}\0".encode(), 1)
    (directory / LIBRARY).write_bytes(content)


def _next(is_wanted: Callable[[date], bool], at: time) -> Callable[[datetime], datetime]:
    """The next day of that kind after today, at that time of Istanbul."""

    def next_moment(now: datetime) -> datetime:
        day = now.date() + timedelta(days=1)
        while not is_wanted(day):
            day += timedelta(days=1)
        return datetime.combine(day, at, ISTANBUL)

    return next_moment


def _begins_bayram(day: date) -> bool:
    """Whether that is the first day of Ramazan Bayramı."""
    import holidays  # not at the top: .ci/run looks for the library before it has this package

    name = "Ramazan Bayramı"
    known = holidays.country_holidays("TR", language="tr")
    return name in known.get(day, "") and name not in known.get(day - timedelta(days=1), "")


NAMED: dict[str, Callable[[datetime], datetime]] = {
    "tomorrow": lambda now: now + timedelta(days=1),
    "in-40-days": lambda now: now + timedelta(days=40),
    "new-year": _next(lambda day: (day.month, day.day) == (12, 31), time(23, 58)),
    "leap-day": _next(lambda day: (day.month, day.day) == (2, 29), NOON),
    "bayram": _next(_begins_bayram, NOON),
    "sunday-night": _next(lambda day: day.weekday() == 6, time(23, 30)),
    "utc-yesterday": _next(lambda _day: True, time(0, 30)),
}
