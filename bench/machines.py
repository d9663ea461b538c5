"""Whether the line loses anything to coordination where it runs on several machines: four web servers and eight groups
of workers, each as if it had a machine of its own, against one installation, on the same cores, database and broker.
For root each of them has a network of its own, all on one switch; for others they share this machine's.

Bursts of new citizens, as in line.py, at first on bin/run alone, then with the others beside it; before they are
measured each process has done what it does often enough to have it prepared. `ratio` is the rate of many over that of
one. Of each: processor time, statements and switches of processes for a message, what sessions waited for (sampled in
pg_stat_activity), and how often workers looked for work: a message is three deliveries, two turns and one answer.
"""

import contextlib
import ctypes
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import override

from bench import line_cost
from bench.failover.machines import SWITCH, ip, make_switch, wait_until
from bench.line_product import Job, Product, connect, prepare
from bench.line_rows import Connection
from bench.line_world import Graph, Webhook, in_words
from bench.webhook import free_port, wait_for_server
from tooling.bootstrap import ROOT
from tooling.services import DATABASE, USER

WEB, WORKERS = 4, 8
BURST, ROUNDS, LEARNED = 400, 3, 3
QUICK = 100
FAST = {"WHATSAPP_MESSAGES_PER_SECOND": "1000"}  # a pace of the number that holds nothing up
SAMPLED_EVERY = 0.02
PATIENCE = 60.0
Figures = dict[str, Any]
# What workers look for work with, each known by words that stand in no other statement.
LOOKS = {
    "deliveries": "%AS others_wait%",
    "turns": "%endless AS (%",
    "outbox": "%charged AS (%",
    "news": "%FROM tickets_ticketevent event%announce AND announced_at IS NULL%",
    "read": "%DELETE FROM whatsapp_readreceipt%",
}
_LOOKS = """SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
    WHERE userid = %s::regrole AND dbid = (SELECT oid FROM pg_database WHERE datname = %s) AND query LIKE %s"""


CLONE_NEWNET = 0x40000000
OURS, NEXT = (
    "10.77.0.1",
    "10.77.0.{}",
)  # addresses on the switch: the installation's and this program's; the others'
WAIT_FOR_PLUG = """
ip link set lo up
until ip -4 address show dev eth0 2>/dev/null | grep -q inet; do sleep 0.05; done
exec "$@"
"""


@contextlib.contextmanager
def _own_network() -> Iterator[bool]:
    """Within, this thread and all that it starts are in a network that nobody else is in, with a switch; False where
    that cannot be."""
    libc = ctypes.CDLL(None)
    with Path("/proc/thread-self/ns/net").open() as before:
        if os.geteuid() != 0 or not shutil.which("ip") or libc.unshare(CLONE_NEWNET):
            yield False
            return
        try:
            make_switch()
            yield True
        finally:
            libc.setns(before.fileno(), CLONE_NEWNET)


def _plug_in(pid: int, number: int) -> str:
    """Hangs the process, which waits for it in a network of its own, on the switch; returns its address."""
    own, address = Path("/proc/thread-self/ns/net").readlink(), NEXT.format(number)
    wait_until(lambda: Path(f"/proc/{pid}/ns/net").readlink() != own, PATIENCE, f"{pid} is apart")
    ip("link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0", "netns", str(pid))
    inside = ("nsenter", f"--target={pid}", "--net", "ip")
    for arguments in (("link", "set", "eth0", "up"), ("address", "add", f"{address}/24", "dev", "eth0")):
        subprocess.run((*inside, *arguments), check=True)
    ip("link", "set", f"port{number}", "master", SWITCH, "up")
    return address


class SwitchedGraph(Graph):
    address = OURS


class Webhooks(Webhook):
    """Those of several web servers, in turn."""

    def __init__(self, each: list[Webhook]) -> None:
        self._each = itertools.cycle(each)
        self._lock = threading.Lock()

    @override
    def post(self, body: bytes) -> None:
        with self._lock:
            webhook = next(self._each)
        webhook.post(body)


class Waits:
    """Adds up, in a thread, the seconds that sessions wait in the middle of a statement, by what for."""

    QUERY = """SELECT wait_event_type || ' ' || wait_event, count(*) FROM pg_stat_activity
        WHERE state = 'active' AND wait_event IS NOT NULL AND pid <> pg_backend_pid() GROUP BY 1"""

    def __init__(self, data: Path) -> None:
        self.seconds: Counter[str] = Counter()
        self._over = threading.Event()
        self._connection = connect(data, DATABASE)
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()

    def _sample(self) -> None:
        at = time.monotonic()
        while not self._over.wait(SAMPLED_EVERY):
            waiting = self._connection.execute(self.QUERY.encode()).fetchall()
            now = time.monotonic()
            for what, sessions in waiting:
                self.seconds[what] += sessions * (now - at)
            at = now

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        self._connection.close()


@dataclass(frozen=True)
class Counted:
    """What the processes below these had cost at a moment, and how often the workers had looked."""

    cpu: Counter[str]
    switches: int
    looks: Counter[str]
    read: int

    @classmethod
    def now(cls, product: Product, roots: list[int]) -> "Counted":
        cpu: Counter[str] = Counter()
        for root in roots:
            cpu.update(line_cost.cpu(root))
        switches = sum(map(line_cost.switches, roots))
        return cls(cpu, switches, _looks(product.onlooker), len(product.graph.read))


def run(directory: Path, *, quick: bool = False) -> dict[str, object]:
    """Raises RuntimeError when an answer stays away or comes twice."""
    with _own_network() as apart:
        return _run(directory / "line", QUICK if quick else BURST, apart=apart)


def _run(data: Path, burst: int, *, apart: bool) -> dict[str, object]:
    citizens, graph = itertools.count(), SwitchedGraph() if apart else Graph()
    figures: Figures = {
        "networks_apart": apart,
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1),
    }
    try:
        Product(data, graph).stop()  # makes the tables
        prepare(data)
        product = Product(data, graph, **FAST)
        try:
            product.sample(next(citizens), in_words)
            product.rows.learn([product.sample(next(citizens), in_words) for _ in range(LEARNED)])
            one = _bursts(product, [product.root], citizens, burst)
            with _others(product, apart=apart) as (webhooks, pids):
                product.webhook = graph.webhook = Webhooks([Webhook(product.instance.port), *webhooks])
                many = _bursts(product, [product.root, *pids], citizens, burst)
            tracebacks = product.tracebacks()
        finally:
            product.stop()
    finally:
        graph.stop()
    ratio = round(many["per_s"] / one["per_s"], 2)
    rows = [{"of": "one installation"} | one, {"of": f"{WEB} web, {WORKERS} workers"} | many]
    return (
        figures | {"ratio": ratio, "load_after": round(os.getloadavg()[0], 1)} | tracebacks | {"rows": rows}
    )


def _bursts(product: Product, roots: list[int], citizens: Iterator[int], burst: int) -> Figures:
    product.work(list(itertools.islice(citizens, BURST)), in_words)  # all have prepared what they ask
    before, waits = Counted.now(product, roots), Waits(product.data)
    try:
        jobs = [product.work(list(itertools.islice(citizens, burst)), in_words) for _ in range(ROUNDS)]
    finally:
        waits.stop()
    after, messages = Counted.now(product, roots), burst * ROUNDS
    cpu = {kind: round((after.cpu[kind] - before.cpu[kind]) / messages * 1000, 2) for kind in after.cpu}
    return {
        "per_s": round(statistics.median(job.reports / job.seconds for job in jobs), 1),
        "each_per_s": [round(job.reports / job.seconds, 1) for job in jobs],
        "accepted_per_s": round(statistics.median(job.reports / job.accepted for job in jobs), 1),
        "statements": round(statistics.median(_statements(job) for job in jobs), 1),
        "cpu_ms": round(sum(cpu.values()), 2),
        "cpu_ms_of": {kind: spent for kind, spent in sorted(cpu.items()) if spent},
        "switches": round((after.switches - before.switches) / messages, 1),
        "waited_ms": {
            what: round(seconds / messages * 1000, 2) for what, seconds in waits.seconds.most_common(6)
        },
        "looks": {name: round((after.looks[name] - before.looks[name]) / messages, 2) for name in LOOKS},
        "shown_read": round((after.read - before.read) / messages, 2),
        "pss_mb": round(sum(sum(line_cost.memory(root).values()) for root in roots)),
        "sessions": len(product.sessions()),
    }


def _statements(job: Job) -> float:
    return line_cost.sent(job.statements) / job.reports


def _looks(onlooker: Connection) -> Counter[str]:
    """How often each was asked so far."""
    found: Counter[str] = Counter()
    for name, words in LOOKS.items():
        [(calls,)] = onlooker.execute(_LOOKS, [USER, DATABASE, words]).fetchall()
        found[name] = int(calls)
    return found


@contextlib.contextmanager
def _others(product: Product, *, apart: bool) -> Iterator[tuple[list[Webhook], list[int]]]:
    """What stands on the other machines; their webhooks, and the process ids of all."""
    environment = os.environ | product.instance.variables | {"PYTHONPATH": str(ROOT)}
    commands = [["melikgazi.web", "--host=0.0.0.0", f"--port={free_port()}"] for _ in range(WEB - 1)]
    commands += [["melikgazi.workers", "--pools", "line"]] * (WORKERS - 1)
    groups: list[subprocess.Popen[bytes]] = []
    webhooks: list[Webhook] = []
    with (product.data / "others.log").open("wb") as log:
        try:
            for number, (module, *options) in enumerate(commands, start=2):
                program = [sys.executable, "-m", module, *options]
                if apart:
                    program = ["unshare", "--net", "sh", "-euc", WAIT_FOR_PLUG, "sh", *program]
                group = subprocess.Popen(
                    program, env=environment, stdout=log, stderr=log, cwd=ROOT, start_new_session=True
                )
                groups.append(group)
                host = _plug_in(group.pid, number) if apart else "127.0.0.1"
                if module == "melikgazi.web":
                    webhooks.append(Webhook(int(options[-1].partition("=")[2]), host))
            for webhook in webhooks:
                wait_for_server(webhook.port, webhook.host)
            before = time.monotonic()
            while len(product.sessions()) < WORKERS and time.monotonic() < before + PATIENCE:
                time.sleep(0.2)
            yield webhooks, [group.pid for group in groups]
        finally:
            for group in groups:
                group.terminate()
            for group in groups:
                group.wait(PATIENCE)
