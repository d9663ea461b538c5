"""When a turn that failed is tried again, and how often."""

from datetime import timedelta

ATTEMPTS = 3
PAUSE = timedelta(seconds=2)  # doubled by every further failure
# A database that is ill says nothing about what was said: however often a turn fails so, it is counted once.
DATABASE_PAUSE = timedelta(seconds=10)


def pause_after(attempt: int) -> timedelta:
    """How long a turn rests after its attempt of that number, counted from 1, has failed."""
    return PAUSE * (1 << (attempt - 1))
