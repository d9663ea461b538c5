"""Diagnostics of the connection to WhatsApp: token, number, clock, subscription, templates, webhook URL, media hosts.

Each finding says what is wrong and how to fix it.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandError
from django.urls import reverse

from whatsapp.graph import client
from whatsapp.graph.errors import CloudApiError
from whatsapp.texts import template_parameters
from whatsapp.texts.templates_at_meta import known_templates, template_problem

SKEW_AT_MOST = 30  # seconds; the 24-hour window is computed by our clock
SETTINGS_OF_META = "Meta Business Suite > WhatsApp Yöneticisi"
_QUALITY = {"GREEN": "yüksek", "YELLOW": "orta", "RED": "düşük", "UNKNOWN": "henüz ölçülmedi"}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check; `fix` says what to do and is empty where all is well."""

    subject: str
    text: str
    fix: str = ""


def write_down(findings: Iterable[Finding], write: Callable[[str], object]) -> None:
    """Writes each finding with what to do about it. Raises CommandError when anything has to be fixed."""
    wrong = 0
    for finding in findings:
        wrong += bool(finding.fix)
        write(f"{'✗' if finding.fix else '✓'} {finding.subject}: {finding.text}")
        if finding.fix:
            write(f"    → {finding.fix}")
    if wrong:
        raise CommandError(f"{wrong} sorun bulundu.")


def examine(now: datetime) -> Iterator[Finding]:
    """Runs all checks; those that need a valid token are skipped when it is not."""
    at_meta: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("Numara", _number),
        ("Saat", lambda: _clock(now)),
        ("Abonelik", _subscription),
        ("Şablonlar", _templates),
    )
    for subject, look in at_meta:
        try:
            yield from look()
        except CloudApiError as error:
            yield _refused(subject, error)
            if error.code in (None, 0, 190):
                break
    yield _webhook()
    for host in settings.WHATSAPP_MEDIA_HOSTS:
        yield _media_host(host)


def _refused(subject: str, error: CloudApiError) -> Finding:
    """The finding for an error of Meta's."""
    text = f"Meta’ya sorulamadı: {error}" + (f" (kod {error.code})" if error.code is not None else "")
    match error.code:
        case None:
            fix = (
                "Sunucudan WHATSAPP_GRAPH_URL’e https ile çıkılabildiğini (DNS, güvenlik duvarı) denetleyin."
            )
        case 0 | 190:
            fix = "Erişim anahtarı geçersiz: sistem kullanıcısına kalıcısını üretip WHATSAPP_ACCESS_TOKEN’a yazın."
        case code if code in (3, 10, *range(200, 300)):
            fix = "Erişim anahtarına whatsapp_business_messaging ve whatsapp_business_management izinlerini verin."
        case 33 | 100:
            name = "WHATSAPP_PHONE_NUMBER_ID" if subject == "Numara" else "WHATSAPP_WABA_ID"
            fix = (
                f"{name} yanlış ya da erişim anahtarının bu varlığa erişimi yok; sistem kullanıcısına atayın."
            )
        case _:
            fix = "Birkaç dakika sonra yeniden deneyin; sürerse Meta’nın durum sayfasına bakın."
    return Finding(subject, text, fix)


def _number() -> Iterator[Finding]:
    number = client.number()
    yield Finding("Erişim anahtarı", "geçerli")
    yield Finding("Numara", f"{number.get('display_phone_number')}, {number.get('verified_name')}")
    yield _expect(
        "Numara doğrulaması",
        number.get("code_verification_status"),
        ("VERIFIED",),
        f"{SETTINGS_OF_META} > Telefon numaraları sayfasından numarayı yeniden doğrulayın.",
    )
    yield _expect(
        "Numara kaydı",
        number.get("platform_type"),
        ("CLOUD_API",),
        "Numarayı Cloud API’ye kaydedin (docs/baglanti.md, 4. adım).",
    )
    yield _expect(
        "Görünen ad",
        number.get("name_status"),
        ("APPROVED", "AVAILABLE_WITHOUT_REVIEW"),
        f"{SETTINGS_OF_META} > Telefon numaraları sayfasından adı onaya gönderin.",
    )
    quality = str(number.get("quality_rating"))
    fix = "Vatandaşlar mesajları engelliyor ya da şikâyet ediyor: hangi mesajların gittiğini inceleyin."
    yield Finding("Kalite", _QUALITY.get(quality, quality), fix if quality in ("RED", "YELLOW") else "")


def _expect(subject: str, found: Any, good: tuple[str, ...], fix: str) -> Finding:
    return Finding(subject, "tamam") if found in good else Finding(subject, f"Meta’daki durumu: {found}", fix)


def _clock(now: datetime) -> Iterator[Finding]:
    skew = (now - client.server_time()).total_seconds()
    if abs(skew) <= SKEW_AT_MOST:
        yield Finding("Saat", "Meta’nınkiyle aynı")
    else:
        way = "ileri" if skew > 0 else "geri"
        yield Finding(
            "Saat",
            f"Meta’nınkinden {abs(skew):.0f} saniye {way}",
            "Sunucuda NTP’yi açın: timedatectl set-ntp true",
        )


def _subscription() -> Iterator[Finding]:
    if not settings.WHATSAPP_WABA_ID:
        yield Finding(
            "Abonelik", "WHATSAPP_WABA_ID verilmemiş", "WhatsApp > API Kurulumu sayfasından alıp yazın."
        )
        return
    apps = client.subscribed_apps()
    if apps:
        yield Finding("Abonelik", f"hesabın webhook’ları şuraya gidiyor: {', '.join(apps)}")
    else:
        fix = "manage.py whatsapp_doctor --subscribe komutunu bir kez çalıştırın."
        yield Finding("Abonelik", "hesap hiçbir uygulamaya bağlı değil, mesajlar bize gelmez", fix)


def _templates() -> Iterator[Finding]:
    if not settings.WHATSAPP_WABA_ID:
        return
    known = known_templates()
    for wanted in template_parameters.TEMPLATES:
        problem = template_problem(wanted, known.get((wanted["name"], wanted["language"])))
        fix = "manage.py whatsapp_templates komutunun dediğini yapın." if problem else ""
        yield Finding(f"Şablon {wanted['name']}", problem or "onaylı", fix)


def _webhook() -> Finding:
    """Verifies the webhook at PUBLIC_URL by the same GET request as Meta."""
    url = settings.PUBLIC_URL + reverse("whatsapp:webhook")
    if urlsplit(url).scheme != "https" and not client.is_loopback(urlsplit(url).hostname or ""):
        return Finding(
            "Webhook", f"{url} https değil", "Meta yalnızca https çağırır: önüne TLS vekili koyun."
        )
    challenge = secrets.token_hex(8)
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": settings.WHATSAPP_VERIFY_TOKEN,
        "hub.challenge": challenge,
    }
    try:
        status, answer = client.visit(url, **query)
    except CloudApiError as error:
        fix = "DNS kaydını, sertifikayı, güvenlik duvarını denetleyin; adres içeriden kapalıysa dışarıdan deneyin."
        return Finding("Webhook", f"{url} açılmıyor: {error}", fix)
    if status == 200 and answer == challenge:
        return Finding("Webhook", f"{url} el sıkışıyor")
    match status:
        case 200:
            fix = "Bu adreste hat değil başka bir sayfa var: PUBLIC_URL’i ve vekilin yönlendirmesini denetleyin."
        case 403:
            fix = "Çalışan web süreci başka bir WHATSAPP_VERIFY_TOKEN ile başlamış: onu yeniden başlatın."
        case 301 | 302 | 307 | 308:
            fix = "Adres yönlendiriyor, Meta izlemez: PUBLIC_URL’e yönlendirilen adresi yazın."
        case _:
            fix = "Vekilin /whatsapp/webhook/ yolunu hattın web sürecine geçirdiğini denetleyin."
    return Finding("Webhook", f"{url} el sıkışmıyor (HTTP {status})", fix)


def _media_host(host: str) -> Finding:
    scheme = "http" if client.is_loopback(urlsplit(f"//{host}").hostname or "") else "https"
    try:
        client.visit(f"{scheme}://{host}/")
    except CloudApiError as error:
        fix = "Sunucudan bu adrese https ile çıkış izni verin; yoksa fotoğraflar alınamaz."
        return Finding("Dosya sunucusu", f"{host} açılmıyor: {error}", fix)
    return Finding("Dosya sunucusu", f"{host} ulaşılıyor")
