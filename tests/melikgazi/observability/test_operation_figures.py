"""What /metrics tells of processes, scheduled work, backup, certificate, disk, database and mail."""

import datetime as dt
import math
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.utils import timezone
from prometheus_client import CollectorRegistry
from pytest_django import Settings

from melikgazi.database import disk
from melikgazi.models import BackupRun, Heartbeat
from melikgazi.observability import certificate, health
from melikgazi.observability.figures import operation
from melikgazi.observability.figures.desk import DeskCollector
from melikgazi.observability.figures.line import LineCollector
from melikgazi.observability.figures.operation import OperationCollector
from melikgazi.workers import heartbeats
from melikgazi.workers.broker import _client
from melikgazi.workers.heartbeats import WorkerHeartbeat
from tests.timeouts import PATIENCE
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tickets.api_clients.models.clients import Webhook
from tickets.models import Notification
from tickets.reports import source


def figures(*, later: timedelta = timedelta(), now: Any = None) -> CollectorRegistry:
    at = (now or timezone.now()) + later
    registry = CollectorRegistry()
    for collector in (OperationCollector(at), LineCollector(at), DeskCollector(at)):
        registry.register(collector)
    return registry


# --- signs of life -------------------------------------------------------------------------------------------
def test_what_never_happened_is_infinitely_long_ago(db: None) -> None:
    now = figures()
    assert now.get_sample_value("melikgazi_worker_silent_seconds", {"worker": "inbox-1"}) == math.inf
    assert now.get_sample_value("melikgazi_task_age_seconds", {"task": "tickets.sweep"}) == math.inf
    assert now.get_sample_value("melikgazi_backup_age_seconds") == math.inf


def test_a_worker_that_ended_a_task_is_alive_and_so_is_the_task(db: None) -> None:
    WorkerHeartbeat("chores").ended("tickets.sweep", well=True)
    now = figures(later=timedelta(seconds=90))
    silent = now.get_sample_value("melikgazi_worker_silent_seconds", {"worker": "chores"})
    assert silent == pytest.approx(90, abs=5)
    assert now.get_sample_value("melikgazi_task_age_seconds", {"task": "tickets.sweep"}) == pytest.approx(
        90, abs=5
    )
    assert now.get_sample_value("melikgazi_task_failing", {"task": "tickets.sweep"}) == 0


def test_a_task_that_fails_grows_older_and_says_so_until_it_ends_well(db: None) -> None:
    heart, task = WorkerHeartbeat("chores"), {"task": "tickets.sweep"}
    heart.ended("tickets.sweep", well=True)
    began = Heartbeat.objects.get(name="task:tickets.sweep").at
    heart.ended("tickets.sweep", well=False)
    assert Heartbeat.objects.get(name="task:tickets.sweep").at == began
    assert figures().get_sample_value("melikgazi_task_failing", task) == 1
    WorkerHeartbeat("chores").ended("tickets.sweep", well=True)
    assert figures().get_sample_value("melikgazi_task_failing", task) == 0


def test_a_task_that_nobody_scheduled_is_only_its_workers_sign(db: None) -> None:
    WorkerHeartbeat("chores").ended("tests.ask", well=False)
    WorkerHeartbeat("chores").ended("tests.ask", well=True)
    assert [each.name for each in Heartbeat.objects.all()] == ["worker:chores"]


def test_signs_are_written_no_more_often_than_anybody_looks(db: None, django_assert_num_queries: Any) -> None:
    heart = WorkerHeartbeat("inbox-1")
    with django_assert_num_queries(1):
        for _ in range(5):
            heart.ended("whatsapp.inbox", well=True)


def test_a_database_that_is_ill_stops_no_worker(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    failed = []

    def fail(*_: Any, **_more: Any) -> None:
        failed.append(True)
        raise DatabaseError

    monkeypatch.setattr(heartbeats, "beat", fail)
    monkeypatch.setattr(connection, "close", lambda: None)
    WorkerHeartbeat("inbox-1").ended("whatsapp.inbox", well=True)
    assert failed


def test_what_is_expected_anew_keeps_what_is_known(db: None) -> None:
    heartbeats.beat("task:tickets.sweep")
    before = Heartbeat.objects.get(name="task:tickets.sweep").at
    heartbeats.expect(["task:tickets.sweep", "task:tickets.ring"])
    assert Heartbeat.objects.get(name="task:tickets.sweep").at == before
    assert Heartbeat.objects.filter(name="task:tickets.ring").exists()


def test_a_backup_that_was_written_and_one_that_was_tried_have_an_age_and_one_that_failed_has_none(
    db: None,
) -> None:
    now = timezone.now()
    names = ("melikgazi_backup_age_seconds", "melikgazi_backup_verified_age_seconds")

    def run(kind: BackupRun.Kind, *, succeeded: bool, hours: int) -> list[float | None]:
        at = now - timedelta(hours=hours)
        BackupRun.objects.create(kind=kind, succeeded=succeeded, ended_at=at, detail="")
        read = figures(now=now)
        return [read.get_sample_value(name) for name in names]

    assert run(BackupRun.Kind.BACKUP, succeeded=False, hours=1) == [math.inf, math.inf]
    assert run(BackupRun.Kind.BACKUP, succeeded=True, hours=30) == [30 * 3600, math.inf]
    assert run(BackupRun.Kind.VERIFICATION, succeeded=True, hours=20) == [20 * 3600, 20 * 3600]


def test_backup_that_failed_last_is_failing_until_one_succeeds(db: None) -> None:
    def failing(kind: BackupRun.Kind, *, succeeded: bool) -> dict[str, float | None]:
        BackupRun.objects.create(kind=kind, succeeded=succeeded, ended_at=timezone.now(), detail="")
        read = figures()
        return {
            each: read.get_sample_value("melikgazi_backup_failing", {"kind": each})
            for each in ("backup", "verification")
        }

    assert failing(BackupRun.Kind.BACKUP, succeeded=True) == {"backup": 0, "verification": 0}
    assert failing(BackupRun.Kind.FILE, succeeded=False) == {"backup": 0, "verification": 1}
    assert failing(BackupRun.Kind.VERIFICATION, succeeded=True) == {"backup": 0, "verification": 0}


def test_verified_file_is_no_new_backup(db: None) -> None:
    BackupRun.objects.create(kind=BackupRun.Kind.FILE, succeeded=True, ended_at=timezone.now(), detail="")
    read = figures()
    assert read.get_sample_value("melikgazi_backup_age_seconds") == math.inf
    assert read.get_sample_value("melikgazi_backup_verified_age_seconds") == pytest.approx(0, abs=5)


def test_clock_is_the_machines_own(db: None) -> None:
    told = figures(later=timedelta(hours=3)).get_sample_value("melikgazi_clock_seconds")
    assert told == pytest.approx(time.time(), abs=5)


def test_what_comes_back_to_a_second_has_an_age_where_the_database_keeps_its_log(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def age() -> float | None:
        return figures(now=now).get_sample_value("melikgazi_point_in_time_verified_age_seconds")

    now = timezone.now()
    at = now - timedelta(hours=3)
    kind = BackupRun.Kind.POINT_IN_TIME
    assert not operation.archives()
    assert math.isnan(age() or 0)
    monkeypatch.setattr(operation, "archives", lambda: True)
    assert age() == math.inf
    BackupRun.objects.create(kind=kind, succeeded=True, ended_at=at, detail="")
    BackupRun.objects.create(kind=kind, succeeded=False, ended_at=now, detail="")
    assert age() == 3 * 3600
    assert BackupRun.newest(BackupRun.Kind.BACKUP) is None


# --- the certificate -----------------------------------------------------------------------------------------
def certified(folder: Path, ends: dt.datetime) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def ends() -> dt.datetime:
    return dt.datetime(2031, 5, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def tls(tmp_path: Path, ends: dt.datetime) -> Iterator[tuple[int, Path]]:
    """The port of a server that shows a certificate of its own making, and that certificate."""
    file = certified(tmp_path, ends)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                with plain:
                    try:
                        context.wrap_socket(plain, server_side=True).close()
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], file
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(PATIENCE)


def test_a_certificate_that_nobody_vouches_for_is_a_fault_and_its_end_is_known(
    tls: Any, ends: dt.datetime
) -> None:
    found = certificate.look(f"https://localhost:{tls[0]}")
    assert "geçerli değil" in found.fault
    assert found.ends_at == ends


def test_a_certificate_that_is_trusted_is_well(
    tls: Any, ends: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[1]))
    assert certificate.look(f"https://localhost:{tls[0]}") == certificate.CertificateFinding(ends)


def test_an_address_that_does_not_answer_is_a_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert "bağlanılamadı" in certificate.look(f"https://localhost:{port}").fault


def test_it_is_looked_at_once_in_a_while(
    tls: Any, settings: Settings, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate, "_kept", None)
    settings.PUBLIC_URL = f"https://localhost:{tls[0]}"
    now = figures(now=dt.datetime(2031, 4, 30, 12, tzinfo=dt.UTC))
    assert now.get_sample_value("melikgazi_certificate_seconds_left") == 24 * 3600
    assert now.get_sample_value("melikgazi_certificate_valid") == 0
    monkeypatch.setattr(certificate, "look", lambda _url: pytest.fail("looked again"))
    figures()


def test_without_https_there_is_none_and_nothing_wrong(db: None) -> None:
    left = figures().get_sample_value("melikgazi_certificate_seconds_left")
    assert left is not None
    assert math.isnan(left)
    assert figures().get_sample_value("melikgazi_certificate_valid") == 1


# --- database, broker, disk ----------------------------------------------------------------------------------
def test_the_database_tells_of_itself(db: None) -> None:
    found = operation.read_database()
    assert found["size_bytes"] > 1_000_000
    assert 0 < found["connections"] < found["connections_limit"]
    assert found["standbys"] == 0
    assert not found["archiving_fails"]


def test_a_transaction_that_stays_open_is_seen(transactional_db: None) -> None:
    with connection.get_new_connection(connection.get_connection_params()) as other:
        other.execute("SELECT 1")
        other.execute("SELECT pg_sleep(0.01)")
        assert operation.read_database()["longest_transaction_seconds"] >= 0.01


def test_without_a_copy_there_is_no_lag_and_with_one_that_does_not_answer_no_end_of_it(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> float:
        raise DatabaseError

    assert math.isnan(operation.replica_lag())
    settings.REPORTS_DATABASE = "replica"
    monkeypatch.setattr(operation, "connections", {"replica": socket.socket()})  # closed as one
    monkeypatch.setattr(source, "replica_lag", fail)
    assert operation.replica_lag() == math.inf
    monkeypatch.setattr(source, "replica_lag", lambda: 12.0)
    assert operation.replica_lag() == 12


def test_the_broker_says_how_full_it_is(settings: Settings) -> None:
    with _client(settings.BROKER_URL) as broker:
        before = broker.config_get("maxmemory")["maxmemory"]
        try:
            broker.config_set("maxmemory", "1gb")
            assert 0 < health.broker_memory() < 1
        finally:
            broker.config_set("maxmemory", before)
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    assert math.isnan(health.broker_memory())


def test_the_disk_of_the_files_is_watched_before_there_is_any_file(
    db: None, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "not" / "yet")
    ratio = figures().get_sample_value("melikgazi_disk_free_ratio", {"folder": "media"})
    assert ratio is not None
    assert 0 < ratio < 1


def database_ratio() -> float | None:
    return figures().get_sample_value("melikgazi_disk_free_ratio", {"folder": "database"})


def test_disk_of_a_database_on_this_machine_is_watched(db: None) -> None:
    ratio = database_ratio()
    assert ratio is not None
    assert 0 < ratio < 1


def test_disk_of_a_database_on_another_machine_has_no_figure(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "get_connection_params", lambda: {"host": "10.0.0.5"})
    assert database_ratio() is None


def test_disk_of_a_database_behind_a_pooler_here_has_no_figure(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(disk, "_ask", lambda: ("10.0.0.5", "", str(tmp_path)))
    assert database_ratio() is None


def test_database_says_where_it_lies_only_with_the_right(db: None) -> None:
    assert disk.folder()
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE weak; SET LOCAL ROLE weak")
    assert disk.folder() is None


def test_folder_of_debians_cluster_is_found_without_a_right(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(disk, "DEBIAN", tmp_path)
    monkeypatch.setattr(disk, "_ask", lambda: ("", "17/main", None))
    assert disk.folder() is None
    (tmp_path / "17/main").mkdir(parents=True)
    assert disk.folder() == tmp_path / "17/main"


# --- other systems, mail, the desk ---------------------------------------------------------------------------
def test_an_address_that_was_given_up_is_counted_apart(db: None) -> None:
    now = timezone.now()
    Webhook.objects.create(name="a", url="https://a/")
    Webhook.objects.create(name="b", url="https://b/", failures=3)
    Webhook.objects.create(name="c", url="https://c/", failures=9, given_up_at=now)
    Webhook.objects.create(name="d", url="https://d/", active=False, given_up_at=now)
    read = figures()
    states = {
        state: read.get_sample_value("melikgazi_partners", {"state": state})
        for state in ("answering", "failing", "given_up")
    }
    assert states == {"answering": 1, "failing": 1, "given_up": 1}


def test_mail_that_waits_and_that_was_refused_is_told_where_there_is_a_server(
    line: Line, settings: Settings
) -> None:
    line.hear(wire.text(wire.AYSE, "Köşk mahallesinde yolda çukur var"))
    line.later(minutes=20)
    user = User.objects.create_user("sef", email="sef@example.org")
    Notification.objects.create(
        user=user,
        kind=Notification.Kind.DANGER,
        ticket=line.ticket(),
        at=line.now - timedelta(minutes=40),
        mail_attempts=2,
        mail_error="SMTPDataError",
    )
    settings.NOTICES_BY_EMAIL = False
    assert figures(now=line.now).get_sample_value("melikgazi_oldest_seconds", {"queue": "mail"}) == 0
    settings.NOTICES_BY_EMAIL = True
    read = figures(now=line.now)
    assert read.get_sample_value("melikgazi_oldest_seconds", {"queue": "mail"}) == 2400
    assert read.get_sample_value("melikgazi_mail_failing") == 1


def test_a_danger_that_nobody_claims_grows_old(line: Line) -> None:
    line.hear(wire.text(wire.AYSE, "Köşk mahallesinde elektrik direği devrildi, teller kıvılcım çıkarıyor"))
    line.later(minutes=6)
    read = figures(now=line.now)
    assert read.get_sample_value("melikgazi_desk_tickets", {"what": "unclaimed"}) == 1
    age = read.get_sample_value("melikgazi_danger_unclaimed_seconds")
    assert age is not None
    assert age > 300
