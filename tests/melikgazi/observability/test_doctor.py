"""`manage.py doctor` says in plain words what is wrong, and goes on where something is."""

import io
import os
import shutil
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from pytest_django import Settings

from departments.common import row_by_row
from departments.models import AccountMail, RowWork
from melikgazi.database import disk
from melikgazi.models import BackupRun, Heartbeat
from melikgazi.observability import alarms, certificate, doctor, health
from melikgazi.observability.figures import operation
from melikgazi.workers import heartbeats
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import graph_error
from tickets.api_clients.models.clients import Webhook
from tickets.danger.telephones import NO_PHONE
from tickets.models import Notification, Ring, Ticket
from whatsapp.graph import client
from whatsapp.graph.errors import CloudApiError, ErrorAction
from whatsapp.line_status.diagnostics import Finding
from whatsapp.models import InboundDelivery, Outbox
from whatsapp.number import pace

Told = dict[str, Finding]


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    """The line's own page answers, nothing else is asked of the network; the disk is half empty."""
    settings.MEDIA_ROOT = str(tmp_path)
    usage = shutil.disk_usage(tmp_path)._replace(total=100, free=50, used=50)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    monkeypatch.setattr(client, "visit", lambda _url: (200, "ok"))


@pytest.fixture
def well(base_data: None, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """An installation that runs: staff, processes, scheduled work, a backup."""
    User.objects.create_superuser("yonetici")
    settings.ALERTMANAGER_URL = "http://127.0.0.1:9093"
    heartbeats.beat(*(f"{heartbeats.WORKER}{each}" for each in operation.expected_workers()))
    heartbeats.beat(f"{heartbeats.TASK}tickets.watch_clocks")
    monkeypatch.setattr(operation, "archives", lambda: True)
    heartbeats.beat(alarms.SCRAPE)
    monkeypatch.setattr(alarms, "_receivers", lambda: ["nobetci"])
    for kind in BackupRun.Kind:
        BackupRun.objects.create(kind=kind, succeeded=True, ended_at=timezone.now(), detail="")


def told(later: timedelta = timedelta()) -> Told:
    return {each.subject: each for each in doctor.examine(timezone.now() + later)}


def wrong(later: timedelta = timedelta()) -> set[str]:
    """What has to be mended, without the settings, which are those of the tests."""
    return {name for name, each in told(later).items() if each.fix and not name.startswith("Ayar")}


def test_where_all_is_well_nothing_has_to_be_mended(well: None) -> None:
    assert wrong() == set()
    assert "bu sürümün" in told()["Tablolar"].text


def test_what_is_wrong_in_the_settings_is_told_with_its_way_out(well: None, settings: Settings) -> None:
    settings.METRICS_TOKEN = "aaaa"
    assert told()["Ayar (melikgazi.E009)"].fix


def test_what_is_weak_in_the_settings_may_be_so_on_purpose(well: None, settings: Settings) -> None:
    before = told()["Ayarlar"].text
    settings.CLAMD_URL, settings.RING_URL = "unix:///run/clamav/clamd.ctl", ""
    after = told()["Ayarlar"]
    assert "check --deploy" in after.text
    assert after.text != before
    assert not after.fix


def test_an_empty_installation_is_told_what_comes_first(db: None) -> None:
    found = wrong()
    assert {"Temel veriler", "Yönetici", "İşçiler", "Zamanlayıcı", "Yedek", "Yedeğin denenmesi"} <= found
    assert told()["Yedek"].text == "hiç alınmamış"


def stop_a_worker() -> None:
    Heartbeat.objects.filter(name="worker:media").update(at=timezone.now() - timedelta(hours=3))


def fail_a_task() -> None:
    heartbeats.beat(failed="task:tickets.retention")


def grow_old() -> None:
    """One that was tried is a backup, too."""
    BackupRun.objects.update(ended_at=timezone.now() - timedelta(hours=29))


def try_none() -> None:
    tried = BackupRun.objects.filter(kind__in=[BackupRun.Kind.VERIFICATION, BackupRun.Kind.FILE])
    tried.update(ended_at=timezone.now() - timedelta(days=9))


def try_no_second() -> None:
    tried = BackupRun.objects.filter(kind=BackupRun.Kind.POINT_IN_TIME)
    tried.update(ended_at=timezone.now() - timedelta(days=9))


def stop_the_clock() -> None:
    Heartbeat.objects.filter(name="task:tickets.watch_clocks").delete()


def give_up_a_partner() -> None:
    Webhook.objects.create(name="CBS", url="https://cbs/", given_up_at=timezone.now())


def break_the_last_backup() -> None:
    BackupRun.objects.create(
        kind=BackupRun.Kind.FILE, succeeded=False, ended_at=timezone.now(), detail="okunamadı"
    )


def hear_nothing() -> None:
    """In an hour in which ten came on the days before."""
    now = timezone.now()
    moments = [now - timedelta(days=day, minutes=30) for day in range(1, 8) for _ in range(10)]
    rows = (InboundDelivery(body=b"", received_at=at, state=InboundDelivery.State.DONE) for at in moments)
    InboundDelivery.objects.bulk_create(rows)


def refuse_signatures() -> None:
    pace.create()
    pace.note_unsigned(timezone.now(), heard_at=None)


def let_nobody_read_the_metrics() -> None:
    Heartbeat.objects.filter(name="scrape").update(at=timezone.now() - timedelta(minutes=11))


@pytest.mark.parametrize(
    ("do", "subject", "words"),
    [
        (break_the_last_backup, "Yedeğin denenmesi", "okunamadı"),
        (hear_nothing, "Webhook", "24 saat önce"),
        (refuse_signatures, "Webhook", "imzası tutmuyor"),
        (let_nobody_read_the_metrics, "Alarmlar", "Prometheus"),
        (stop_a_worker, "İşçiler", "media (3 saat önce)"),
        (fail_a_task, "Zamanlı işler", "tickets.retention"),
        (grow_old, "Yedek", "29 saat önce"),
        (try_none, "Yedeğin denenmesi", "9 gün önce"),
        (try_no_second, "Saniyesine dönülebilen yedeğin denenmesi", "9 gün önce"),
        (stop_the_clock, "Zamanlayıcı", "iş göndermiyor"),
        (give_up_a_partner, "Başka sistemler", "1 adres"),
    ],
)
def test_each_fault_is_the_only_one_that_is_told(
    well: None, do: Callable[[], None], subject: str, words: str
) -> None:
    do()
    assert wrong() == {subject}
    assert words in told()[subject].text


def test_tables_that_were_not_updated_are_told(well: None) -> None:
    newest = MigrationRecorder.Migration.objects.filter(app="melikgazi").order_by("name").last()
    assert newest
    newest.delete()
    assert "1 güncelleme uygulanmamış" in told()["Tablolar"].text


def test_an_old_program_on_new_tables_is_told(well: None) -> None:
    MigrationRecorder.Migration.objects.create(app="tickets", name="9999_from_tomorrow")
    assert wrong() == {"Tablolar"}


def test_without_a_database_the_rest_is_told_all_the_same(
    well: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Any:
        raise DatabaseError

    monkeypatch.setattr(doctor, "_tables", fail)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert wrong() == {"Veritabanı"}
    assert {"Valkey", "Web"} <= told().keys()
    assert "İşçiler" not in told()


def test_clock_that_differs_from_the_databases_is_told(well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "machine_time", lambda: timezone.now() + timedelta(minutes=10))
    assert wrong() == {"Saat"}
    assert "600 saniye" in told()["Saat"].text


def test_database_that_takes_no_writes_is_told(well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "is_read_only", lambda: True)
    assert wrong() == {"Veritabanı"}
    assert "salt okunur" in told()["Veritabanı"].text


def test_what_waits_and_what_was_parked_is_told(line: Line, well: None) -> None:
    line.ingest_all(b"nonsense")
    line.receive(wire.said(wire.text(wire.AYSE, "çukur")))
    InboundDelivery.objects.update(received_at=timezone.now() - timedelta(minutes=5))
    assert {"Gelenler", "Kenara ayrılanlar"} <= wrong()


@pytest.mark.slow
def test_answers_that_meta_refuses_again_and_again_wait(line: Line, well: None) -> None:
    line.hear(wire.text(wire.AYSE, "merhaba"))
    line.later(minutes=1)
    refuse_for(timedelta(minutes=3))
    assert health.waiting()["outbox"] == "backlog"
    assert "131000" in told()["Geri çevrilenler"].text
    assert not told()["Gidenler"].fix


@pytest.mark.slow
def test_a_message_refused_just_now_hides_no_sender_that_is_gone(line: Line, well: None) -> None:
    for wa_id in (wire.AYSE, wire.VELI):
        line.hear(wire.text(wa_id, "merhaba"))
    line.later(minutes=1)
    refuse_for(timedelta(seconds=10))
    first = Outbox.objects.earliest("pk")
    late = timezone.now() - timedelta(minutes=3)
    Outbox.objects.filter(pk=first.pk).update(created_at=late, not_before=late, error="", error_code=None)
    assert "Geri çevrilenler" not in told()
    assert told()["Gidenler"].fix


def refuse_for(age: timedelta) -> None:
    """All that goes out was written so long ago, and Meta has refused it since."""
    now = timezone.now()
    again = {"state": Outbox.State.QUEUED, "error": "(#131000)", "error_code": 131000}
    Outbox.objects.update(created_at=now - age, not_before=now + timedelta(minutes=1), **again)


@pytest.mark.slow
def test_a_dead_token_is_told_with_what_waits_for_it(line: Line, well: None) -> None:
    line.meta.answers.append(graph_error(190, status=401))
    line.hear(wire.text(wire.AYSE, "merhaba"))
    line.later(minutes=1)
    assert "1 mesaj bekliyor" in told()["WhatsApp kanalı"].text
    assert "whatsapp_doctor" in told()["WhatsApp kanalı"].fix


def test_a_broker_a_mail_server_and_a_scanner_that_are_gone_are_told(
    well: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    settings.BROKER_URL = f"redis://127.0.0.1:{port}/0"
    settings.NOTICES_BY_EMAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.CLAMD_URL = f"tcp://127.0.0.1:{port}"
    assert wrong() == {"Valkey", "E-posta sunucusu", "ClamAV"}


def test_danger_that_nobody_claimed_is_told(line: Line, well: None) -> None:
    line.hear(wire.text(wire.AYSE, "evde yangın çıktı, imdat"))
    Ticket.objects.update(created_at=timezone.now())
    assert wrong(timedelta(minutes=1)) == set()
    assert "6 dakika" in told(timedelta(minutes=6))["Acil bildirimler"].text


def test_telephones_that_do_not_ring_are_told_with_the_reason(line: Line, well: None) -> None:
    line.hear(wire.text(wire.AYSE, "evde yangın çıktı, imdat"))
    now, user = timezone.now(), User.objects.get(username="yonetici")
    rung = Notification.objects.create(
        user=user, kind=Notification.Kind.DANGER, ticket=Ticket.objects.get(), at=now
    )
    Ring.objects.create(notification=rung, due_at=now, attempts=5, error=NO_PHONE)
    assert NO_PHONE in told(timedelta(minutes=3))["Nöbetçi telefonları"].text


def test_rows_that_fail_and_mails_that_do_not_leave_are_told(well: None, settings: Settings) -> None:
    settings.NOTICES_BY_EMAIL = True
    now = timezone.now()
    row_by_row.failed(RowWork.RING, "7", ValueError("Ayşe"), now)
    AccountMail.objects.create(address="a@example.org", at=now, mail_attempts=1, mail_error="SMTPException")
    found = told()
    assert "acil bildirim 1" in found["İşlenemeyen kayıtlar"].text
    assert "1 e-posta" in found["Gitmeyen e-postalar"].text


def test_files_that_cannot_be_written_and_pages_without_theirs_are_told(
    well: None, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = str(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert wrong() == {"Dosyalar", "Sayfaların dosyaları"}


def test_a_full_disk_is_told(well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(total=100, free=5, used=95)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    found = wrong()
    assert found
    assert all(name.startswith("Disk") for name in found)


def test_disk_of_the_database_is_told_also_while_it_is_gone(
    well: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail() -> Any:
        raise DatabaseError

    assert f"Disk ({disk.folder()})" in told()
    monkeypatch.setattr(disk, "DEBIAN", tmp_path / "postgresql")
    (tmp_path / "postgresql").mkdir()
    for asked in ((doctor, "_tables"), (disk, "_ask")):
        monkeypatch.setattr(*asked, fail)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert f"Disk ({tmp_path / 'postgresql'})" in told()


def test_disk_of_a_database_elsewhere_is_said_not_to_be_measured(
    well: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "folder", lambda: None)
    assert "ölçülmüyor" in told()["Veritabanının diski"].text
    assert wrong() == set()


@pytest.mark.parametrize(
    ("answer", "words"),
    [((200, "<html>"), "hattın sayfası değil"), (None, "açılmıyor")],
    ids=["another", "none"],
)
def test_an_address_that_is_not_ours_is_told(
    well: None, monkeypatch: pytest.MonkeyPatch, answer: Any, words: str
) -> None:
    def visit(_url: str) -> Any:
        if answer is None:
            raise CloudApiError(ErrorAction.RETRY, "Bağlantı hatası")
        return answer

    monkeypatch.setattr(client, "visit", visit)
    assert wrong() == {"Web"}
    assert words in told()["Web"].text


@pytest.mark.parametrize(
    ("found", "is_wrong"),
    [
        (certificate.CertificateFinding(timezone.now() + timedelta(days=13)), True),
        (certificate.CertificateFinding(timezone.now() + timedelta(days=16)), False),
        (certificate.CertificateFinding(fault="süresi dolmuş"), True),
    ],
)
def test_a_certificate_that_ends_is_told(
    well: None, monkeypatch: pytest.MonkeyPatch, found: certificate.CertificateFinding, is_wrong: bool
) -> None:
    monkeypatch.setattr(certificate, "look", lambda _url: found)
    assert wrong() == ({"Sertifika"} if is_wrong else set())


def test_the_server_is_told_when_it_is_nearly_full(well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = operation.read_database() | {
        "connections": 90,
        "connections_limit": 97,
        "longest_transaction_seconds": 7200.0,
        "archiving_fails": 1,
    }
    monkeypatch.setattr(operation, "read_database", lambda: found)
    monkeypatch.setattr(operation, "replica_lag", lambda: 1000.0)
    assert wrong() == {"Veritabanı", "Uzun işlem", "WAL arşivi", "Rapor kopyası"}


def test_the_command_ends_with_an_error_while_anything_has_to_be_mended(
    well: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = io.StringIO()
    monkeypatch.setattr(doctor, "_settings", lambda: iter(()))
    call_command("doctor", stdout=output)
    assert "Bir sorun görünmüyor" in output.getvalue()
    stop_a_worker()
    output = io.StringIO()
    with pytest.raises(CommandError, match="1 sorun bulundu"):
        call_command("doctor", stdout=output)
    assert "✗ İşçiler" in output.getvalue()
    assert "    → systemctl restart" in output.getvalue()


def test_what_keeps_up_is_no_backlog(db: None) -> None:
    assert health.waiting() == {"inbox": "ok", "outbox": "ok"}
