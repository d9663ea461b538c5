"""Rate limits of anonymous callers by IP address, of which only a keyed hash is stored."""

import hmac
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from tickets.api_clients import rate_limits

_WRONG_KEY = "wrong-key"


def count_call(request: HttpRequest, what: str, per_minute: int, now: datetime) -> rate_limits.RateLimit:
    """Counts a call of `what` by this caller's address."""
    return rate_limits.spend(key_of_address(request, what), per_minute, now)


def count_wrong_key(request: HttpRequest, now: datetime) -> rate_limits.RateLimit:
    """Counts a call with a key that is none, of whatever interface."""
    return count_call(request, _WRONG_KEY, rate_limits.WRONG_KEYS, now)


def has_guessed_keys(request: HttpRequest, now: datetime) -> bool:
    """Whether the caller's address has sent as many wrong keys as it may; counts nothing."""
    return rate_limits.is_spent(key_of_address(request, _WRONG_KEY), rate_limits.WRONG_KEYS, now)


def key_of_address(request: HttpRequest, what: str) -> str:
    """What is counted of `what` by the caller's address."""
    digest = hmac.new(settings.SECRET_KEY.encode(), _household(request).encode(), "sha256").hexdigest()[:32]
    return f"{what}:{digest}"


def address_of(request: HttpRequest) -> str:
    """The caller's IP address: X-Forwarded-For is followed only as far as TRUSTED_PROXIES wrote it."""
    passed_on = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
    address = str(request.META.get("REMOTE_ADDR", ""))
    while passed_on and _is_ours(address):
        address = passed_on.pop() or address
    return address


def _household(request: HttpRequest) -> str:
    """The address that is counted: of IPv6 the network of one connection, which has more addresses than all else."""
    address = address_of(request)
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address) or ip.ipv4_mapped:
        return address
    return str(ip_network((ip, 64), strict=False))


def _is_ours(address: str) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return any(ip in ip_network(each) for each in settings.TRUSTED_PROXIES)
