"""Whether the machine has more to do than its cores can: then everything is late, and nothing is broken."""

import os
from pathlib import Path
from typing import NamedTuple

LOAD, PRESSURE = Path("/proc/loadavg"), Path("/proc/pressure/cpu")
# Of the last minute: as many processes ran or were ready for each core on average, and in so much of it, in percent,
# one of them had to wait. The load alone also counts who waits for a disk.
OVERLOADED_FROM, PRESSED_FROM = 4.0, 50.0

REMEDY = (
    "Bu makinede çalışan başka programları durdurun ya da gece saatine alın (top en çok işlemci kullananı gösterir); "
    "sürekliyse işlemci ekleyin ya da işçileri başka makineye taşıyın. Mesaj kaybolmaz, yalnızca gecikir."
)


class MachineLoad(NamedTuple):
    """Of the last minute: processes for each core, and the percentage of it in which one waited for a core.

    0 and None where the kernel does not tell.
    """

    per_core: float
    pressure: float | None

    @property
    def is_too_much(self) -> bool:
        """Whether who works here is late for that reason."""
        pressed = self.pressure is None or self.pressure >= PRESSED_FROM
        return self.per_core >= OVERLOADED_FROM and pressed


def read() -> MachineLoad:
    """How things stand."""
    return MachineLoad(_load() / (os.cpu_count() or 1), _pressure())


def _load() -> float:
    try:
        return float(LOAD.read_text().split()[0])
    except OSError:  # elsewhere than on Linux
        return 0.0


def _pressure() -> float | None:
    """What "some avg60=" says; None of a kernel without pressure stall information."""
    try:
        some = PRESSURE.read_text().splitlines()[0].split()
    except (OSError, IndexError):
        return None
    return next((float(each.removeprefix("avg60=")) for each in some if each.startswith("avg60=")), None)
