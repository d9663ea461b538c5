"""Processes forked from one that has loaded everything: one that dies or hangs is followed by another."""

import contextlib
import ctypes
import logging
import mmap
import os
import signal
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

LOOK_SECONDS = 0.2
PAUSE_SECONDS = 1.0  # before one that died young is forked again
YOUNG_SECONDS = 10.0
STOP_SECONDS = 50.0  # for the work in hand; then it is cut off

_PR_SET_PDEATHSIG = 1

log = logging.getLogger(__name__)


def die_with_parent(parent: int) -> None:
    """Has the kernel kill this process when `parent`, its parent's process id, has ended; that may be before."""
    with contextlib.suppress(OSError, AttributeError):  # elsewhere than on Linux
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


@dataclass
class Worker:
    """One forked process, and its successors. `deadline` lives in memory that both sides see."""

    name: str
    run: Callable[["Deadline"], None]
    deadline: "Deadline"
    pid: int = 0  # of the process; 0 while there is none
    started: float = 0.0
    due: float = field(default_factory=time.monotonic)


class Deadline:
    """When the task in hand must be over, or the next one begun: written by the worker, read by its parent.

    Two limits. One is of processor time, for work without end. The other is of the time that the worker did not wait
    for a core, for one that is blocked. On an overloaded machine a task takes long, but neither limit comes nearer.
    """

    def __init__(self) -> None:
        self._shared = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("d")

    def set(
        self, seconds: float | None, processor: float | None = None, *, by_the_wall: bool = False
    ) -> None:
        """The worker has so many `seconds` from now on, of which `processor` at work; None for no end, and for no limit
        of its own. `by_the_wall`: the time without a core counts, too, since a lease ends by the clock meanwhile.
        """
        self._shared[0] = 0.0  # nobody reads what is half written
        if seconds:
            processor = processor or seconds
            self._shared[1:4] = array("d", (processor, time.monotonic(), processor_seconds(os.getpid())))
            self._shared[4] = waited_for_core(os.getpid())
            self._shared[5] = float(by_the_wall)
            self._shared[0] = seconds

    def is_over(self, pid: int) -> bool:
        """Whether the worker with this process id has passed one of its limits."""
        seconds, processor, began, worked, waited, by_the_wall = self._shared[:6]
        passed = time.monotonic() - began
        if not seconds or passed < min(seconds, processor):
            return False
        is_working = processor_seconds(pid) - worked > processor
        without_core = 0.0 if by_the_wall else waited_for_core(pid) - waited
        return is_working or passed - without_core > seconds


def processor_seconds(pid: int) -> float:
    """Seconds of processor time of a process and its threads; 0 where the kernel does not tell."""
    try:
        spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # elsewhere than on Linux
        return 0.0
    return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")


def waited_for_core(pid: int) -> float:
    """Seconds for which the main thread of a process was ready and had no core; 0 where the kernel does not tell."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


class ProcessPool:
    """Forks the workers and keeps them running."""

    def __init__(self, workers: list[Worker]) -> None:
        self._workers = workers
        self._asked_to_stop = False

    def watch(self, begun: Callable[[], object] = lambda: None) -> int:
        """Until asked to stop. `begun` is called once all are forked. Returns the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        self._fork_due()
        begun()
        while not self._asked_to_stop:
            self._bury()
            self._fork_due()
            time.sleep(LOOK_SECONDS)
        return self._stop()

    def _ask_to_stop(self, *_: object) -> None:
        self._asked_to_stop = True

    def _fork_due(self) -> None:
        for worker in self._workers:
            if not worker.pid and worker.due <= time.monotonic():
                self._fork(worker)

    def _fork(self, worker: Worker) -> None:
        worker.deadline.set(None)
        worker.started = time.monotonic()
        parent = os.getpid()
        worker.pid = os.fork() or _run(worker, parent)

    def _bury(self) -> None:
        """Kills those that are late with a task or for one, and takes note of those that ended."""
        for worker in self._running():
            if worker.deadline.is_over(worker.pid):
                log.error("%s is longer at a task than it may take, or hears of none: killed", worker.name)
                worker.deadline.set(None)
                os.kill(worker.pid, signal.SIGKILL)
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                now = time.monotonic()
                worker.pid = 0
                worker.due = now if now - worker.started > YOUNG_SECONDS else now + PAUSE_SECONDS
                if not self._asked_to_stop:
                    log.error("%s ended (%s)", worker.name, os.waitstatus_to_exitcode(status))

    def _running(self) -> list[Worker]:
        return [worker for worker in self._workers if worker.pid]

    def _stop(self) -> int:
        for worker in self._running():
            os.kill(worker.pid, signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        while self._running() and time.monotonic() < end:
            self._bury()
            time.sleep(LOOK_SECONDS / 4)
        cut_off = self._running()
        for worker in cut_off:
            os.kill(worker.pid, signal.SIGKILL)
            os.waitpid(worker.pid, 0)
        return 1 if cut_off else 0


def _run(worker: Worker, parent: int) -> int:
    """Does the worker's work in a forked process, and ends it."""
    die_with_parent(parent)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the parent says when to end
    with contextlib.suppress(OSError):  # elsewhere than on Linux
        Path("/proc/self/comm").write_text(worker.name)
    status = 1
    try:
        worker.run(worker.deadline)
        status = 0
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        log.exception("%s failed", worker.name)
    finally:
        logging.shutdown()
        os._exit(status)
