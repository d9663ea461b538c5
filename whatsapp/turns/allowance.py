"""What the turns of one citizen may cost: processor time, not messages. Pure.

A conversation's `spent_until` is moved on by what each turn of it costs and is passed by the clock meanwhile. Where it
is more than a minute ahead, the citizen has had their share: their turns are taken after everybody else's, danger
excepted, until it no longer is.
"""

from datetime import datetime, timedelta

SECONDS_A_MINUTE = 2.0  # of processor time: some hundred ordinary messages
MINUTE = timedelta(minutes=1)


def after(spent_until: datetime | None, seconds: float, now: datetime) -> datetime:
    """The new `spent_until` once a turn has cost so many seconds of processor time."""
    return max(spent_until or now, now) + seconds / SECONDS_A_MINUTE * MINUTE


def behind_from(now: datetime) -> datetime:
    """Return the time after which a `spent_until` puts a citizen behind everybody."""
    return now + MINUTE


def is_behind(spent_until: datetime | None, now: datetime) -> bool:
    """Whether a citizen's turns wait behind everybody's."""
    return spent_until is not None and spent_until > behind_from(now)
