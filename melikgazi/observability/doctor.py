"""What is wrong with the installation now, in plain words, each with what to do: `manage.py doctor`.

1. The settings, by the checks of `check --deploy`.
2. Database and tables; without them nothing further can be said of the line, only of what stands beside it.
3. The line itself: processes, scheduled work, queues, channel, backup.
4. What stands beside it: the machine's load, broker, disk, files, mail server, virus scanner, address and certificate.

The connection to Meta is whatsapp_doctor's.
"""

import math
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core import checks
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from departments.common import machine_load, row_by_row
from departments.models import Department, RowWork
from melikgazi.database import disk, schema
from melikgazi.database.models import BackupRun
from melikgazi.observability import alarms, certificate, health
from melikgazi.observability.figures import oldest_waiting, operation
from melikgazi.observability.figures.oldest_waiting import mail_failing
from melikgazi.workers import heartbeats
from melikgazi.workers.models import Heartbeat
from tickets.api_clients.models.clients import Webhook
from tickets.files import virus_scan
from tickets.files.storage import private_storage
from tickets.models import DANGER, UNACKNOWLEDGED_DANGER, Ticket
from whatsapp.graph import client
from whatsapp.graph.errors import CloudApiError
from whatsapp.line_status import health as number_health
from whatsapp.line_status.diagnostics import Finding
from whatsapp.models import ChannelState, InboundDelivery, Message, Outbox
from whatsapp.number import pace

SILENT = timedelta(minutes=3)
BACKUP_AGE = timedelta(hours=28)
VERIFICATION_AGE = timedelta(days=8)
DISK_RATIO, CONNECTIONS_RATIO = 0.10, 0.85
UNCLAIMED_AGE, UNHEARD_AGE = timedelta(minutes=5), timedelta(minutes=2)
SKEW_AT_MOST = 30  # seconds between our clock and the database's

_RESTART = "systemctl restart melikgazi-workers (Docker: docker compose restart workers)"


def examine(now: datetime) -> Iterator[Finding]:
    """All that can be looked at, in the order of the steps above; one that is ill keeps no other from being told."""
    yield from _settings()
    try:
        yield from _tables()
        is_there = True
    except DatabaseError as error:
        connection.close()
        is_there = False
        yield Finding(
            "Veritabanı",
            f"ulaşılamıyor ({type(error).__name__})",
            "PostgreSQL çalışıyor mu (systemctl status postgresql), diskte yer var mı, DATABASE_URL doğru mu bakın.",
        )
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _machine,
        _broker,
        _files,
        _mail,
        _scanner,
        _address,
    )
    if is_there:
        of_rows = (_dangers, _clock, _workers, _scheduled, _rows, _unmailed, _backup, _webhook, _alarms)
        looks = (
            *(lambda each=each: each(now) for each in of_rows),
            _queues,
            _channel,
            _partners,
            _server,
            *looks,
        )
    for look in looks:
        try:
            yield from look()
        except DatabaseError as error:
            connection.close()
            yield Finding(
                "Veritabanı", f"soru yarıda kaldı ({type(error).__name__})", "Komutu yeniden çalıştırın."
            )


def _settings() -> Iterator[Finding]:
    """Errors one by one; what is weak may be so on purpose."""
    found = [each for each in checks.run_checks(include_deployment_checks=True) if not each.is_silenced()]
    errors = [each for each in found if each.level >= checks.ERROR]
    for each in errors:
        yield Finding(f"Ayar ({each.id})", str(each.msg), str(each.hint or "docs/kurulum.md’ye bakın."))
    weak = sum(checks.WARNING <= each.level < checks.ERROR for each in found)
    text = f"{weak} uyarı var, manage.py check --deploy gösterir" if weak else "tamam"
    if weak or not errors:
        yield Finding("Ayarlar", text)


def _tables() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield Finding(
            "Tablolar",
            f"{len(missing)} güncelleme uygulanmamış",
            "manage.py migrate, sonra hattı yeniden başlatın.",
        )
        return
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    ours = {name for name in unknown if name[0] in ("departments", "tickets", "whatsapp", "melikgazi")}
    yield Finding(
        "Tablolar",
        f"bu sürümden yeni ({len(ours)} güncelleme tanınmıyor)" if ours else "bu sürümün",
        "Eski bir sürüm çalışıyor: yenisini kurun ya da yedekten eski tablolara dönün." if ours else "",
    )
    for difference in schema.differences():
        yield Finding("Tablolar", difference, schema.REMEDY)
    has_base, has_staff = (
        Department.objects.exists(),
        User.objects.filter(is_superuser=True, is_active=True).exists(),
    )
    if not has_base:
        yield Finding("Temel veriler", "müdürlükler ve konular yüklenmemiş", "manage.py load_base")
    if not has_staff:
        yield Finding("Yönetici", "giriş yapabilecek yönetici yok", "manage.py createsuperuser")


def _clock(_now: datetime) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        skew = abs((pace.machine_time() - cursor.fetchone()[0]).total_seconds())
    if skew > SKEW_AT_MOST:
        yield Finding(
            "Saat",
            f"veritabanının saatinden {skew:.0f} saniye ayrı",
            "İki makinede de timedatectl deyin; yanlış olanda: timedatectl set-ntp true.",
        )


def _webhook(now: datetime) -> Iterator[Finding]:
    traffic = number_health.webhook_traffic(now)
    text = f"sonuncusu {_ago(now - traffic.heard_at)}" if traffic.heard_at else "hiç gelmedi"
    if number_health.unsigned_at(pace.current(), now):
        yield Finding("Webhook", f"{text}; {number_health.UNSIGNED}", number_health.UNSIGNED_REMEDY)
        return
    yield Finding(
        "Webhook",
        text,
        "Bu saatte hep gelirdi: manage.py whatsapp_doctor; dışarıdan PUBLIC_URL/healthz açılıyor mu bakın."
        if traffic.is_silent
        else "",
    )


def _alarms(now: datetime) -> Iterator[Finding]:
    trouble = alarms.trouble(now)
    yield Finding(
        "Alarmlar",
        trouble or "Prometheus okuyor, Alertmanager birine ulaşıyor",
        "docs/izleme.md, Alarmlar: Prometheus ile Alertmanager’ı kurun, ALERTMANAGER_URL’i yazın."
        if trouble
        else "",
    )


def _workers(now: datetime) -> Iterator[Finding]:
    known = dict(Heartbeat.objects.values_list("name", "at"))
    silent = []
    for worker in operation.expected_workers():
        at = known.get(f"{heartbeats.WORKER}{worker}")
        if at is None or now - at > SILENT:
            silent.append(f"{worker} ({_ago(now - at) if at else 'hiç iş bitirmedi'})")
    yield Finding(
        "İşçiler",
        f"çalışmayan var: {', '.join(silent)}" if silent else "hepsi çalışıyor",
        f"{_RESTART}; düzelmezse: journalctl -u melikgazi-workers" if silent else "",
    )


def _scheduled(now: datetime) -> Iterator[Finding]:
    signs = Heartbeat.objects.filter(name__startswith=heartbeats.TASK)
    failing = [
        each.name.removeprefix(heartbeats.TASK)
        for each in signs
        if each.failed_at and each.failed_at >= each.at
    ]
    clock = next((each for each in signs if each.name == f"{heartbeats.TASK}tickets.watch_clocks"), None)
    if clock is None or now - clock.at > SILENT:
        yield Finding("Zamanlayıcı", "iş göndermiyor; süreler ve acil çağrılar işlemiyor", _RESTART)
    yield Finding(
        "Zamanlı işler",
        f"hata veren var: {', '.join(failing)}" if failing else "hata veren yok",
        "journalctl -u melikgazi-workers hatanın türünü ve yerini yazar." if failing else "",
    )


def _rows(now: datetime) -> Iterator[Finding]:
    found = Counter(row_by_row.current_failures(now).values_list("work", flat=True))
    texts = [f"{RowWork(work).label} {count}" for work, count in sorted(found.items())]
    yield Finding(
        "İşlenemeyen kayıtlar",
        f"her seferinde hata veren var: {', '.join(texts)}" if texts else "yok",
        "Ötekiler işleniyor, bunlar yeniden deneniyor. journalctl -u melikgazi-workers hatanın yerini ve kaydın "
        "numarasını yazar; yazılım hatasıysa bu satırı destek birimine iletin."
        if texts
        else "",
    )


def _dangers(now: datetime) -> Iterator[Finding]:
    """What nobody claimed, and the telephones that did not ring for it."""
    unclaimed = Ticket.objects.filter(UNACKNOWLEDGED_DANGER & DANGER, created_at__lt=now - UNCLAIMED_AGE)
    if count := unclaimed.count():
        oldest = unclaimed.earliest("created_at").created_at
        yield Finding(
            "Acil bildirimler",
            f"{count} can güvenliği bildirimi kimsede değil; en eskisi {_ago(now - oldest)}",
            "Önce bunları üstlenin (yönetim > bildirimler) ve vatandaşı arayın; nöbetçiyi telefonla arayın.",
        )
    unheard = oldest_waiting.unheard_rings().filter(notification__at__lt=now - UNHEARD_AGE)
    if errors := Counter(unheard.values_list("error", flat=True)):
        why = ", ".join(f"{error or 'henüz denenmedi'} ({count})" for error, count in errors.most_common(3))
        yield Finding(
            "Nöbetçi telefonları",
            f"çalmayan var: {why}",
            "Nöbetçiyi elle arayın. Numarası yoksa yönetim > Bildirimlerim sayfasına yazsın; geçit yanıt vermiyorsa "
            "RING_URL’in sunucusuna bakın.",
        )


def _unmailed(now: datetime) -> Iterator[Finding]:
    if failing := mail_failing(now).count():
        yield Finding(
            "Gitmeyen e-postalar",
            f"{failing} e-posta gönderilemedi; yeniden denenecek",
            "Sunucunun kaydına ve alıcıların adreslerine bakın; journalctl -u melikgazi-workers hatanın türünü yazar.",
        )


def _backup(now: datetime) -> Iterator[Finding]:
    sign = BackupRun.newest(BackupRun.Kind.BACKUP, succeeded=True)
    fix = (
        "systemctl start melikgazi-backup (Docker: docs/kurulum.md); olmazsa: journalctl -u melikgazi-backup"
    )
    if sign is None:
        yield Finding("Yedek", "hiç alınmamış", fix)
    else:
        age = now - sign.ended_at
        yield Finding("Yedek", f"sonuncusu {_ago(age)}", fix if age > BACKUP_AGE else "")
    verifications = {"Yedeğin denenmesi": BackupRun.Kind.VERIFICATION}
    if operation.archives():
        verifications["Saniyesine dönülebilen yedeğin denenmesi"] = BackupRun.Kind.POINT_IN_TIME
    for subject, kind in verifications.items():
        tried, last = BackupRun.newest(kind, succeeded=True), BackupRun.newest(kind)
        if last and not last.succeeded:
            yield Finding(
                subject,
                f"sonuncusu olmadı: {last.detail}",
                "Yenisini alıp deneyin: systemctl start melikgazi-backup-verification.",
            )
        elif tried is None or now - tried.ended_at > VERIFICATION_AGE:
            yield Finding(
                subject,
                f"sonuncusu {_ago(now - tried.ended_at)}" if tried else "hiç denenmemiş",
                "manage.py backup_status nedenini gösterir; docs/kurulum.md, Yedek ve geri yükleme.",
            )


def _queues() -> Iterator[Finding]:
    waiting = health.waiting()
    yield Finding(
        "Gelenler",
        "iki dakikadır işlenmeyen var" if waiting["inbox"] == "backlog" else "beklemiyor",
        _RESTART if waiting["inbox"] == "backlog" else "",
    )
    yield from _unsent()
    parked = (
        InboundDelivery.objects.filter(state=InboundDelivery.State.PARKED).count()
        + Message.objects.filter(state=Message.State.PARKED).count()
    )
    if parked:
        yield Finding(
            "Kenara ayrılanlar",
            f"{parked} mesaj işlenemedi",
            "Yönetim > WhatsApp: nedenine bakıp “Yeniden dene” deyin.",
        )


def _unsent() -> Iterator[Finding]:
    refused = health.refused().values_list("error_code", flat=True).distinct()
    if codes := ", ".join(sorted("kodsuz" if code is None else str(code) for code in refused)):
        yield Finding(
            "Geri çevrilenler",
            f"Meta’nın iki dakikadır kabul etmediği mesaj var (hata kodu: {codes})",
            "Yeniden deneniyor, kaybolmaz: metastatus.com kesinti gösteriyorsa beklemek yeter. Göstermiyorsa nedeni "
            "yönetim > giden mesajlar sayfasında yazar; kanal durduysa önce onu düzeltin.",
        )
    is_late = health.unsent().exists()
    yield Finding(
        "Gidenler",
        "zamanı iki dakika önce gelmişken gitmeyen var" if is_late else "beklemiyor",
        f"Kanal durduysa önce onu düzeltin; yoksa {_RESTART}" if is_late else "",
    )


def _channel() -> Iterator[Finding]:
    channel = pace.current()
    is_well = channel.state == ChannelState.State.WORKING
    waiting = Outbox.objects.filter(state__in=Outbox.PENDING).count()
    yield Finding(
        "WhatsApp kanalı",
        "çalışıyor" if is_well else f"{channel.get_state_display()}; {waiting} mesaj bekliyor",
        "" if is_well else "manage.py whatsapp_doctor nedenini ve çözümünü söyler.",
    )


def _partners() -> Iterator[Finding]:
    given_up = Webhook.objects.filter(active=True, given_up_at__isnull=False).count()
    if given_up:
        yield Finding(
            "Başka sistemler",
            f"{given_up} adres duymadığı için bırakıldı",
            "Yönetim > webhook’lar: karşı sistem düzelince yeniden kaydedin; aradakiler de gider.",
        )


def _server() -> Iterator[Finding]:
    found = operation.read_database()
    if health.is_read_only():
        yield Finding(
            "Veritabanı",
            "salt okunur: hiçbir şey kaydedilmiyor",
            "docs/isletme.md, “Veritabanı salt okunur”.",
        )
        return
    ratio = found["connections"] / found["connections_limit"]
    yield Finding(
        "Veritabanı",
        f"{found['size_bytes'] / 2**30:.1f} GB, {found['connections']}/{found['connections_limit']} bağlantı",
        "Bağlı başka programları kapatın ya da max_connections’ı artırın."
        if ratio > CONNECTIONS_RATIO
        else "",
    )
    if found["longest_transaction_seconds"] > 3600:
        yield Finding(
            "Uzun işlem",
            f"{_ago(timedelta(seconds=found['longest_transaction_seconds']))} açılmış bir işlem sürüyor",
            "pg_stat_activity kimin olduğunu söyler; unutulmuş bir psql ise kapatın.",
        )
    if found["archiving_fails"]:
        yield Finding("WAL arşivi", "yazılamıyor", "Arşivin diskine ve PostgreSQL’in kaydına bakın.")
    lag = operation.replica_lag()
    if lag > 900:
        text = "izlemiyor" if math.isinf(lag) else f"{_ago(timedelta(seconds=lag))} kalmış"
        yield Finding("Rapor kopyası", text, "Kopyanın ana sunucuya bağlandığına bakın.")


def _machine() -> Iterator[Finding]:
    load = machine_load.read()
    busy = f"işlemci başına {load.per_core:.1f} iş"
    yield Finding(
        "Makine",
        f"aşırı yüklü ({busy}); mesajlar geç cevaplanır" if load.is_too_much else f"yetişiyor ({busy})",
        machine_load.REMEDY if load.is_too_much else "",
    )


def _broker() -> Iterator[Finding]:
    answer = health.broker()
    yield Finding(
        "Valkey",
        "çalışıyor" if answer == "ok" else f"ulaşılamıyor ({answer})",
        "" if answer == "ok" else "systemctl restart valkey-server; mesaj kaybolmaz, yalnızca gecikir.",
    )


def _files() -> Iterator[Finding]:
    disks = operation.disks()
    for name, folder in disks.items():
        there = next(each for each in (folder, *folder.parents) if each.exists())
        usage = shutil.disk_usage(there)
        free = usage.free / usage.total
        yield Finding(
            f"Disk ({there})",
            f"%{free * 100:.0f} boş ({usage.free / 2**30:.1f} GB)",
            "Eski yedekleri taşıyın, günlükleri kısaltın (journalctl --vacuum-size=1G); dolduysa docs/isletme.md, "
            "“Veritabanı doldu”."
            if free < DISK_RATIO
            else "",
        )
        if name == "media" and not _may_write(there):
            yield Finding(
                "Dosyalar",
                f"{there} dizinine yazılamıyor",
                "Dizinin sahibi hattın hesabı olmalı (chown -R melikgazi …); komutu melikgazi-manage ile çalıştırın.",
            )
    if "database" not in disks:
        yield Finding("Veritabanının diski", disk.NOT_MEASURED)
    if private_storage.bucket is not None:
        troubles = private_storage.bucket.trouble()
        for trouble in troubles:
            yield Finding(
                "Kova (MEDIA_STORAGE)", trouble, "Kovanın ayarını ve anahtarını düzeltin (docs/kurulum.md)."
            )
        if not troubles:
            yield Finding("Kova (MEDIA_STORAGE)", "ulaşılıyor, kendi başına silmiyor ve saklamıyor", "")
    if settings.STATIC_ROOT and not Path(settings.STATIC_ROOT, "staticfiles.json").is_file():
        yield Finding(
            "Sayfaların dosyaları", "toplanmamış; sayfalar açılmaz", "manage.py collectstatic --no-input"
        )


def _may_write(folder: Path) -> bool:
    """Tried, since a file system may be read-only whatever the modes say."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _mail() -> Iterator[Finding]:
    if not settings.NOTICES_BY_EMAIL:
        return
    server = get_connection()
    try:
        server.open()
        server.close()
    except OSError as error:  # what smtplib raises, too
        yield Finding(
            "E-posta sunucusu",
            f"bağlanılamıyor ({type(error).__name__})",
            "EMAIL_URL’deki adresi, portu, kullanıcıyı ve güvenlik duvarını denetleyin.",
        )
    else:
        yield Finding("E-posta sunucusu", "bağlanılıyor")


def _scanner() -> Iterator[Finding]:
    if not settings.CLAMD_URL:
        yield Finding("ClamAV", virus_scan.NOT_SET)
        return
    trouble = virus_scan.trouble()
    fix = "systemctl restart clamav-daemon; dosyalar o zamana kadar bekler." if trouble else ""
    yield Finding("ClamAV", trouble or "çalışıyor", fix)


def _address() -> Iterator[Finding]:
    found = certificate.look(settings.PUBLIC_URL)
    if found.fault:
        yield Finding(
            "Sertifika", found.fault, "Vekilin (Caddy, nginx) kaydına, DNS’e ve 80/443 portlarına bakın."
        )
    elif found.ends_at:
        left = (found.ends_at - datetime.now(found.ends_at.tzinfo)).days
        fix = (
            "Vekil yenileyememiş: journalctl -u caddy; 80 portu dışarıdan açık olmalı."
            if left < certificate.WARNED_DAYS
            else ""
        )
        yield Finding("Sertifika", f"{left} gün daha geçerli", fix)
    url = f"{settings.PUBLIC_URL}/healthz"
    try:
        status, answer = client.visit(url)
    except CloudApiError as error:
        yield Finding(
            "Web",
            f"{url} açılmıyor: {error}",
            "systemctl status melikgazi-web caddy; içeriden kapalıysa dışarıdan deneyin.",
        )
        return
    is_ours = status == 200 and answer.strip() == "ok"
    yield Finding(
        "Web",
        f"{url} açılıyor" if is_ours else f"{url} hattın sayfası değil (HTTP {status})",
        ""
        if is_ours
        else "PUBLIC_URL’i, ALLOWED_HOSTS’u ve vekilin yönlendirmesini denetleyin; systemctl status melikgazi-web.",
    )


def _ago(past: timedelta) -> str:
    minutes = int(past.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} dakika önce"
    return f"{minutes // 60} saat önce" if minutes < 48 * 60 else f"{minutes // 1440} gün önce"
