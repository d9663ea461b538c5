"""Rate limits of anonymous callers by IP address, of which only a keyed hash is stored."""

import hmac
from datetime import datetime
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from tickets.api_clients import rate_limits

WRONG_KEYS_PER_MINUTE = 30


def count_call(request: HttpRequest, what: str, per_minute: int, now: datetime) -> rate_limits.RateLimit:
    """Counts a call of `what` by this caller's address."""
    digest = hmac.new(settings.SECRET_KEY.encode(), address_of(request).encode(), "sha256").hexdigest()[:32]
    return rate_limits.spend(f"{what}:{digest}", per_minute, now)


def count_wrong_key(request: HttpRequest, now: datetime) -> rate_limits.RateLimit:
    """Counts a call with a key that is none, of whatever interface."""
    return count_call(request, "wrong-key", WRONG_KEYS_PER_MINUTE, now)


def address_of(request: HttpRequest) -> str:
    """The caller's IP address: X-Forwarded-For is followed only as far as TRUSTED_PROXIES wrote it."""
    passed_on = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
    address = str(request.META.get("REMOTE_ADDR", ""))
    while passed_on and _is_ours(address):
        address = passed_on.pop() or address
    return address


def _is_ours(address: str) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return any(ip in ip_network(each) for each in settings.TRUSTED_PROXIES)
