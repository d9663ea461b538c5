"""The machine and its helpers: processes and scheduled work, backup, certificate, disk, database, broker."""

import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from departments.common import machine_load, row_by_row
from departments.models import RowWork
from melikgazi.database import disk
from melikgazi.database.models import BackupRun
from melikgazi.observability import certificate, health
from melikgazi.version import VERSION
from melikgazi.workers import heartbeats
from melikgazi.workers.models import Heartbeat
from melikgazi.workers.parent import POOLS, names_of
from tickets.reports import source
from whatsapp.number import pace

UNKNOWN = math.nan  # there is no such thing here: no comparison with it holds
NEVER = math.inf

# One statement. Whose connections are whose is for the server's administrators; how many there are is for everybody.
_DATABASE = """
SELECT pg_database_size(current_database()) AS size_bytes,
    (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL) AS connections,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        AS connections_limit,
    (SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float FROM pg_stat_activity
        WHERE datname = current_database()) AS longest_transaction_seconds,
    (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()) AS oldest_transaction_id_age,
    (SELECT count(*) FROM pg_stat_replication) AS standbys,
    (SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0)::float FROM pg_replication_slots)
        AS kept_for_replication_bytes,
    (SELECT (last_failed_time > coalesce(last_archived_time, '-infinity'))::int FROM pg_stat_archiver)
        AS archiving_fails
"""
_DATABASE_TEXTS = {
    "size_bytes": "Size of our database",
    "connections": "Connections to the server",
    "connections_limit": "Connections that the server lets in",
    "longest_transaction_seconds": "Age of the oldest open transaction in our database",
    "oldest_transaction_id_age": "Transactions since the oldest that is not frozen; the server stops at two milliards",
    "standbys": "Servers that follow this one",
    "kept_for_replication_bytes": "Log kept on disk for a follower that has not read it",
    "archiving_fails": "1 while the server cannot archive its log",
}


class OperationCollector(Collector):
    """How things stand at one moment. Whatever should have happened and never did is infinitely long ago."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    @override
    def collect(self) -> Iterator[Metric]:
        version = InfoMetricFamily("melikgazi_version", "The release that runs")
        version.add_metric([], {"version": VERSION})
        yield version
        yield _gauge("clock_seconds", "What this machine's clock says", pace.machine_time().timestamp())
        yield from self._signs_of_life()
        yield from self._certificate()
        yield from _disk()
        yield from _machine()
        yield from _database()
        yield _gauge("replica_lag_seconds", "How far the copy that reports read is behind", replica_lag())
        yield _gauge("broker_memory_ratio", "Of what the broker may take", health.broker_memory())

    def _signs_of_life(self) -> Iterator[Metric]:
        known = {each.name: each for each in Heartbeat.objects.all()}
        workers = _labelled("worker_silent_seconds", "Since a worker ended its last task", "worker")
        for worker in expected_workers():
            workers.add_metric([worker], self._age(known.get(f"{heartbeats.WORKER}{worker}")))
        yield workers
        tasks = _labelled("task_age_seconds", "Since a task of the schedule ended well", "task")
        failing = _labelled("task_failing", "1 where it failed since", "task")
        for task in sorted({entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}):
            sign = known.get(f"{heartbeats.TASK}{task}")
            tasks.add_metric([task], self._age(sign))
            failing.add_metric([task], int(bool(sign and sign.failed_at and sign.failed_at >= sign.at)))
        yield tasks
        yield failing
        rows = _labelled("rows_failing", "Rows that a periodic task fails at and tries again", "work")
        counts = Counter(row_by_row.current_failures(self._now).values_list("work", flat=True))
        for work in RowWork:
            rows.add_metric([work], counts[work])
        yield rows
        runs = BackupRun.last()
        written = self._since(runs.succeeded_at(BackupRun.Kind.BACKUP))
        yield _gauge("backup_age_seconds", "Since a backup was written", written)
        verified = self._since(runs.succeeded_at(BackupRun.Kind.VERIFICATION))
        yield _gauge("backup_verified_age_seconds", "Since one was restored beside", verified)
        failing = _labelled("backup_failing", "1 where the last one failed", "kind")
        for kind in BackupRun.Kind.BACKUP, BackupRun.Kind.VERIFICATION:
            failing.add_metric([kind], int(runs.failed(kind)))
        yield failing
        second = self._since(runs.succeeded_at(BackupRun.Kind.POINT_IN_TIME)) if archives() else UNKNOWN
        yield _gauge("point_in_time_verified_age_seconds", "The same of base backup and log", second)

    def _age(self, sign: Heartbeat | None) -> float:
        return self._since(sign.at if sign else None)

    def _since(self, at: datetime | None) -> float:
        return NEVER if at is None else max((self._now - at).total_seconds(), 0)

    def _certificate(self) -> Iterator[Metric]:
        found = certificate.of_the_line()
        left = (found.ends_at - self._now).total_seconds() if found.ends_at else UNKNOWN
        yield _gauge("certificate_seconds_left", "Until the certificate of PUBLIC_URL ends", left)
        yield _gauge("certificate_valid", "1 where browsers and Meta accept it", int(not found.fault))


def expected_workers() -> Iterator[str]:
    """The names of all that take tasks, by the settings."""
    for queue in (queue for queues in POOLS.values() for queue in queues if queue != "beat"):
        yield from names_of(queue, settings.WORKERS.get(queue, 1))


def replica_lag() -> float:
    """Seconds that the reports' copy is behind; NaN where there is none, infinite where it does not answer."""
    if settings.REPORTS_DATABASE == DEFAULT_DB_ALIAS:
        return UNKNOWN
    try:
        return source.replica_lag()
    except Error:
        connections[settings.REPORTS_DATABASE].close()
        return NEVER


def archives() -> bool:
    """Whether the database server keeps its log, so that it can come back to any second."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('archive_mode') <> 'off'")
        return bool(cursor.fetchone()[0])


def read_database() -> dict[str, Any]:
    """How the database server stands, by the names of _DATABASE_TEXTS."""
    with connection.cursor() as cursor:
        cursor.execute(_DATABASE)
        return dict(zip((column.name for column in cursor.description), cursor.fetchone(), strict=True))


def disks() -> dict[str, Path]:
    """Folders that fill up: files of citizens, bodies of requests, the database where it lies on this machine."""
    found = {"media": Path(settings.MEDIA_ROOT), "temporary": Path(tempfile.gettempdir())}
    database = disk.folder()
    return found | ({"database": database} if database else {})


def _disk() -> Iterator[Metric]:
    free = _labelled("disk_free_bytes", "Free on the disk that the folder lies on", "folder")
    ratio = _labelled("disk_free_ratio", "The same, of the whole disk", "folder")
    for name, folder in disks().items():
        while not folder.exists():
            folder = folder.parent  # noqa: PLW2901 - it is made with the first file
        usage = shutil.disk_usage(folder)
        free.add_metric([name], usage.free)
        ratio.add_metric([name], usage.free / usage.total if usage.total else UNKNOWN)
    yield free
    yield ratio


def _machine() -> Iterator[Metric]:
    load = machine_load.read()
    pressure = UNKNOWN if load.pressure is None else load.pressure / 100
    yield _gauge("machine_load_per_core", "Processes that ran or were ready, for each core", load.per_core)
    yield _gauge("machine_pressure_ratio", "Of the last minute, in which one waited for a core", pressure)
    yield _gauge("machine_overloaded", "1 while the cores are too few for what runs", int(load.is_too_much))


def _database() -> Iterator[Metric]:
    found = read_database()
    for name, text in _DATABASE_TEXTS.items():
        yield _gauge(f"database_{name}", text, float(found[name] or 0))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"melikgazi_{name}", text, value=value)


def _labelled(name: str, text: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"melikgazi_{name}", text, labels=[label])
