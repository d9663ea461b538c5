"""API keys: whose one is, and whether its terms still hold. One key a user; programs get a user of their own."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from tickets.models.api_clients import ApiAccess

USE_NOTED_EVERY = timedelta(minutes=1)


class ExpiredKeyError(Exception):
    """The key was good once; `str()` says in Turkish what to do."""

    def __init__(self) -> None:
        super().__init__("API anahtarının süresi doldu. Yönetimden süresini uzattırın.")


def check_key(key: str, now: datetime) -> Token | None:
    """The key with its `user` and their `api_access`; None for an unknown key or a user who left.

    Notes the use, to the minute. Raises ExpiredKeyError.
    """
    if not (key.isascii() and key.isalnum()):
        return None
    token = Token.objects.select_related("user__api_access").filter(key=key, user__is_active=True).first()
    if token is None:
        return None
    access = access_of(token.user)
    if access.expires_at is not None and access.expires_at <= now:
        raise ExpiredKeyError
    if access.last_used_at is None or now - access.last_used_at >= USE_NOTED_EVERY:
        ApiAccess.objects.filter(pk=access.pk).update(last_used_at=now)
    return token


def access_of(user: User) -> ApiAccess:
    """The terms of the user's key; made, with everything allowed, for a user who has none yet."""
    try:
        return user.api_access
    except ApiAccess.DoesNotExist:
        return ApiAccess.objects.get_or_create(user=user)[0]
