"""The whole product under bin/run, given work and watched: when it is done, how soon it answered and what it cost."""

import functools
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench import line_cost
from bench.line_rows import Connection, Marks, Rows, Sample
from bench.line_world import STATUSES, Graph, Posted, Webhook, Write, post, telephone
from tests.chaos.instance import ROOT, Instance
from tests.whatsapp import wire
from tooling import services

SETTLE = 2.0
PATIENCE = 200.0  # seconds without any progress: what a worker that died had taken up is free again before
FLOOR = "by_hand"  # another database of the same server
ONLOOKER = "onlooker"  # who looks on, and is not counted
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True)
class Job:
    """Reports that were posted and done: in how many seconds, and what that took."""

    reports: int
    seconds: float  # from the first POST until the last status was settled
    accepted: float  # until the webhook had taken the last report
    late: list[float]  # seconds from each POST to its answer, in the order of posting
    unanswered: int  # when the last report had been posted
    waiting: int  # rows that then were not yet as they are in the end
    cpu: dict[str, float]  # seconds by kind of process
    statements: Counter[str]  # by their first word
    load: float  # seconds of processor time of the load itself: citizens and stand-in


class Product:
    """Started when made. Of its database only a second start may be asked, after `prepare`."""

    def __init__(self, data: Path, graph: Graph, **variables: str) -> None:
        begin = time.monotonic()
        self.data, self.graph = data, graph
        variables = {
            "WHATSAPP_GRAPH_URL": graph.url,
            "WHATSAPP_MEDIA_HOSTS": graph.host,
            "WHATSAPP_SETTLE_SECONDS": str(SETTLE),
            "WHATSAPP_APP_SECRET": wire.SECRET,
            "WHATSAPP_PHONE_NUMBER_ID": wire.PHONE_NUMBER_ID,
        } | variables
        self.instance = Instance(data, root=ROOT, **variables)
        self.ready_seconds = time.monotonic() - begin
        self.webhook = graph.webhook = Webhook(self.instance.port)

    @property
    def root(self) -> int:
        """The process id of bin/run."""
        return self.instance.process.pid

    @functools.cached_property
    def onlooker(self) -> Connection:
        return connect(self.data, services.DATABASE)

    @functools.cached_property
    def rows(self) -> Rows:
        return Rows(self.onlooker)

    def statements(self, database: str = services.DATABASE, user: str = services.USER) -> Counter[str]:
        return line_cost.statements(self.onlooker, database, user)

    def tracebacks(self) -> dict[str, int]:
        """How many each program has left in its log."""
        found = {log.stem: log.read_text(errors="replace") for log in (self.data / "log").glob("*.log")}
        return {name: text.count("Traceback (") for name, text in found.items() if "Traceback (" in text}

    def sessions(self) -> list[int]:
        """The process ids of the database's sessions."""
        query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
        return [pid for (pid,) in self.onlooker.execute(query)]

    def sample(self, number: int, write: Write) -> Sample:
        """The rows of one report, once nothing more comes of it."""
        since, begin = self.rows.marks(), datetime.now(UTC)
        self.webhook.post(write(number))
        self._await([number])
        self.rows.still(since)
        wamid = self.graph.answered[telephone(number)][0].wamid
        return Sample(self.rows.new(since), f"wamid.IN{number}", wamid, begin)

    def work(self, numbers: list[int], write: Write, a_second: float = 0) -> Job:
        """Each citizen's report, and all that comes of it. `rows` must have learned what that is."""
        since, statements, cpu = self.rows.marks(), self.statements(), line_cost.cpu(self.root)
        load, begin = time.process_time(), time.monotonic()
        posted = post(self.webhook, numbers, write, a_second)
        waiting, unanswered = sum(self.rows.waiting(since).values()), len(self._unanswered(list(posted.at)))
        self._await(numbers, since)
        end, after = time.monotonic(), line_cost.cpu(self.root)
        return Job(
            reports=len(numbers),
            seconds=end - begin,
            accepted=posted.end - begin,
            late=self._late(numbers, posted),
            unanswered=unanswered,
            waiting=waiting,
            cpu={kind: seconds - cpu.get(kind, 0) for kind, seconds in after.items()},
            statements=self.statements() - statements,
            load=time.process_time() - load,
        )

    def _late(self, numbers: list[int], posted: Posted) -> list[float]:
        answers = {to: self.graph.answered[to] for to in map(telephone, numbers)}
        if double := [to for to, each in answers.items() if len(each) != 1]:
            raise RuntimeError(f"{len(double)} of {len(numbers)} citizens were answered more than once")
        return [answers[to][0].at - at for to, at in posted.at.items()]

    def _await(self, numbers: list[int], since: Marks | None = None) -> None:
        """Returns when everybody is answered, every status told and, where `since` is given, every row settled."""
        left, at, people = None, time.monotonic(), list(map(telephone, numbers))
        while any(now := self._left(people := self._unanswered(people), len(numbers), since)):
            if self.graph.failures:
                raise RuntimeError("a status was not taken") from self.graph.failures[0]
            if now != left:
                left, at = now, time.monotonic()
            if time.monotonic() > at + PATIENCE:
                rows = self.rows.left(since, len(numbers)) if since else {}
                raise RuntimeError(f"left: {now[0]} answers, {now[1]} statuses, {now[2]} rows: {rows}")
            time.sleep(0.1)

    def _left(self, people: list[str], reports: int, since: Marks | None) -> tuple[int, int, int]:
        """Answers, statuses and rows that are still to come; the database is asked once the others have come."""
        untold = len(self.graph.sent) * len(STATUSES) - len(self.graph.told)
        if people or untold or since is None:
            return len(people), untold, 0
        return 0, 0, sum(self.rows.left(since, reports).values())

    def _unanswered(self, people: list[str]) -> list[str]:
        return [to for to in people if to not in self.graph.answered]

    def stop(self) -> None:
        for connection in [self.onlooker] if "onlooker" in vars(self) else []:
            connection.close()
        self.instance.stop()


def prepare(data: Path, tickets: int = 0) -> None:
    """While nothing runs in the data directory: it is filled with `tickets`, statements are counted from the next start
    on, and there is a database with the product's tables, as full, for rows written by hand.
    """
    if tickets:
        fill = [str(ROOT / "bin" / "manage"), "--data", str(data), "fill", "--tickets", str(tickets)]
        subprocess.run(fill, check=True, stdout=subprocess.DEVNULL)
    (postgres,) = services.needed(data, {"BROKER_URL": ""})
    with services.running([postgres]), connect(data, "postgres", services.USER) as server:
        with connect(data, services.DATABASE, services.USER) as database:
            database.execute("VACUUM ANALYZE")
        server.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
        server.execute(f"CREATE ROLE {ONLOOKER} SUPERUSER LOGIN")
        server.execute(f"CREATE DATABASE {FLOOR} TEMPLATE {services.DATABASE}")
        with connect(data, services.DATABASE, services.USER) as database:
            database.execute("CREATE EXTENSION pg_stat_statements")


def connect(data: Path, database: str, user: str = ONLOOKER) -> Connection:
    """RuntimeError when what is committed there could be lost."""
    host = str(services.socket_directory(data))
    connection = psycopg.connect(host=host, user=user, dbname=database, autocommit=True)
    for name in DURABLE:
        if connection.execute(f"SHOW {name}".encode()).fetchone() != ("on",):
            raise RuntimeError(f"{name} is not on")
    return connection
