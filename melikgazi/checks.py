"""What is weak or contradictory in the settings, with how to mend it: `manage.py check`, and `check --deploy` before
the line is opened to citizens. What is missing altogether ends the start (environment.py)."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core import checks
from django.http.request import validate_host

from departments.models import DEPARTMENT_ROLES, Role
from melikgazi.backup_encryption import is_recipient
from tickets.services.registry import known_codes
from whatsapp.graph.client import is_loopback

META = "graph.facebook.com"
META_MEDIA = "lookaside.fbsbx.com"


@dataclass(frozen=True, slots=True)
class SettingRule:
    """One fault: when it is there, what it is, and how to mend it. The letter of the id says how bad it is."""

    id: str
    found: Callable[[], bool]
    text: str
    hint: str

    def check(self) -> Iterator[checks.CheckMessage]:
        kind = checks.Error if ".E" in self.id else checks.Warning
        if self.found():
            yield kind(self.text, hint=self.hint, id=self.id)


def register() -> None:
    """Makes Django run the rules; those of `DEPLOY` only with --deploy."""
    checks.register(lambda **_: run(ALWAYS), checks.Tags.security)
    checks.register(lambda **_: run(DEPLOY), checks.Tags.security, deploy=True)


def run(rules: tuple[SettingRule, ...]) -> list[checks.CheckMessage]:
    """The faults found, in the order of the rules."""
    return [message for rule in rules for message in rule.check()]


def _is_web(url: str) -> bool:
    """Whether it is an address that a browser or Meta can open."""
    return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)


def _is_safe(url: str) -> bool:
    """https; or http that does not leave this machine."""
    return _is_web(url) and (urlsplit(url).scheme == "https" or is_loopback(_host(url)))


def _is_tile_address(url: str) -> bool:
    return _is_safe(url) and all(part in url for part in ("{z}", "{x}", "{y}"))


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


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _graph_is_metas() -> bool:
    return _host(settings.WHATSAPP_GRAPH_URL) == META


def _lacks_media_host() -> bool:
    graph = urlsplit(settings.WHATSAPP_GRAPH_URL)
    wanted = {META_MEDIA} if _graph_is_metas() else {graph.hostname, graph.netloc}
    return not wanted & set(settings.WHATSAPP_MEDIA_HOSTS)


def _is_unwritable(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK))


def _is_no_secret(word: str) -> bool:
    """Too short or too simple to withstand guessing."""
    return len(word) < 16 or len(set(word)) < 6


def _is_network(word: str) -> bool:
    try:
        ip_network(word)
    except ValueError:
        return False
    return True


def _names_a_wrong_role() -> bool:
    roles = {role.value: role in DEPARTMENT_ROLES for role in Role}
    return any(roles.get(role) is not bool(code) for role, code in settings.OIDC_ROLES.values())


def _matches(name: str, pattern: str) -> bool:
    return re.fullmatch(pattern, getattr(settings, name)) is not None


ALWAYS: tuple[SettingRule, ...] = (
    SettingRule(
        "melikgazi.E001",
        lambda: len(settings.SECRET_KEY) < 32,
        "SECRET_KEY 32 karakterden kısa.",
        "Rastgele bir değer üretin: python -c 'import secrets; print(secrets.token_hex(32))'",
    ),
    SettingRule(
        "melikgazi.E002",
        lambda: not _is_web(settings.PUBLIC_URL),
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
        lambda: not validate_host(_host(settings.PUBLIC_URL), settings.ALLOWED_HOSTS),
        "PUBLIC_URL’in sunucu adı ALLOWED_HOSTS içinde yok: o adresle gelen her istek geri çevrilir.",
        "Sunucu adını ALLOWED_HOSTS listesine ekleyin.",
    ),
    SettingRule(
        "melikgazi.E005",
        lambda: urlsplit(settings.BROKER_URL).scheme not in ("redis", "rediss", "redis+socket"),
        "BROKER_URL Valkey ya da Redis adresi değil.",
        "redis://sunucu:6379/0 ya da redis+socket:///yol/valkey.sock biçiminde verin.",
    ),
    SettingRule(
        "melikgazi.E006",
        lambda: not Path(settings.MEDIA_ROOT).is_absolute() or _is_unwritable(Path(settings.MEDIA_ROOT)),
        "MEDIA_ROOT yazılabilir, tam yolu verilmiş bir dizin değil.",
        "Hattın kullanıcısının yazabildiği bir dizini / ile başlayan yoluyla verin.",
    ),
    SettingRule(
        "melikgazi.E007",
        lambda: not _is_web(settings.KVKK_NOTICE_URL),
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
        lambda: bool(settings.METRICS_TOKEN) and _is_no_secret(settings.METRICS_TOKEN),
        "METRICS_TOKEN kolay tahmin edilir.",
        "En az 16 karakterlik rastgele bir değer verin.",
    ),
    SettingRule(
        "melikgazi.E010",
        lambda: bool(settings.SENTRY_DSN) and not _is_safe(settings.SENTRY_DSN),
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
        lambda: bool(settings.RING_URL) and not _is_safe(settings.RING_URL),
        "RING_URL https değil: nöbetçilerin telefon numaraları ağda açık gider.",
        "Geçidin https:// ile başlayan adresini yazın ya da boş bırakın.",
    ),
    SettingRule(
        "melikgazi.E016",
        lambda: bool(settings.RING_URL) and _is_no_secret(settings.RING_SECRET),
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
        lambda: any(map(_is_no_secret, settings.ENCRYPTION_KEYS)),
        "ENCRYPTION_KEYS içinde kolay tahmin edilen bir değer var.",
        "Rastgele bir değer üretin: openssl rand -hex 32",
    ),
    SettingRule(
        "melikgazi.E019",
        lambda: not all(map(is_recipient, settings.BACKUP_RECIPIENTS)),
        "BACKUP_RECIPIENTS içinde age1… ile başlayan bir alıcı olmayan bir değer var: yedek alınamaz.",
        "manage.py backup_identity’nin yazdığı alıcıyı verin; AGE-SECRET-KEY ile başlayanı değil.",
    ),
    SettingRule(
        "melikgazi.E020",
        lambda: not settings.WHATSAPP_APP_SECRETS,
        "WHATSAPP_APP_SECRET boş: Meta’dan gelen hiçbir mesaj kabul edilmez.",
        "Meta uygulamasının Ayarlar > Temel sayfasındaki uygulama gizli anahtarını yazın.",
    ),
    SettingRule(
        "melikgazi.E021",
        lambda: bool(re.search(r"\s", settings.WHATSAPP_ACCESS_TOKEN)),
        "WHATSAPP_ACCESS_TOKEN içinde boşluk ya da satır sonu var.",
        "Erişim anahtarını tek satır olarak yeniden yapıştırın.",
    ),
    SettingRule(
        "melikgazi.E022",
        lambda: not _matches("WHATSAPP_PHONE_NUMBER_ID", r"\d+"),
        "WHATSAPP_PHONE_NUMBER_ID yalnızca rakamlardan oluşmalı.",
        "Telefon numarasını değil, WhatsApp > API Kurulumu sayfasındaki telefon numarası kimliğini yazın.",
    ),
    SettingRule(
        "melikgazi.E023",
        lambda: not _matches("WHATSAPP_WABA_ID", r"\d*"),
        "WHATSAPP_WABA_ID yalnızca rakamlardan oluşmalı.",
        "WhatsApp > API Kurulumu sayfasındaki WhatsApp Business hesap kimliğini yazın.",
    ),
    SettingRule(
        "melikgazi.E024",
        lambda: settings.WHATSAPP_WABA_ID == settings.WHATSAPP_PHONE_NUMBER_ID,
        "WHATSAPP_WABA_ID ile WHATSAPP_PHONE_NUMBER_ID aynı: gelen mesajlar bizim sayılmaz.",
        "Hesap kimliği ile numara kimliği farklıdır; ikisini API Kurulumu sayfasından ayrı ayrı alın.",
    ),
    SettingRule(
        "melikgazi.E025",
        lambda: not _is_safe(settings.WHATSAPP_GRAPH_URL),
        "WHATSAPP_GRAPH_URL https değil: erişim anahtarı ağda açık gider.",
        "https:// kullanın; düz http yalnızca bu makinedeki bir deneme sunucusu içindir.",
    ),
    SettingRule(
        "melikgazi.E026",
        lambda: urlsplit(settings.WHATSAPP_GRAPH_URL).path != "",
        "WHATSAPP_GRAPH_URL sunucu adından sonrasını da içeriyor.",
        "Yalnızca sunucuyu yazın (https://graph.facebook.com); sürüm WHATSAPP_GRAPH_VERSION ile verilir.",
    ),
    SettingRule(
        "melikgazi.E027",
        lambda: not _matches("WHATSAPP_GRAPH_VERSION", r"v\d+\.\d+"),
        "WHATSAPP_GRAPH_VERSION bir Graph API sürümü değil.",
        "v23.0 biçiminde yazın.",
    ),
    SettingRule(
        "melikgazi.E028",
        lambda: any(re.search(r"[/*@\s]", host) for host in settings.WHATSAPP_MEDIA_HOSTS),
        "WHATSAPP_MEDIA_HOSTS içinde sunucu adı olmayan bir değer var.",
        "Adları https:// ve yol olmadan, virgülle ayırarak yazın; joker kullanılamaz.",
    ),
    SettingRule(
        "melikgazi.W029",
        _lacks_media_host,
        "WHATSAPP_MEDIA_HOSTS içinde dosyaların indirildiği sunucu yok: fotoğraflar alınamaz.",
        f"Meta için {META_MEDIA}, başka bir Graph sunucusunda onun adını (portuyla) ekleyin.",
    ),
    SettingRule(
        "melikgazi.E030",
        lambda: not 0 <= settings.WHATSAPP_SETTLE_SECONDS <= 60,
        "WHATSAPP_SETTLE_SECONDS 0 ile 60 saniye arasında değil.",
        "Birden çok mesajla yazan vatandaş için beklenen süredir; 6 iyi bir değerdir.",
    ),
    SettingRule(
        "melikgazi.E031",
        lambda: settings.WHATSAPP_DRAFT_TIMEOUT <= settings.WHATSAPP_SETTLE_SECONDS,
        "WHATSAPP_DRAFT_TIMEOUT, WHATSAPP_SETTLE_SECONDS’tan uzun değil: eksikler sorulmadan başvuru açılır.",
        "Vatandaşın cevabının beklendiği süreyi saniye olarak verin; 900 iyi bir değerdir.",
    ),
    SettingRule(
        "melikgazi.E032",
        lambda: min(settings.WHATSAPP_MESSAGES_PER_SECOND, settings.WHATSAPP_SEND_CONNECTIONS) < 1,
        "WHATSAPP_MESSAGES_PER_SECOND veya WHATSAPP_SEND_CONNECTIONS 1’den küçük: hiçbir mesaj gönderilemez.",
        "Meta bir numaraya saniyede 80 mesaj tanır; aynı anda 16 gönderim buna yeter.",
    ),
    SettingRule(
        "melikgazi.E040",
        lambda: settings.SESSION_IDLE_MINUTES < 10 or settings.SESSION_MAX_HOURS < 1,
        "SESSION_IDLE_MINUTES 10’dan ya da SESSION_MAX_HOURS 1’den küçük: kimse işini bitiremeden oturumu kapanır.",
        "60 dakika ve 12 saat iyi değerlerdir.",
    ),
    SettingRule(
        "melikgazi.E041",
        lambda: bool(settings.OIDC_ISSUER) and not _is_safe(settings.OIDC_ISSUER),
        "OIDC_ISSUER https değil: kimlikler ağda açık gider.",
        "Sağlayıcının https:// ile başlayan adresini yazın ya da boş bırakın.",
    ),
    SettingRule(
        "melikgazi.E042",
        lambda: bool(settings.OIDC_ISSUER) and not settings.OIDC_CLIENT_ID,
        "OIDC_ISSUER var, OIDC_CLIENT_ID yok: kurum hesabıyla girilemez.",
        "Sağlayıcıda bu hat için açtığınız istemcinin kimliğini yazın.",
    ),
    SettingRule(
        "melikgazi.E043",
        _names_a_wrong_role,
        "OIDC_ROLES içinde olmayan bir görev ya da birimi eksik veya fazla bir görev var.",
        "Görevler: operator, supervisor, dpo; birim koduyla: head:FEN, crew:FEN.",
    ),
    SettingRule(
        "melikgazi.E044",
        lambda: not set(settings.REGISTRY_NUMBER_REQUIRED) <= known_codes(),
        "REGISTRY_NUMBER_REQUIRED içinde bilinmeyen bir tür ya da kanal var.",
        "Şunlardan seçin: dilekce, cimer, eposta, web, telefon, yuz_yuze, sosyal_medya, mobil_baskan.",
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
        "melikgazi.E120",
        lambda: not settings.WHATSAPP_WABA_ID,
        "WHATSAPP_WABA_ID verilmemiş: başka hesaplara gelenler ayırt edilemez, şablonlar sorulamaz.",
        "WhatsApp > API Kurulumu sayfasındaki WhatsApp Business hesap kimliğini yazın.",
    ),
    SettingRule(
        "melikgazi.W121",
        lambda: not all(re.fullmatch(r"[0-9a-f]{32}", secret) for secret in settings.WHATSAPP_APP_SECRETS),
        "WHATSAPP_APP_SECRET, Meta’nın uygulama gizli anahtarına benzemiyor (32 onaltılık karakter).",
        "Uygulamanın Ayarlar > Temel sayfasından yeniden kopyalayın.",
    ),
    SettingRule(
        "melikgazi.W122",
        lambda: _is_no_secret(settings.WHATSAPP_VERIFY_TOKEN),
        "WHATSAPP_VERIFY_TOKEN kolay tahmin edilir.",
        "En az 16 karakterlik rastgele bir değer verin ve Meta konsoluna da onu yazın.",
    ),
    SettingRule(
        "melikgazi.E123",
        lambda: is_loopback(_host(settings.WHATSAPP_GRAPH_URL)),
        "WHATSAPP_GRAPH_URL bu makineyi gösteriyor: mesajlar WhatsApp’a gitmez.",
        "Değişkeni kaldırın; Meta’nın sunucusu kendiliğinden kullanılır.",
    ),
    SettingRule(
        "melikgazi.E124",
        lambda: any(is_loopback(_host(f"//{host}")) for host in settings.WHATSAPP_MEDIA_HOSTS),
        "WHATSAPP_MEDIA_HOSTS bu makineyi içeriyor: erişim anahtarı bir deneme sunucusuna gidebilir.",
        "Değişkeni kaldırın; Meta’nın dosya sunucusu kendiliğinden kullanılır.",
    ),
    SettingRule(
        "melikgazi.W125",
        lambda: settings.SECOND_FACTOR != "required",
        "SECOND_FACTOR zorunlu değil: ele geçen bir parola vatandaşların verilerini açar.",
        "Değişkeni kaldırın ya da required yazın.",
    ),
    SettingRule(
        "melikgazi.W126",
        lambda: not settings.NOTICES_BY_EMAIL,
        "EMAIL_URL verilmemiş: davetler elden iletilir, parolasını unutan kendisi yenileyemez.",
        "E-posta sunucusunun adresini yazın: smtp+tls://kullanıcı:parola@sunucu:587",
    ),
)
