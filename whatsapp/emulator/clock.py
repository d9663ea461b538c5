"""The emulator's clock, which can be moved forward, and a token bucket for Meta's rate limits."""

import threading
import time
from pathlib import Path

from whatsapp.emulator.records import ControlError
from whatsapp.emulator.store import Store


class TrialClock:
    """Real time plus an offset, which survives a restart.

    The offset in seconds is also written to `line_file`, from which the application's clock reads it.
    """

    def __init__(self, store: Store, line_file: Path | None = None) -> None:
        self._store, self._line_file = store, line_file
        self._offset = store.setting("clock_offset", 0.0)
        self._write_line_file(store.setting("line_offset", 0.0))

    @property
    def offset(self) -> float:
        """Seconds ahead of real time."""
        return self._offset

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._offset

    def forward(self, seconds: float, *, line: bool = True) -> float:
        """Moves the clock forward, with `line` the application's, too; returns the new time. It never goes back."""
        if seconds < 0:
            raise ControlError("The clock only moves forward.")
        self._offset += seconds
        self._store.set_setting("clock_offset", self._offset)
        if line:
            ahead = self._store.setting("line_offset", 0.0) + seconds
            self._store.set_setting("line_offset", ahead)
            self._write_line_file(ahead)
        return self.now()

    def _write_line_file(self, ahead: float) -> None:
        if self._line_file:
            unfinished = self._line_file.with_name(f"{self._line_file.name}.new")
            unfinished.write_text(f"{ahead}\n")
            unfinished.replace(self._line_file)  # atomic: readers see the old number or the new one


class Bucket:
    """A token bucket: bursts up to `size`, then `per_second` in the long run."""

    def __init__(self, size: float, per_second: float) -> None:
        self._size, self._per_second = size, per_second
        self._level, self._at = size, 0.0
        self._lock = threading.Lock()

    def take(self, now: float) -> bool:
        """Takes one token; False when there is none. Callers that only count traffic ignore the result."""
        with self._lock:
            self._level = min(self._size, self._level + max(0.0, now - self._at) * self._per_second)
            self._at = now
            if self._level < 1:
                return False
            self._level -= 1
            return True
