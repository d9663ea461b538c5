"""Idempotency keys: a POST that a client repeats because the response was lost is executed once.

A POST that succeeded with an Idempotency-Key is not executed again for a day; a repeat answers with the ticket as it
is by then. One that was refused is not stored, so a repeat is checked anew.
"""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast

from django.contrib.auth.models import User
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

from tickets.models.api_clients import IdempotencyKey

NAME = "Idempotency-Key"
REPLAYED = {"Idempotency-Replayed": "true"}
KEPT = timedelta(days=1)
KEY_LENGTH = 255
PARAMETER = OpenApiParameter(
    NAME,
    str,
    OpenApiParameter.HEADER,
    description="Any text of the caller's own for this one write, 255 characters at most. Sent again within a day the "
    "write is not done twice; 422 if it was another write.",
)


class KeyReused(APIException):
    """The same key was used for another write."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "key_reused"


def is_repeat(request: Request, now: datetime) -> bool:
    """Whether this write was done before. If not, its key is stored in the caller's transaction; a concurrent repeat
    waits until that ends. Raises ValidationError, KeyReused.
    """
    key = request.headers.get(NAME)
    if key is None:
        return False
    if not (0 < len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
        raise ValidationError({NAME: f"1 ile {KEY_LENGTH} arasında ASCII karakter olmalı."})
    user = cast("User", request.user)  # the permissions require a signed-in user
    defaults = {"request": _digest(request), "created_at": now}
    # A caller may have made it of a number or a name: only its hash is kept.
    hashed = sha256(key.encode()).hexdigest()
    kept, new = IdempotencyKey.objects.get_or_create(user=user, key=hashed, defaults=defaults)
    if kept.request != defaults["request"]:
        raise KeyReused
    return not new


def forget(now: datetime) -> None:
    """Deletes keys older than a day."""
    IdempotencyKey.objects.filter(created_at__lt=now - KEPT).delete()


def _digest(request: Request) -> str:
    content = json.dumps([request.path, request.data], sort_keys=True, default=str)
    return sha256(content.encode(errors="surrogatepass")).hexdigest()
