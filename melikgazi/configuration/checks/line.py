"""Settings of the line: our number at Meta, and how the conversation is paced."""

import re
from urllib.parse import urlsplit

from django.conf import settings

from melikgazi.configuration.checks.rule import SettingRule, host_of, is_no_secret, is_safe, is_web
from whatsapp.graph.client import is_loopback

META = "graph.facebook.com"
META_MEDIA = "lookaside.fbsbx.com"


def _graph_is_metas() -> bool:
    return host_of(settings.WHATSAPP_GRAPH_URL) == META


def _lacks_media_host() -> bool:
    graph = urlsplit(settings.WHATSAPP_GRAPH_URL)
    wanted = {META_MEDIA} if _graph_is_metas() else {graph.hostname, graph.netloc}
    return not wanted & set(settings.WHATSAPP_MEDIA_HOSTS)


def _matches(name: str, pattern: str) -> bool:
    return re.fullmatch(pattern, getattr(settings, name)) is not None


ALWAYS: tuple[SettingRule, ...] = (
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
        lambda: not is_safe(settings.WHATSAPP_GRAPH_URL),
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
        "melikgazi.E033",
        lambda: (
            bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT) and not is_web(settings.OTEL_EXPORTER_OTLP_ENDPOINT)
        ),
        "OTEL_EXPORTER_OTLP_ENDPOINT bir web adresi değil: izler gönderilemez.",
        "Toplayıcının HTTP adresini yol olmadan yazın (http://toplayici:4318) ya da boş bırakın.",
    ),
    SettingRule(
        "melikgazi.E034",
        lambda: bool(settings.ALERTMANAGER_URL) and not is_web(settings.ALERTMANAGER_URL),
        "ALERTMANAGER_URL bir web adresi değil: alarmların birine ulaştığına bakılamaz.",
        "Alertmanager’ın adresini http:// ile yazın: http://10.0.0.5:9093",
    ),
)

DEPLOY: tuple[SettingRule, ...] = (
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
        lambda: is_no_secret(settings.WHATSAPP_VERIFY_TOKEN),
        "WHATSAPP_VERIFY_TOKEN kolay tahmin edilir.",
        "En az 16 karakterlik rastgele bir değer verin ve Meta konsoluna da onu yazın.",
    ),
    SettingRule(
        "melikgazi.E123",
        lambda: is_loopback(host_of(settings.WHATSAPP_GRAPH_URL)),
        "WHATSAPP_GRAPH_URL bu makineyi gösteriyor: mesajlar WhatsApp’a gitmez.",
        "Değişkeni kaldırın; Meta’nın sunucusu kendiliğinden kullanılır.",
    ),
    SettingRule(
        "melikgazi.E124",
        lambda: any(is_loopback(host_of(f"//{host}")) for host in settings.WHATSAPP_MEDIA_HOSTS),
        "WHATSAPP_MEDIA_HOSTS bu makineyi içeriyor: erişim anahtarı bir deneme sunucusuna gidebilir.",
        "Değişkeni kaldırın; Meta’nın dosya sunucusu kendiliğinden kullanılır.",
    ),
)
