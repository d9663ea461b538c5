"""Context for log lines: the primary keys of the rows being processed, and the number of the request.

A message can be followed through the logs from its delivery to its answer, without names, telephone numbers or texts.

    with log_fields.bind(delivery=delivery.pk):
        log.warning("not ingested")        # melikgazi/observability/logs.py adds delivery=12 to the line
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_rows: ContextVar[Mapping[str, int | str]] = ContextVar("rows")


@contextmanager
def bind(**rows: int | str | None) -> Iterator[None]:
    """Adds these keys to every log line inside the block, beside those of outer blocks; None and "" are left out."""
    token = _rows.set({**current(), **{kind: pk for kind, pk in rows.items() if pk not in (None, "")}})
    try:
        yield
    finally:
        _rows.reset(token)


def current() -> Mapping[str, int | str]:
    """The bound keys: kind of row → primary key."""
    return _rows.get({})
