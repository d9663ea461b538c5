"""The browsers in which an account signed in before, known by a signed cookie.

Wrong passwords typed elsewhere do not count against them (docs/decisions/0011). The cookie opens nothing by itself.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

KEPT_FOR = timedelta(days=180)
# Of colleagues who share a computer, the latest.
MOST_ACCOUNTS = 30
_SALT = "departments.staff.known_devices"


@dataclass(frozen=True)
class _Device:
    mark: str
    accounts: tuple[int, ...] = ()


def mark_for(request: HttpRequest | None, username: str) -> str:
    """The mark of this browser if that account signed in with it before, else ''."""
    device = _device_of(request) if request else None
    if device is None or not User.objects.filter(username=username.strip(), pk__in=device.accounts).exists():
        return ""
    return device.mark


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Has the browser known from now on, for `user` beside those who were before."""
    device = _device_of(request) or _Device(secrets.token_urlsafe(16))
    accounts = [user.pk, *(key for key in device.accounts if key != user.pk)][:MOST_ACCOUNTS]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([device.mark, accounts], salt=_SALT),
        max_age=KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _device_of(request: HttpRequest) -> _Device | None:
    try:
        found = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=_SALT, max_age=KEPT_FOR
        )
    except signing.BadSignature:
        return None
    mark, accounts = found
    return _Device(mark, tuple(accounts))
