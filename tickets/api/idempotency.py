"""Writes that a program sends again because it never heard the answer: done once, answered each time.

With an Idempotency-Key a POST that succeeded is not done again for a day; the repeated one answers with the ticket as
it is by then. A refused one leaves no trace and is judged anew.
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
    """The key stood for another write."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "key_reused"


def is_repeat(request: Request, now: datetime) -> bool:
    """Whether this write was done before. If not, it is noted within the caller's transaction, with which it stands
    or falls; another process that sends the same waits until then. Raises ValidationError, KeyReused.
    """
    key = request.headers.get(NAME)
    if key is None:
        return False
    if not (0 < len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
        raise ValidationError({NAME: f"1 ile {KEY_LENGTH} arasında ASCII karakter olmalı."})
    user = cast("User", request.user)  # nobody else gets past the permissions
    asked = {"request": _digest(request), "created_at": now}
    kept, new = IdempotencyKey.objects.get_or_create(user=user, key=key, defaults=asked)
    if kept.request != asked["request"]:
        raise KeyReused
    return not new


def forget(now: datetime) -> None:
    """Deletes what was noted more than a day ago."""
    IdempotencyKey.objects.filter(created_at__lt=now - KEPT).delete()


def _digest(request: Request) -> str:
    said = json.dumps([request.path, request.data], sort_keys=True, default=str)
    return sha256(said.encode(errors="surrogatepass")).hexdigest()
