"""When a file that could not be fetched is tried again, and for how long."""

from datetime import timedelta

TRIED_FOR = timedelta(days=7)  # since its message was sent
PAUSE_AT_MOST = timedelta(hours=1)
SCANNER_PAUSE = timedelta(seconds=10)  # while the virus scanner is down; no attempt is counted


def pause_after(attempts: int) -> timedelta:
    """How long a file rests after so many attempts: doubling from ten seconds."""
    return min(timedelta(seconds=5 * 2 ** min(attempts, 12)), PAUSE_AT_MOST)
