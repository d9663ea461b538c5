"""Requests by route, status and time, counted in memory that all web processes share.

The parent maps it before it forks (melikgazi/web/server.py); each process adds in a part of its own, and whichever is
asked for /metrics reads all parts. A process that dies leaves what it counted, and its successor goes on with it. A
start of the parent begins at zero, as Prometheus expects of counters.
"""

import bisect
import mmap
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.urls import URLResolver, get_resolver

# Seconds; what citizens and Meta wait for ends at one, what a report may take at thirty.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
STATUSES = (
    *(200, 201, 202, 204, 301, 302, 303, 304, 400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415),
    *(422, 428, 429, 500, 502, 503),
)
OTHER_STATUS = "other"
WEBHOOK, PULSE, STATIC, UNKNOWN = "webhook", "pulse", "static", "unknown"
_CELLS = len(BUCKETS) + 2  # each bucket by itself, the last without an upper bound; then the sum of seconds
_NUMBER_BYTES = 8


@dataclass(frozen=True)
class RequestSeries:
    """The requests of one route that were answered with one status: in each bucket, and their seconds together."""

    route: str
    status: str
    counts: tuple[int, ...]
    seconds: float


class RequestCounters:
    """Counts of some processes over known routes; `part` is that of this process."""

    def __init__(self, routes: Iterable[str], processes: int = 1) -> None:
        self._routes = (*dict.fromkeys((WEBHOOK, PULSE, STATIC, UNKNOWN, *routes)),)
        self._place = {route: number for number, route in enumerate(self._routes)}
        self._status = {status: number for number, status in enumerate(STATUSES)}
        self._row = len(STATUSES) + 1
        self._size = len(self._routes) * self._row * _CELLS
        # Pages that nothing was written to take no memory: most routes never answer most statuses.
        self._cells = memoryview(mmap.mmap(-1, self._size * processes * _NUMBER_BYTES)).cast("d")
        self._processes, self.part = processes, 0
        self._adding = threading.Lock()

    def add(self, route: str, status: int, seconds: float) -> None:
        """Counts one request; a route that was not known at the start counts as UNKNOWN."""
        row = self._place.get(route, self._place[UNKNOWN]) * self._row
        row += self._status.get(status, len(STATUSES))
        first = self.part * self._size + row * _CELLS
        with self._adding:
            self._cells[first + bisect.bisect_left(BUCKETS, seconds)] += 1
            self._cells[first + _CELLS - 1] += seconds

    def count(self, route: str, *statuses: int) -> int:
        """How many requests of the route all processes answered with one of the statuses."""
        rows = (self._place[route] * self._row + self._status[each] for each in statuses)
        return int(sum(sum(self._summed(row * _CELLS)[:-1]) for row in rows))

    def read(self) -> Iterator[RequestSeries]:
        """What all processes counted, without what never happened."""
        statuses = (*map(str, STATUSES), OTHER_STATUS)
        for number, route in enumerate(self._routes):
            for place, status in enumerate(statuses):
                first = (number * self._row + place) * _CELLS
                *counts, seconds = self._summed(first)
                if any(counts):
                    yield RequestSeries(route, status, tuple(map(int, counts)), seconds)

    def _summed(self, first: int) -> list[float]:
        parts = [
            self._cells[start : start + _CELLS]
            for start in range(first, first + self._size * self._processes, self._size)
        ]
        return [sum(cells) for cells in zip(*parts, strict=True)]


def routes() -> Iterator[str]:
    """The name of every address, as `resolver_match.view_name` has it."""
    yield from _names(get_resolver(), ())


def _names(resolver: URLResolver, spaces: tuple[str, ...]) -> Iterator[str]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _names(each, (*spaces, each.namespace) if each.namespace else spaces)
        else:
            yield ":".join((*spaces, each.name or each.lookup_str))


_figures: RequestCounters | None = None


def share(processes: int) -> None:
    """Maps the memory for so many processes, before they are forked."""
    global _figures  # noqa: PLW0603 - one of the program
    _figures = RequestCounters(routes(), processes)


def take_part(number: int) -> None:
    """From now on this process counts in the part with this number, from 0."""
    if _figures is not None:
        _figures.part = number


def current() -> RequestCounters:
    """Those of this program; of one process alone where nobody shared any."""
    global _figures  # noqa: PLW0603 - as above
    if _figures is None:
        _figures = RequestCounters(routes())
    return _figures
