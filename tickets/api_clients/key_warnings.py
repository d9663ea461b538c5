"""Mail about API keys that will soon be refused, to their user and to the administrators."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.utils.timezone import localtime

from departments.common.row_by_row import each_row
from departments.models import RowWork
from tickets.api_clients.keys import in_use
from tickets.api_clients.models.clients import ApiKey

WARNED_BEFORE = timedelta(days=14)  # it ends


def warn(now: datetime) -> int:
    """Mails about each key that ends within two weeks, once; returns how many. Without EMAIL_URL nothing is sent.

    One that cannot be mailed, or to nobody, stops no other and is tried again.
    """
    if not settings.NOTICES_BY_EMAIL:
        return 0
    due = list(expiring(now).filter(warned_at=None).select_related("user").order_by("id"))
    administrators = User.objects.filter(is_superuser=True, is_active=True).exclude(email="")
    to = set(administrators.values_list("email", flat=True))
    keys = {key.pk: key for key in due if to or key.user.email}

    def warn_of(pk: int) -> None:
        _warn_of(keys[pk], sorted(to | ({keys[pk].user.email} - {""})), now)

    return each_row(RowWork.KEYS, keys, warn_of, now=now)


def expiring(now: datetime) -> QuerySet[ApiKey]:
    """The keys in use that will be refused within two weeks."""
    return in_use(now).filter(expires_at__lte=now + WARNED_BEFORE)


def _warn_of(key: ApiKey, addresses: list[str], now: datetime) -> None:
    EmailMessage(_subject(key), _body(key), to=addresses).send()
    ApiKey.objects.filter(pk=key.pk).update(warned_at=now)


def _subject(key: ApiKey) -> str:
    return f"API anahtarının süresi doluyor: {key.prefix}…"


def _body(key: ApiKey) -> str:
    return (
        f"{key.user} kullanıcısının {key.prefix}… ile başlayan API anahtarı {localtime(key.expires_at):%d.%m.%Y %H.%M} "
        "tarihinden sonra kabul edilmez.\n"
        "Yönetim > API anahtarları sayfasından yenisini verin, programa yazın, sonra eskisini iptal edin.\n"
        f"{settings.PUBLIC_URL}/admin/tickets/apikey/\n"
    )
