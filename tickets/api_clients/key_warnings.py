"""Mail about API keys that will soon be refused, to their user and to the administrators, who alone make new ones."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.utils.timezone import localtime

from tickets.api_clients.keys import expiring
from tickets.models.api_clients import ApiKey


def warn(now: datetime) -> int:
    """Mails about each key that ends within two weeks, once; returns how many. Without EMAIL_URL nothing is sent."""
    if not settings.NOTICES_BY_EMAIL:
        return 0
    due = list(expiring(now).filter(warned_at=None).select_related("user").order_by("id"))
    administrators = User.objects.filter(is_superuser=True, is_active=True).exclude(email="")
    to = set(administrators.values_list("email", flat=True))
    for key in due:
        if addresses := sorted(to | ({key.user.email} - {""})):
            EmailMessage(_subject(key), _body(key), to=addresses).send()
        ApiKey.objects.filter(pk=key.pk).update(warned_at=now)
    return len(due)


def _subject(key: ApiKey) -> str:
    return f"API anahtarının süresi doluyor: {key.prefix}…"


def _body(key: ApiKey) -> str:
    return (
        f"{key.user} kullanıcısının {key.prefix}… ile başlayan API anahtarı {localtime(key.expires_at):%d.%m.%Y %H:%M} "
        "tarihinden sonra kabul edilmez.\n"
        "Yönetim > API anahtarları sayfasından yenisini verin, programa yazın, sonra eskisini iptal edin.\n"
        f"{settings.PUBLIC_URL}/admin/tickets/apikey/\n"
    )
