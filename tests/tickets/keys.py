"""API keys for tests."""

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from tickets.api_clients.keys import digest_of, make_key
from tickets.api_clients.models.clients import ApiKey
from tickets.api_clients.models.scopes import Scope


def key_of(user: User, **terms: Any) -> str:
    """A new key of this user that may do everything, but for the `terms` (fields of the row)."""
    key = make_key(user, now=timezone.now(), scopes=list(Scope))
    if terms:
        ApiKey.objects.filter(digest=digest_of(key)).update(**terms)
    return key
