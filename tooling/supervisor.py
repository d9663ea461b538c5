"""Keeps programs running: starts the dead again, ends all of them together, leaves nothing behind."""

import contextlib
import math
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Self

from tooling import processes
from tooling.processes import Program, ProgramError

FIRST_PAUSE = 0.2  # seconds before the first restart; doubled with every further one
LONGEST_PAUSE = 10.0
STEADY = 60.0  # seconds alive after which the pauses begin anew
DEATHS_ALLOWED = 4  # within WINDOW; one more and we give up
WINDOW = 60.0


@dataclass
class Restarts:
    """When a program that keeps dying is started again. Knows no clock: the times are seconds of any one clock."""

    deaths: list[float] = field(default_factory=list)
    pause: float = FIRST_PAUSE

    def after_death(self, *, started: float, now: float) -> float | None:
        """Seconds until the next start; None when it has died too often."""
        self.deaths = [*(death for death in self.deaths if now - death < WINDOW), now]
        if len(self.deaths) > DEATHS_ALLOWED:
            return None
        pause = FIRST_PAUSE if now - started >= STEADY else self.pause
        self.pause = min(2 * pause, LONGEST_PAUSE)
        return pause


@dataclass
class Child:
    program: Program
    restarts: Restarts = field(default_factory=Restarts)
    process: subprocess.Popen[bytes] | None = None
    started: float = -math.inf
    due: float = -math.inf  # of the next start, while there is no process


class Supervisor:
    """Use as a context manager: leaving it ends every program, the last started group first."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._groups: list[tuple[list[Child], float]] = []
        self._errand: subprocess.Popen[bytes] | None = None
        self._asked_to_stop = False
        self._bell, self._ringer = socket.socketpair()

    def __enter__(self) -> Self:
        processes.adopt_orphans()
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        signal.set_wakeup_fd(self._ringer.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to ring the bell
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        return self

    def __exit__(self, *_: object) -> None:
        for children, patience in reversed(self._groups):
            self._end(children, patience)
        self._sweep()

    def start(self, *programs: Program, patience: float) -> None:
        """Starts a group of programs; at the end each gets `patience` seconds before it is killed."""
        group = [Child(program) for program in programs]
        self._groups.append((group, patience))
        for child in group:
            self._start(child)

    def run(self, errand: Program) -> None:
        """Runs a program to its end. ProgramError when that is not exit status 0."""
        self._errand = process = processes.start(errand)
        try:
            self.watch(lambda: process.poll() is not None)
        finally:
            processes.stop(process, errand.stop_signal, patience=5)
            self._errand = None
        if process.returncode != 0:
            raise ProgramError(f"{errand.name} başarısız oldu; ayrıntı: {errand.log}")

    def watch(self, until: Callable[[], bool], *, every: float = 0.05, seconds: float = math.inf) -> bool:
        """Keeps everything running until `until()`, looked at `every` seconds, or for `seconds`; returns which.

        SystemExit(0) when asked to end (SIGTERM, Ctrl-C), ProgramError when a program has died too often.
        """
        deadline = time.monotonic() + seconds
        while not until():
            if self._asked_to_stop:
                raise SystemExit(0)
            if time.monotonic() > deadline:
                return False
            self._turn(every)
        return True

    def alive(self) -> bool:
        """Whether every program has a process at this moment."""
        return all(child.process for child in self._children())

    def _children(self) -> list[Child]:
        return [child for group, _ in self._groups for child in group]

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop = True

    def _turn(self, timeout: float) -> None:
        next_start = min((child.due for child in self._children() if not child.process), default=math.inf)
        self._wait(min(timeout, max(0.0, next_start - time.monotonic())))
        for child in self._children():
            if child.process is None and child.due <= time.monotonic():
                self._start(child)
            elif child.process and child.process.poll() is not None:
                self._bury(child, child.process)

    def _wait(self, timeout: float) -> None:
        """Until a signal comes (the death of a child is one) or the time is over."""
        select.select([self._bell], [], [], timeout)
        with contextlib.suppress(BlockingIOError):
            self._bell.recv(4096)

    def _start(self, child: Child) -> None:
        processes.turn_over(child.program.log)
        child.started = time.monotonic()
        child.process = processes.start(child.program)

    def _bury(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        processes.kill_group(process.pid)
        child.process = None
        self._sweep()
        now = time.monotonic()
        pause = child.restarts.after_death(started=child.started, now=now)
        name, log = child.program.name, child.program.log
        if pause is None:
            raise ProgramError(f"{name} bir dakikada {DEATHS_ALLOWED + 1} kez durdu; ayrıntı: {log}")
        child.due = now + pause
        status = process.returncode
        cause = f"sinyal {-status}" if status < 0 else f"çıkış {status}"
        self._say(f"{name} durdu ({cause}), yeniden başlatılıyor; ayrıntı: {log}")

    def _end(self, children: list[Child], patience: float) -> None:
        running = [child.process for child in children if child.process]
        for child in children:
            if child.process:
                child.process.send_signal(child.program.stop_signal)
                child.process, child.due = None, math.inf
        deadline = time.monotonic() + patience
        while any(process.poll() is None for process in running) and time.monotonic() < deadline:
            self._wait(0.1)
        for process in running:
            processes.kill_group(process.pid)  # those that took too long, and whatever the others forgot
            process.wait()

    def _sweep(self) -> None:
        """Kills what dead programs have left to us: workers in groups of their own, PostgreSQL's sessions. What those
        had forked becomes ours when they are dead.
        """
        known = {child.process.pid for child in self._children() if child.process}
        if self._errand:
            known.add(self._errand.pid)
        while strays := processes.children(os.getpid()) - known:
            for pid in strays:
                with contextlib.suppress(ProcessLookupError, ChildProcessError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
