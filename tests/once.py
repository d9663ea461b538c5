"""Fixtures of a whole test module: rows written once, in a transaction around the tests'."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from django.db import transaction
from pytest_django import DjangoDbBlocker

T = TypeVar("T")


def once(blocker: DjangoDbBlocker, write: Callable[[], T]) -> Iterator[T]:
    """For a fixture of a module's scope: what is written is there for each of its tests and undone after the last.

    Not in a module with a test of real transactions (`transactional_db`): they would begin inside this one.
    """
    with blocker.unblock(), transaction.atomic():
        written = write()
        with blocker.block():
            yield written
        transaction.set_rollback(True)
