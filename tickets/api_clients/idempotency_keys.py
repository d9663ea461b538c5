"""Idempotency keys: a write that a program repeats because the answer was lost is done once.

One that succeeded with a key is not done again for a day. One that was refused is not stored, so a repeat is checked
anew.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.auth.models import User

from tickets.api_clients.models.clients import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotency-Replayed": "true"}
KEPT = timedelta(days=1)
KEY_LENGTH = 255


class UnusableKeyError(ValueError):
    """The key cannot be kept; `str()` says in Turkish why."""


class KeyOfAnotherError(Exception):
    """The same key was used for another write."""


def reserve_key(user: User, key: str, content: str, now: datetime) -> tuple[IdempotencyKey, bool]:
    """The row of the key, and whether it is new: then it is stored in the caller's transaction. A concurrent repeat
    waits here until that ends. `content` tells one write from another. Raises UnusableKeyError, KeyOfAnotherError.
    """
    if not (0 < len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
        raise UnusableKeyError(f"1 ile {KEY_LENGTH} arasında ASCII karakter olmalı.")
    digest = sha256(content.encode(errors="surrogatepass")).hexdigest()
    # A caller may have made it of a number or a name: only its hash is kept.
    hashed = sha256(key.encode()).hexdigest()
    defaults = {"request": digest, "created_at": now}
    kept, new = IdempotencyKey.objects.get_or_create(user=user, key=hashed, defaults=defaults)
    if kept.request != digest:
        raise KeyOfAnotherError
    return kept, new


def forget(now: datetime) -> None:
    """Deletes keys older than a day."""
    IdempotencyKey.objects.filter(created_at__lt=now - KEPT).delete()
