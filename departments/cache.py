"""A value computed from slowly changing tables, kept per process and renewed when they changed."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import ClassVar, Generic, NamedTuple, TypeVar

T = TypeVar("T")

LOOK_EVERY_SECONDS = 5.0


class _Kept(NamedTuple, Generic[T]):
    value: T
    stamp: Hashable
    generation: int
    look_again: float


class RevalidatedCache(Generic[T]):
    """Keeps what `load` returned as long as `stamp` stays the same.

    The stamp is one cheap query, asked for at most every LOOK_EVERY_SECONDS, so that another process's change is seen
    within that time. Two threads may load at the same moment; each gets a whole value.
    """

    _generation: ClassVar[int] = 0
    _held: ClassVar[bool] = False

    def __init__(self, *, load: Callable[[], T], stamp: Callable[[], Hashable]) -> None:
        self._load = load
        self._stamp = stamp
        self._kept: _Kept[T] | None = None

    @staticmethod
    def forget() -> None:
        """Have every kept value of this process loaded anew; for whoever has just changed the tables."""
        RevalidatedCache._generation += 1

    @staticmethod
    @contextmanager
    def hold() -> Iterator[None]:
        """Within the block, and in processes forked there, what is known stays as it is and is not looked after."""
        RevalidatedCache._held = True
        try:
            yield
        finally:
            RevalidatedCache._held = False

    def get(self) -> T:
        """The present value."""
        kept, generation, now = self._kept, RevalidatedCache._generation, monotonic()
        current = kept if kept and kept.generation == generation else None
        if current and (RevalidatedCache._held or now < current.look_again):
            return current.value
        stamp = self._stamp()
        value = current.value if current and current.stamp == stamp else self._load()
        self._kept = _Kept(value, stamp, generation, now + LOOK_EVERY_SECONDS)
        return value
