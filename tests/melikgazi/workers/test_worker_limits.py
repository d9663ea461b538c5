"""A worker is killed for work without end and for being blocked, not for the time that it waits for a core."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time, sleep

import pytest

from melikgazi.processes import forks
from tests.tooling.trial import eventually


@contextmanager
def forked(work: Callable[[], None]) -> Iterator[int]:
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def burn() -> None:
    while process_time():
        pass


def test_work_without_end_is_over_by_its_processor_time() -> None:
    deadline = forks.Deadline()

    def work() -> None:
        deadline.set(600.0, 0.2)
        burn()

    with forked(work) as pid:
        assert eventually(lambda: deadline.is_over(pid))


def test_a_blocked_worker_is_over_without_processor_time() -> None:
    deadline = forks.Deadline()

    def work() -> None:
        deadline.set(0.2)
        sleep(600)

    with forked(work) as pid:
        assert eventually(lambda: deadline.is_over(pid))


def test_a_worker_without_a_core_is_not_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ran for a second of an hour and waited for a core during the rest."""
    now = {"clock": 0.0, "worked": 0.0, "waited": 0.0}
    monkeypatch.setattr("melikgazi.processes.forks.time.monotonic", lambda: now["clock"])
    monkeypatch.setattr(forks, "processor_seconds", lambda _: now["worked"])
    monkeypatch.setattr(forks, "waited_for_core", lambda _: now["waited"])
    deadline = forks.Deadline()
    deadline.set(90.0, 30.0)
    now |= {"clock": 3600.0, "worked": 1.0, "waited": 3598.0}
    assert not deadline.is_over(os.getpid())
    now["waited"] = 3500.0  # blocked for the rest
    assert deadline.is_over(os.getpid())


def test_a_task_with_a_lease_is_over_by_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lease ends though it had no core: another worker takes the row."""
    now = {"clock": 0.0}
    monkeypatch.setattr("melikgazi.processes.forks.time.monotonic", lambda: now["clock"])
    monkeypatch.setattr(forks, "waited_for_core", lambda _: now["clock"])
    deadline = forks.Deadline()
    deadline.set(45.0, by_the_wall=True)
    now["clock"] = 46.0
    assert deadline.is_over(os.getpid())


def test_the_time_that_a_process_waits_for_a_core_is_read() -> None:
    """Of two that need the same core each waits while the other runs."""
    core = {min(os.sched_getaffinity(0))}

    def work() -> None:
        os.sched_setaffinity(0, core)
        burn()

    with forked(work), forked(work) as pid:
        assert eventually(lambda: forks.waited_for_core(pid) > 0.1)


def test_a_deadline_that_is_not_set_is_never_over() -> None:
    deadline = forks.Deadline()
    deadline.set(None)
    assert not deadline.is_over(os.getpid())
