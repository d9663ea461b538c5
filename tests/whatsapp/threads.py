"""Work done by several threads at the same moment, each on a database connection of its own."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def at_once(*works: Callable[[], T]) -> list[T]:
    """The result of each; an exception of one is raised here."""
    start = Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        start.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def until(condition: str) -> None:
    """Waits until the database says that it is so."""
    end = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(f"SELECT {condition}")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise TimeoutError(condition)
