"""How long something took or has lasted, as people say it. Pure."""

from datetime import timedelta

PRECISE_HOURS = 10  # up to so many, minutes are said beside hours
SOON = timedelta(hours=3)  # before the time to write freely is over


def span(time: timedelta) -> str:
    """A duration in its largest unit: `5 gün`, `3 sa`, `12 dk`."""
    minutes = max(int(time.total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes} dk"
    return f"{minutes // 60} sa" if minutes < 24 * 60 else f"{minutes // (24 * 60)} gün"


def waited(time: timedelta) -> str:
    """How long somebody has waited, the more precise the shorter: `52 dk`, `5 sa 42 dk`, `20 sa`, `3 gün`.
    page/time_left.js says it alike.
    """
    minutes = max(int(time.total_seconds() // 60), 0)
    hours, rest = divmod(minutes, 60)
    return f"{hours} sa {rest} dk" if 0 < hours < PRECISE_HOURS and rest else span(time)


def left(time: timedelta) -> str:
    """How long one may still write freely: precise when it presses, `2 sa 18 dk`, else `20 sa`. page/time_left.js says
    it alike.
    """
    return waited(time) if time < SOON else f"{int(time.total_seconds() // 3600)} sa"
