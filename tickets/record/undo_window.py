"""Until when the news of the act that is being done is held back."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.db import connection

from tickets.record.models.acts import Act

UNDO_SECONDS = 5  # in which staff may take back what they did
# The page that offers it is a moment on its way; and of each further ticket of a selection the work takes another.
UNDO_WINDOW = timedelta(seconds=UNDO_SECONDS + 0.5)
UNDO_WINDOW_MORE = timedelta(milliseconds=150)

_until: ContextVar[datetime | None] = ContextVar("undo_until", default=None)
# Read by the trigger `journal` of each table that acts write: it keeps what changes as ActChange.
_JOURNAL = "SELECT set_config('tickets.act', %s, true)"


def undo_until() -> datetime | None:
    """Until when nothing of what is being written may leave; None outside of acts that can be taken back."""
    return _until.get()


@contextmanager
def journaled(act: Act, part: int, *, waits: bool) -> Iterator[None]:
    """What is written in the block is that part of the act; `waits` says whether its news is held back. The caller's
    transaction is rolled back where the block fails.
    """
    _set_journal(f"{act.pk}:{part}")
    token = _until.set(act.undo_until if waits else None)
    try:
        yield
    finally:
        _until.reset(token)
    _set_journal("")  # the transaction goes on


def _set_journal(act: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_JOURNAL, [act])
