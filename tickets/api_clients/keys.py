"""API keys: made, looked up by their hash, revoked. A program gets a user of its own; it may have several keys.

At rest there is the SHA-256 of a key and its first characters. A slow or salted hash, as for passwords, is against
guessing what people choose; a key has 160 random bits, which nobody guesses, and is looked up at every call.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from departments.models import Membership, Role
from tickets.api_clients.models.clients import PER_MINUTE, ApiKey
from tickets.api_clients.models.scopes import Scope

VALID_DAYS = 90
LONGEST_DAYS = 365
USE_NOTED_EVERY = timedelta(minutes=1)
MARK = "mgk_"  # by which a key is found where it does not belong: in a repository, in a log
_PREFIX = 12


class ExpiredKeyError(Exception):
    """The key was good once; `str()` says in Turkish what to do."""

    def __init__(self) -> None:
        super().__init__("API anahtarının süresi doldu. Yönetimden yeni bir anahtar isteyin.")


def digest_of(key: str) -> str:
    """What is kept of a key: its SHA-256 in hexadecimal."""
    return sha256(key.encode("utf-8", "replace")).hexdigest()


def issue(row: ApiKey, *, now: datetime, days: int = VALID_DAYS) -> str:
    """Gives the row a new key and saves it; returns the key, which nobody can ever read again."""
    key = f"{MARK}{token_hex(20)}"
    row.prefix, row.digest = key[:_PREFIX], digest_of(key)
    row.created_at, row.expires_at = now, now + timedelta(days=days)
    row.save()
    return key


def make_key(
    user: User,
    *,
    now: datetime,
    scopes: Collection[Scope] = (Scope.READ,),
    days: int = VALID_DAYS,
    name: str = "",
    per_minute: int = PER_MINUTE,
) -> str:
    """A new key of this user; without `scopes` it only reads tickets."""
    row = ApiKey(
        user=user,
        name=name,
        per_minute=per_minute,
        reads=Scope.READ in scopes,
        writes=Scope.WRITE in scopes,
        reports=Scope.REPORTS in scopes,
        submits=Scope.SUBMIT in scopes,
    )
    return issue(row, now=now, days=days)


def check_key(key: str, now: datetime) -> ApiKey | None:
    """The key's row with its `user` and `department`; None for an unknown or revoked key, a user who left, or one of a
    department whose head they are no more.

    Notes the use, to the minute. Raises ExpiredKeyError.
    """
    rows = _not_refused().select_related("user", "department")
    row = rows.filter(digest=digest_of(key)).first()
    if row is None:
        return None
    if row.expires_at <= now:
        raise ExpiredKeyError
    if row.last_used_at is None or now - row.last_used_at >= USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


def revoke(keys: "QuerySet[ApiKey]", now: datetime) -> int:
    """Has these keys refused from now on; returns how many of them were in use."""
    return keys.filter(revoked_at=None, expires_at__gt=now).update(revoked_at=now)


def in_use(now: datetime) -> "QuerySet[ApiKey]":
    """The keys that are accepted."""
    return _not_refused().filter(expires_at__gt=now)


def _not_refused() -> "QuerySet[ApiKey]":
    """The keys that are accepted or have expired."""
    headed = Membership.objects.filter(
        user=OuterRef("user"), department=OuterRef("department"), role=Role.HEAD
    )
    rows = ApiKey.objects.filter(revoked_at=None, user__is_active=True)
    return rows.filter(Q(department=None) | Exists(headed))
