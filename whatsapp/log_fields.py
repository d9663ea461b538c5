"""Which rows the log lines of a moment are about: their numbers, so that a message can be followed from its delivery
to its answer without a name, a telephone number or a word of it in any log.

    with trail.about(delivery=delivery.pk):
        log.warning("not taken in")        # melikgazi/logs.py writes the number beside it
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_rows: ContextVar[Mapping[str, int]] = ContextVar("rows")


@contextmanager
def bind(**rows: int | None) -> Iterator[None]:
    """Inside, every line tells these rows too, beside those of the blocks around; None tells nothing."""
    token = _rows.set({**current(), **{kind: pk for kind, pk in rows.items() if pk is not None}})
    try:
        yield
    finally:
        _rows.reset(token)


def current() -> Mapping[str, int]:
    """Kind of row → its number."""
    return _rows.get({})
