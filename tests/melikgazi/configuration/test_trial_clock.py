"""The clock of a trial follows the offset set on the telephone page."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from melikgazi.configuration.trial_clock import ShiftedClock

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_time_is_that_of_the_machine_while_nobody_moved_it(tmp_path: Path) -> None:
    assert ShiftedClock(tmp_path / "clock", lambda: NOON)() == NOON


def test_a_running_process_follows_each_move(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    now = ShiftedClock(file, lambda: NOON)
    for turn, seconds in enumerate([960.0, 960.0 + 7 * 86400]):
        file.write_text(f"{seconds}\n")
        os.utime(file, ns=(turn, turn))  # written at another moment, however coarse the disk's clock is
        assert now() == NOON + timedelta(seconds=seconds)
