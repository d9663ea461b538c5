"""The frame of the back office: its name, its colours and what stands in its menu."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import lazy

from melikgazi.back_office.identity import crest_address, identity, line_name

# 300, 400, 600 and 700 are the accent of melikgazi/tokens.css, in both themes.
_BLUE = {
    "50": "#f0f7fb",
    "100": "#dcedf6",
    "200": "#bcdcee",
    "300": "#84c6ec",
    "400": "#6cb8e4",
    "500": "#3387b4",
    "600": "#0b5a86",
    "700": "#08435f",
    "800": "#0a3a52",
    "900": "#0b3146",
    "950": "#122839",
}


# Found once: each page of the back office writes the address of everything in its menu, some of them twice.
_address = lazy(cache(reverse), str)


def _seen_with(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _records(title: str, icon: str, app: str, model: str, *, to: str = "view") -> dict[str, Any]:
    """The list of a table, for whoever may view it (or more)."""
    return {
        "title": title,
        "icon": icon,
        "link": _address(f"admin:{app}_{model}_changelist"),
        "permission": _seen_with(f"{app}.{to}_{model}"),
    }


def _page(title: str, icon: str, name: str, offered: str) -> dict[str, Any]:
    """A page of its own, for whom `offered` (a dotted path) says so."""
    return {"title": title, "icon": icon, "link": _address(name), "permission": offered}


NAVIGATION: list[dict[str, Any]] = [
    {
        "items": [
            {"title": "Panel", "icon": "dashboard", "link": _address("admin:index")},
            _records("Başvurular", "inbox", "tickets", "ticket"),
            _page("Bekleyenler", "hourglass_top", "bekleyenler", "tickets.desk.waiting_list.may_open")
            | {"badge": "tickets.desk.waiting_list.waiting_count"},
            _page("Canlı pano", "monitor_heart", "pano", "tickets.board.admin.page.may_open"),
            _page("Yeni başvuru", "add_call", "yeni", "tickets.intake.page.may_open"),
            _page(
                "Yönlendirme onayı",
                "forward",
                "yonlendirmeler",
                "tickets.router_review.redirections_page.may_open",
            ),
            _page("Saha işleri", "engineering", "saha", "tickets.field_work.pages.may_open"),
            _page(
                "Bildirimlerim",
                "notifications_active",
                "bildirimler",
                "tickets.desk.notification_pages.may_open",
            ),
            _page("Tatbikat", "notification_important", "tatbikat", "tickets.danger.drill_page.may_open"),
            _page("Birimim", "home_work", "birimim", "tickets.reports.admin.department.may_open"),
            _page("Raporlar", "monitoring", "raporlar", "tickets.reports.admin.charts.may_open"),
            _records("Vatandaşlar", "group", "tickets", "citizen"),
        ],
    },
    {
        "title": "WhatsApp hattı",
        "collapsible": True,
        "items": [
            _records("Kanal durumu", "sensors", "whatsapp", "channelstate"),
            _records("Konuşmalar", "forum", "whatsapp", "conversation"),
            _records("Gelen mesajlar", "call_received", "whatsapp", "message"),
            _records("Başvuru olmayanlar", "rule", "whatsapp", "ticketlessmessage"),
            _records("Giden mesajlar", "call_made", "whatsapp", "outbox"),
            _records("Bildirilemeyenler", "notifications_off", "whatsapp", "announcementfailure"),
            _records("Medya", "perm_media", "whatsapp", "media"),
            _records("Webhook teslimatları", "webhook", "whatsapp", "inbounddelivery"),
            _records("Durum bildirimleri", "done_all", "whatsapp", "statusupdate"),
            _records("Hesap bildirimleri", "notifications", "whatsapp", "unhandledupdate"),
            _records("WhatsApp kimlikleri", "badge", "whatsapp", "identity"),
        ],
    },
    {
        "title": "Ayarlar",
        "collapsible": True,
        "items": [
            _records("Müdürlükler", "apartment", "departments", "department"),
            _records("Kategoriler", "category", "departments", "category"),
            _records("Mahalleler", "location_on", "departments", "neighbourhood"),
            _records("Yönlendirme kuralları", "alt_route", "departments", "routingrule"),
            _page(
                "Yönlendirici",
                "model_training",
                "yonlendirici",
                "tickets.router_review.learning_page.may_open",
            ),
            _records("Nöbet çizelgesi", "event_available", "departments", "dutyshift"),
            _records("Çalışma saatleri", "schedule", "departments", "workinghours"),
            _records("Özel günler", "event_busy", "departments", "specialday"),
            _records("Kurumlar", "account_balance", "departments", "agency"),
            _records("Vatandaşa söylenenler", "record_voice_over", "whatsapp", "textoverride"),
            _records("Günün duyurusu", "campaign", "whatsapp", "bulletin"),
            _records("Sorular ve cevaplar", "quiz", "whatsapp", "faqentry"),
            _records("Hazır cevaplar", "quickreply", "tickets", "cannedanswer"),
        ],
    },
    {
        "title": "Kişisel veriler (KVKK)",
        "collapsible": True,
        "items": [
            _page("Talepler", "policy", "kvkk_talepleri", "tickets.privacy.admin.personal_data.may_open"),
            _page(
                "Kişi ara", "person_search", "kisisel_veri", "tickets.privacy.admin.personal_data.may_open"
            ),
            _page("Veri ihlali", "report", "veri_ihlali", "tickets.privacy.admin.personal_data.may_open"),
            _records("Aydınlatma metinleri", "article", "whatsapp", "noticeversion"),
            _records("İmha engelleri", "gavel", "tickets", "legalhold"),
            _records("İmha kayıtları", "delete_history", "tickets", "destruction"),
            _records("Erişim kayıtları", "visibility", "tickets", "access"),
            _records("Saklama süreleri", "hourglass", "tickets", "retention"),
        ],
    },
    {
        "title": "Kişiler ve kayıtlar",
        "collapsible": True,
        "items": [
            _page("İlk gün", "checklist", "ilk_gun", "melikgazi.back_office.first_day.may_open"),
            _records("Görevlendirmeler", "assignment_ind", "departments", "membership"),
            _records("Kullanıcılar", "person", "auth", "user"),
            _records("API anahtarları", "key", "tickets", "apikey", to="change"),
            _records("Webhook’lar", "webhook", "tickets", "webhook", to="change"),
            _records("Webhook bildirimleri", "outbound", "tickets", "webhookcall", to="change"),
            _records("Girişler", "login", "departments", "signin"),
            _records("Ayar değişiklikleri", "manage_search", "admin", "logentry"),
            _records("Zaman çizelgesi", "history", "tickets", "ticketevent"),
            _records("Süre aşımları", "alarm", "tickets", "breach"),
            _records("Dosyalar", "attachment", "tickets", "attachment"),
        ],
    },
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": lambda _request: line_name(),
    "SITE_HEADER": "Çözüm Hattı",
    "SITE_SUBHEADER": lambda request: identity(request)["municipality"],
    "SITE_ICON": lambda _request: crest_address() or None,
    "SITE_SYMBOL": "support_agent",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("melikgazi/icon.svg")}
    ],
    "LOGIN": {"form": "melikgazi.sign_in.passwords.ThrottledSignInForm"},
    "ACCOUNT": {
        "navigation": [
            {"title": "Durumum: burada, molada", "link": _address("durumum")},
            {"title": "Hesabım", "link": _address("hesabim")},
        ]
    },
    "BORDER_RADIUS": "6px",
    "COLORS": {"primary": _BLUE},
    "STYLES": [
        lambda _request: static("melikgazi/backoffice.css"),
        lambda _request: static("tickets/bell.css"),
        lambda _request: static("tickets/desk/act_bar.css"),
    ],
    "DASHBOARD_CALLBACK": "tickets.desk.dashboard.dashboard",
    "SCRIPTS": [
        lambda _request: static("tickets/bell.js"),
        lambda _request: static("melikgazi/backoffice.js"),
        lambda _request: static("melikgazi/session.js"),
    ],
    "SIDEBAR": {
        "show_search": True,
        "command_search": False,
        "show_all_applications": True,
        "navigation": NAVIGATION,
    },
}
