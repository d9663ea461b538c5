"""Values computed from tables that rarely change, kept by each process until one of these tables changes.

A single row (`ReferenceRevision`) says which state the tables are in: a number that never comes twice. Triggers replace
it with every statement that writes to one of these tables, whoever sends it, and in the writer's own transaction: the
new number is seen together with the change (melikgazi/migrations/0003 and 0004 list the tables).

A thread asks for the revision once after each `refresh()`, unless it told that it `saw` it, and otherwise at most every
LOOK_EVERY_SECONDS.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import ClassVar, Generic, NamedTuple, TypeVar

from django.db import connection

T = TypeVar("T")

LOOK_EVERY_SECONDS = 5.0


class _Kept(NamedTuple, Generic[T]):
    value: T
    revision: int


class _Seen(threading.local):
    """The revision as this thread last saw it. No other thread may use it: it may be of a change not yet committed."""

    revision: int | None = None
    look_again: float = 0.0  # on the monotonic clock, in seconds


_seen = _Seen()


class RevalidatedCache(Generic[T]):
    """Keeps what `load` returned as long as the revision stays the same; `load` reads only tables with the trigger.

    Two threads may load at the same moment; each gets a whole value.
    """

    _frozen: ClassVar[bool] = False

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._kept: _Kept[T] | None = None

    @staticmethod
    @contextmanager
    def frozen() -> Iterator[None]:
        """Within the block, and in processes forked there, what is kept stays as it is and is not looked after."""
        RevalidatedCache._frozen = True
        try:
            yield
        finally:
            RevalidatedCache._frozen = False

    def get(self) -> T:
        """The present value; to be read only, since everybody in the process gets the same."""
        kept = self._kept
        if kept and RevalidatedCache._frozen:
            return kept.value
        seen = revision()  # before loading: a change in between is newer than its label, and loaded again
        if kept is None or kept.revision != seen:
            kept = self._kept = _Kept(self._load(), seen)
        return kept.value


def refresh() -> None:
    """Makes this thread see every change that is committed by now, from its next `get()` on.

    For the beginning of a turn, a batch or a request, and for whoever has just changed such a table. It costs nothing
    by itself: the first value wanted after it asks for the revision, in one statement, and the others trust the answer.
    """
    _seen.revision = None


def set_known_revision(revision: int) -> None:
    """Takes what a statement of this thread has just read of the revision, beside what else it asked for."""
    _seen.revision, _seen.look_again = revision, monotonic() + LOOK_EVERY_SECONDS


def revision() -> int:
    """The number of the state that the tables are in, as this thread last saw it."""
    now = monotonic()
    if _seen.revision is None or now >= _seen.look_again:
        with connection.cursor() as cursor:
            cursor.execute("SELECT value FROM departments_referencerevision")
            (_seen.revision,) = cursor.fetchone()
        _seen.look_again = now + LOOK_EVERY_SECONDS
    return _seen.revision
