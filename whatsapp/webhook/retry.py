"""When a delivery of Meta that could not be stored is tried again, and how often."""

from datetime import timedelta

ATTEMPTS = 3
PAUSE, PAUSE_AT_MOST = timedelta(seconds=2), timedelta(minutes=1)


def pause_after(waited: timedelta) -> timedelta:
    """How long a delivery rests where the database is ill, which says nothing about a body: for as long as it has
    waited already.
    """
    return min(max(waited, PAUSE), PAUSE_AT_MOST)
