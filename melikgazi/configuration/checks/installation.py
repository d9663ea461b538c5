"""Settings of the installation: its address, secrets, files, and the ways to other machines."""

import os
import re
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http.request import validate_host

from melikgazi.backup.encryption import is_recipient
from melikgazi.configuration.checks.rule import SettingRule, host_of, is_no_secret, is_safe, is_web
from melikgazi.workers.broker import is_address


def _is_tile_address(url: str) -> bool:
    return is_safe(url) and all(part in url for part in ("{z}", "{x}", "{y}"))


def _is_clamd_address(url: str) -> bool:
    """unix:///path, or tcp://host:port."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return not parts.netloc and len(parts.path) > 1
    return parts.scheme == "tcp" and bool(parts.hostname) and _has_port(parts)


def _has_port(parts: SplitResult) -> bool:
    try:
        return bool(parts.port)
    except ValueError:
        return False


def _is_unwritable(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK))


def _is_network(word: str) -> bool:
    try:
        ip_network(word)
    except ValueError:
        return False
    return True


ALWAYS: tuple[SettingRule, ...] = (
    SettingRule(
        "melikgazi.E001",
        lambda: len(settings.SECRET_KEY) < 32,
        "SECRET_KEY 32 karakterden kısa.",
        "Rastgele bir değer üretin: python -c 'import secrets; print(secrets.token_hex(32))'",
    ),
    SettingRule(
        "melikgazi.E002",
        lambda: not is_web(settings.PUBLIC_URL),
        "PUBLIC_URL bir web adresi değil.",
        "Vatandaşın ve Meta’nın göreceği adresi yazın: https://cozum.ornek.bel.tr",
    ),
    SettingRule(
        "melikgazi.E003",
        lambda: settings.DEBUG and settings.PUBLIC_URL.startswith("https://"),
        "DEBUG açıkken PUBLIC_URL https: herkese açık bir sistemde hata sayfaları ayarları gösterir.",
        "DEBUG=off yapın.",
    ),
    SettingRule(
        "melikgazi.E004",
        lambda: not validate_host(host_of(settings.PUBLIC_URL), settings.ALLOWED_HOSTS),
        "PUBLIC_URL’in sunucu adı ALLOWED_HOSTS içinde yok: o adresle gelen her istek geri çevrilir.",
        "Sunucu adını ALLOWED_HOSTS listesine ekleyin.",
    ),
    SettingRule(
        "melikgazi.E005",
        lambda: not is_address(settings.BROKER_URL),
        "BROKER_URL anlaşılmıyor: Valkey, Redis, Sentinel ya da RabbitMQ adresi olmalı.",
        "redis://sunucu:6379/0, redis+socket:///yol/valkey.sock, redis+sentinel://sunucu1:26379,sunucu2:26379/ad/0 "
        "ya da amqp://kullanıcı:parola@sunucu:5672/ biçiminde verin.",
    ),
    SettingRule(
        "melikgazi.E006",
        lambda: not Path(settings.MEDIA_ROOT).is_absolute() or _is_unwritable(Path(settings.MEDIA_ROOT)),
        "MEDIA_ROOT yazılabilir, tam yolu verilmiş bir dizin değil.",
        "Hattın kullanıcısının yazabildiği bir dizini / ile başlayan yoluyla verin.",
    ),
    SettingRule(
        "melikgazi.E007",
        lambda: not is_web(settings.KVKK_NOTICE_URL),
        "KVKK_NOTICE_URL bir web adresi değil; vatandaş aydınlatma metnini açamaz.",
        "Belediyenin aydınlatma metninin https adresini verin.",
    ),
    SettingRule(
        "melikgazi.E008",
        lambda: bool(settings.EMULATOR_URL) != settings.EMULATOR,
        "EMULATOR ile EMULATOR_URL birbirini tutmuyor.",
        "Denemede ikisini de verin, canlı sistemde ikisini de vermeyin.",
    ),
    SettingRule(
        "melikgazi.E009",
        lambda: bool(settings.METRICS_TOKEN) and is_no_secret(settings.METRICS_TOKEN),
        "METRICS_TOKEN kolay tahmin edilir.",
        "En az 16 karakterlik rastgele bir değer verin.",
    ),
    SettingRule(
        "melikgazi.E010",
        lambda: bool(settings.SENTRY_DSN) and not is_safe(settings.SENTRY_DSN),
        "SENTRY_DSN https adresi değil: hata kayıtları ağda açık gider.",
        "Kendi Sentry sunucunuzun https:// ile başlayan DSN değerini verin.",
    ),
    SettingRule(
        "melikgazi.E011",
        lambda: bool(settings.TILE_URL) and not _is_tile_address(settings.TILE_URL),
        "TILE_URL bir harita karosu adresi değil.",
        "https:// ile başlayan ve {z}, {x}, {y} geçen bir adres verin ya da boş bırakın.",
    ),
    SettingRule(
        "melikgazi.W012",
        lambda: settings.DATABASE_POOLED and settings.DATABASE_DIRECT is None,
        "DATABASE_POOLED açık ama DATABASE_DIRECT_URL yok: yedek alınamaz, tablolar güncellenemez.",
        "PgBouncer’ın değil, arkasındaki sunucunun adresini yazın (docs/kurulum.md, PgBouncer).",
    ),
    SettingRule(
        "melikgazi.E013",
        lambda: not all(_is_network(each) for each in settings.TRUSTED_PROXIES),
        "TRUSTED_PROXIES içinde ağ adresi olmayan bir değer var.",
        "Vekillerin ağlarını virgülle ayırarak yazın: 172.16.0.0/12 ya da tek bir adres: 10.1.2.3",
    ),
    SettingRule(
        "melikgazi.E014",
        lambda: any(re.search(r"[/*@\s]", host) for host in settings.WEBHOOK_HOSTS),
        "WEBHOOK_HOSTS içinde sunucu adı olmayan bir değer var.",
        "Adları https:// ve yol olmadan, virgülle ayırarak yazın; joker kullanılamaz.",
    ),
    SettingRule(
        "melikgazi.E015",
        lambda: bool(settings.RING_URL) and not is_safe(settings.RING_URL),
        "RING_URL https değil: nöbetçilerin telefon numaraları ağda açık gider.",
        "Geçidin https:// ile başlayan adresini yazın ya da boş bırakın.",
    ),
    SettingRule(
        "melikgazi.E016",
        lambda: bool(settings.RING_URL) and is_no_secret(settings.RING_SECRET),
        "RING_SECRET boş ya da kolay tahmin edilir: geçit, çağrının bizden geldiğini bilemez.",
        "En az 16 karakterlik rastgele bir değer verin ve geçide de onu yazın.",
    ),
    SettingRule(
        "melikgazi.E017",
        lambda: bool(settings.CLAMD_URL) and not _is_clamd_address(settings.CLAMD_URL),
        "CLAMD_URL bir ClamAV adresi değil.",
        "unix:///run/clamav/clamd.ctl ya da tcp://sunucu:3310 biçiminde yazın ya da boş bırakın.",
    ),
    SettingRule(
        "melikgazi.E018",
        lambda: any(map(is_no_secret, settings.ENCRYPTION_KEYS)),
        "ENCRYPTION_KEYS içinde kolay tahmin edilen bir değer var.",
        "Rastgele bir değer üretin: openssl rand -hex 32",
    ),
    SettingRule(
        "melikgazi.E019",
        lambda: not all(map(is_recipient, settings.BACKUP_RECIPIENTS)),
        "BACKUP_RECIPIENTS içinde age1… ile başlayan bir alıcı olmayan bir değer var: yedek alınamaz.",
        "manage.py backup_identity’nin yazdığı alıcıyı verin; AGE-SECRET-KEY ile başlayanı değil.",
    ),
)

DEPLOY: tuple[SettingRule, ...] = (
    SettingRule(
        "melikgazi.E101",
        lambda: urlsplit(settings.PUBLIC_URL).scheme != "https",
        "PUBLIC_URL https değil: Meta webhook’u yalnızca https ile çağırır, oturum çerezleri korunmaz.",
        "Önüne TLS vekili koyun ve PUBLIC_URL’i https:// ile yazın.",
    ),
    SettingRule(
        "melikgazi.E102",
        lambda: settings.EMULATOR,
        "EMULATOR canlı sistemde açık: isteyen herkes vatandaş gibi yazabilir.",
        "EMULATOR ve EMULATOR_URL değişkenlerini kaldırın.",
    ),
    SettingRule(
        "melikgazi.E103",
        lambda: "*" in settings.ALLOWED_HOSTS,
        "ALLOWED_HOSTS her adı kabul ediyor.",
        "Yalnızca hattın kendi sunucu adlarını yazın.",
    ),
    SettingRule(
        "melikgazi.W104",
        lambda: Path(settings.MEDIA_ROOT).is_relative_to(settings.BASE_DIR),
        "MEDIA_ROOT program dizininin içinde: bir güncelleme vatandaşların dosyalarını silebilir.",
        "Program dizininin dışında, yedeklenen bir dizin verin.",
    ),
    SettingRule(
        "melikgazi.W105",
        lambda: not settings.METRICS_TOKEN,
        "METRICS_TOKEN verilmemiş: /metrics yalnızca bu makinenin kendisine açık.",
        "Prometheus başka makinedeyse rastgele bir METRICS_TOKEN verin.",
    ),
    SettingRule(
        "melikgazi.W106",
        lambda: settings.LOG_LEVEL == "DEBUG",
        "LOG_LEVEL=DEBUG: kütüphanelerin ayrıntı kayıtları kişisel veri içerebilir.",
        "INFO kullanın.",
    ),
    SettingRule(
        "melikgazi.W107",
        lambda: bool(os.environ.get("DEMO_PASSWORD")),
        "DEMO_PASSWORD verilmiş: deneme hesapları canlı sistemde açık olabilir.",
        "Değişkeni kaldırın; deneme hesapları açıldıysa yönetimden kapatın.",
    ),
    SettingRule(
        "melikgazi.W108",
        lambda: not settings.RING_URL,
        "RING_URL verilmemiş: panelde kimse yokken gelen acil bildirimde hiçbir telefon çalmaz.",
        "SMS ya da arama geçidinin adresini verin (docs/arayuzler.md).",
    ),
    SettingRule(
        "melikgazi.W109",
        lambda: not settings.CLAMD_URL,
        "CLAMD_URL verilmemiş: vatandaşlardan gelen dosyalar virüse karşı taranmıyor.",
        "ClamAV kurup adresini yazın (docs/kurulum.md).",
    ),
    SettingRule(
        "melikgazi.W110",
        lambda: not settings.BACKUP_RECIPIENTS,
        "BACKUP_RECIPIENTS verilmemiş: yedekler şifrelenmez, eline geçen herkes vatandaşların verisini okur.",
        "manage.py backup_identity ile bir anahtar üretin, alıcısını buraya yazın (docs/kurulum.md).",
    ),
    SettingRule(
        "melikgazi.W111",
        lambda: not settings.ENCRYPTION_KEYS,
        "ENCRYPTION_KEYS verilmemiş: veritabanındaki gizli anahtarlar SECRET_KEY ile şifrelenir, o değişince okunamaz.",
        "Rastgele bir değer verin (openssl rand -hex 32), sonra manage.py reencrypt_secrets çalıştırın.",
    ),
    SettingRule(
        "melikgazi.W112",
        lambda: not settings.ALERTMANAGER_URL,
        "ALERTMANAGER_URL verilmemiş: alarm kurulmamış sayılır, hat bozulursa kimseye haber gitmez.",
        "Prometheus ile Alertmanager’ı kurup adresini yazın (docs/izleme.md, Alarmlar).",
    ),
)
