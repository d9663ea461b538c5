"""What the programs below bin/run cost: processor time and memory by /proc, statements by pg_stat_statements."""

import os
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")
# A program is known by the first of these that stands in its command line.
BIN_RUN, WORKERS = "bin/run", "workers"
_KINDS = {
    "melikgazi.web": "web",
    "melikgazi.workers": WORKERS,
    "valkey-server": "valkey",
    "postgres": "postgres",
}
CHECKS = "foreign keys"  # statements that the server makes itself, by the word that stands for them here
_CALLS = """SELECT CASE WHEN query LIKE 'SELECT %% FROM ONLY %% FOR KEY SHARE OF x' THEN 'foreign keys'
        ELSE lower(split_part(ltrim(query, '( '), ' ', 1)) END, sum(calls)
    FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
    WHERE datname = %s AND userid = %s::regrole GROUP BY 1"""


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    own: float  # seconds of processor time
    buried: float  # those of its children that have ended and were waited for, and of theirs


def below(root: int) -> list[tuple[str, Process]]:
    """bin/run, or one of its programs that was started alone, and every process that comes from it, each with its
    kind."""
    children: dict[int, list[Process]] = {}
    found: list[tuple[str, Process]] = []
    for process in _all():
        children.setdefault(process.parent, []).append(process)
        if process.pid == root:
            found.append((_kind(root, BIN_RUN), process))
    for kind, process in found:  # grows as it goes
        found += [
            (
                _kind(child.pid) if kind == BIN_RUN else _fork(child.pid) if kind == WORKERS else kind,
                child,
            )
            for child in children.get(process.pid, [])
        ]
    return found


def cpu(root: int) -> dict[str, float]:
    """Seconds of processor time so far by kind of process, those that have ended included.

    Nothing counts twice: what a process has of its children is of those that are no more.
    """
    seconds: dict[str, float] = {}
    for kind, process in below(root):
        seconds[kind] = seconds.get(kind, 0) + process.own + process.buried
    return seconds


def switches(root: int) -> int:
    """How often its processes have given up a processor so far, or were made to; those of threads that have ended are
    not counted."""
    found = 0
    for _, process in below(root):
        for status in Path("/proc").glob(f"{process.pid}/task/[0-9]*/status"):
            try:
                lines = status.read_text().splitlines()
            except OSError:  # ended while we looked
                continue
            found += sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
    return found


def cpu_of_postgres(root: int, but: set[int]) -> float:
    """That of the database server alone, but for these processes of it and for those that have ended."""
    found = [process for kind, process in below(root) if kind == "postgres"]
    return sum(process.own for process in found if process.pid not in but)


def memory(root: int, but: Collection[int] = ()) -> dict[str, float]:
    """Megabytes by kind of process, those of these ids apart; what several share is shared out among them."""
    megabytes: dict[str, float] = {}
    for kind, process in below(root):
        if process.pid in but:
            continue
        try:
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        except OSError:  # has ended meanwhile
            continue
        pss = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        megabytes[kind] = megabytes.get(kind, 0) + pss / 1024
    return megabytes


def statements(connection: psycopg.Connection[Any], database: str, user: str) -> Counter[str]:
    """How many statements that user has made in that database so far, by their first word; `CHECKS` apart."""
    return Counter({word: int(calls) for word, calls in connection.execute(_CALLS, [database, user])})


def sent(calls: Counter[str]) -> int:
    """How many of the statements came from a program."""
    return calls.total() - calls[CHECKS]


def _all() -> list[Process]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in the second field may hold spaces and parentheses: the rest begins after the last one.
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:  # ended while we looked
            continue
        own, buried = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
        found.append(Process(int(entry.parent.name), int(fields[1]), own / _TICKS, buried / _TICKS))
    return found


def _kind(pid: int, other: str = "other") -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return other
    return next((kind for word, kind in _KINDS.items() if any(word in each for each in words)), other)


def _fork(pid: int) -> str:
    """Which of the workers it is: each is named by its queue."""
    try:
        return f"{WORKERS} {Path(f'/proc/{pid}/comm').read_text().strip()}"
    except OSError:
        return WORKERS
