"""The clock of a trial: ahead of the machine's by what the telephone page moved it on. Days are lived in minutes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone


class Ahead:
    """The time, as many seconds ahead as a file says; as it is while there is no such file."""

    def __init__(self, file: Path, real: Callable[[], datetime]) -> None:
        self._file, self._real = file, real
        self._written: int | None = None
        self._by = timedelta()

    def __call__(self) -> datetime:
        try:
            written = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return self._real()
        if written != self._written:  # read anew only then: the time is asked for often
            self._by = timedelta(seconds=float(self._file.read_text()))
            self._written = written
        return self._real() + self._by


def follow(file: Path) -> None:
    """Lets everything in this process that asks Django for the time get that of the trial."""
    vars(timezone)["now"] = Ahead(file, timezone.now)
