"""Starting and ending processes so that none outlives the one that wanted it.

A child asks the kernel to be signalled when its parent ends, however it ends; it leads a process group of its own, so
that what it has forked can be ended with it. Elsewhere than on Linux there is no such promise and a clean stop must do.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from tooling import rootless

LINUX = sys.platform == "linux"
LOG_LIMIT = 5_000_000  # bytes; a longer log is set aside when its program starts

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


class ProgramError(RuntimeError):
    """A program did not start, or cannot be kept running; the message names it and its log."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run and how to end it."""

    name: str
    command: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)  # beyond our own
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL  # sent by the kernel when we are gone
    rootless: bool = False  # refuses to run as root


def die_with_parent(parent: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Asks the kernel to send `number` to this process when `parent` (its parent's process id) ends.

    The parent may have ended before the request: then this process ends at once.
    """
    if not LINUX:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Makes orphaned grandchildren our own children, so that `children()` finds them."""
    if LINUX:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children(parent: int) -> set[int]:
    """The process ids of a process's children, zombies included; empty where there is no /proc."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # ended while we looked
            # The name in the second field may hold spaces and parentheses: the rest begins after the last one.
            if int(entry.read_text().rpartition(")")[2].split()[1]) == parent:
                found.add(int(entry.parent.name))
    return found


def start(program: Program) -> subprocess.Popen[bytes]:
    """Starts the program in a group of its own, with its output in its log."""
    parent = os.getpid()

    def prepare() -> None:
        if program.rootless and os.geteuid() == 0:
            rootless.leave_root()
        die_with_parent(parent, program.orphan_signal)  # last: a change of identity takes the request back

    with program.log.open("ab") as log:
        return subprocess.Popen(
            program.command,
            env={**os.environ, **program.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=prepare,  # noqa: PLW1509  we have no other thread
        )


def attached(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None, stdout: TextIO | None = None
) -> subprocess.Popen[bytes]:
    """Starts a command on our own streams and in our own group, asked to end (SIGTERM) when we are gone."""
    parent = os.getpid()
    return subprocess.Popen(
        command,
        env=environment,
        stdout=stdout,
        preexec_fn=lambda: die_with_parent(parent, signal.SIGTERM),  # noqa: PLW1509  we have no other thread
    )


def turn_over(log: Path) -> None:
    """Sets a log that has grown past LOG_LIMIT aside, once."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def stop(process: subprocess.Popen[bytes], number: signal.Signals, patience: float) -> None:
    """Ends a process: `number` first; after `patience` seconds its whole group is killed."""
    process.send_signal(number)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience)
        return
    kill_group(process.pid)
    process.wait()


def kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
