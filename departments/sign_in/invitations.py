"""Links with which somebody chooses a password of their own: an invitation, or after the old one was forgotten.

A link works once, and for a day (invitation_lifetime.py).
"""

from dataclasses import dataclass
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode


@dataclass(frozen=True)
class Invited:
    """`link` is None where it went by mail; else the administrator hands it over, for the reason in `why`."""

    user: User
    link: str | None = None
    why: str = ""


def link_for(user: User) -> str:
    """The whole address of the page where this person chooses a password."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("parola_sec", args=[key, default_token_generator.make_token(user)])
    return f"{settings.PUBLIC_URL}{path}"


def why_no_mail(user: User) -> str:
    """Why no invitation can be mailed to somebody; empty where it can."""
    if not settings.NOTICES_BY_EMAIL:
        return "bu kurulumda e-posta kapalı"
    return "" if user.email else "e-posta adresi yok"


def invite(user: User) -> Invited:
    """Mails somebody a link to choose their password; where that cannot be, the link comes back, to be handed over."""
    link = link_for(user)
    if why := why_no_mail(user):
        return Invited(user, link, why)
    try:
        EmailMessage("Çözüm Hattı’na davet", _text(user, link), to=[user.email]).send()
    except (SMTPException, OSError):
        return Invited(user, link, "e-posta sunucusuna ulaşılamadı")
    return Invited(user)


def _text(user: User, link: str) -> str:
    return (
        f"Merhaba {user.get_full_name() or user.get_username()},\n\n"
        "Melikgazi Belediyesi Çözüm Hattı’nda sizin için hesap açıldı. Parolanızı şu sayfada kendiniz seçin:\n\n"
        f"{link}\n\n"
        f"Kullanıcı adınız: {user.get_username()}\n"
        "Bağlantı bir gün geçerlidir ve bir kez kullanılır. Bu iletiyi beklemiyorduysanız yöneticinize haber verin.\n"
    )
