"""Settings of those who work here: sessions, sign-in, invitations, and what a ticket must have of them."""

from django.conf import settings

from departments.models import DEPARTMENT_ROLES, Role
from melikgazi.configuration.checks.rule import SettingRule, is_safe
from tickets.casework.registry import known_codes


def _names_a_wrong_role() -> bool:
    roles = {role.value: role in DEPARTMENT_ROLES for role in Role}
    return any(roles.get(role) is not bool(code) for role, code in settings.OIDC_ROLES.values())


ALWAYS: tuple[SettingRule, ...] = (
    SettingRule(
        "melikgazi.E040",
        lambda: settings.SESSION_IDLE_MINUTES < 10 or settings.SESSION_MAX_HOURS < 1,
        "SESSION_IDLE_MINUTES 10’dan ya da SESSION_MAX_HOURS 1’den küçük: kimse işini bitiremeden oturumu kapanır.",
        "60 dakika ve 12 saat iyi değerlerdir.",
    ),
    SettingRule(
        "melikgazi.E041",
        lambda: bool(settings.OIDC_ISSUER) and not is_safe(settings.OIDC_ISSUER),
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
