"""Idempotency keys (api_clients/idempotency_keys.py) of the REST API: a repeat answers with the ticket as it now is."""

import json
from datetime import datetime
from typing import cast

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

from tickets.api_clients import idempotency_keys
from tickets.api_clients.models.clients import IdempotencyKey

PARAMETER = OpenApiParameter(
    idempotency_keys.HEADER,
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
    """Whether this write was done before. Raises ValidationError, KeyReused."""
    claimed = reserve_key(request, now)
    return claimed is not None and not claimed[1]


def reserve_key(request: Request, now: datetime) -> tuple[IdempotencyKey, bool] | None:
    """The row of the request's key and whether it is new, in the caller's transaction; None where there is no key.
    Raises ValidationError, KeyReused.
    """
    key = request.headers.get(idempotency_keys.HEADER)
    if key is None:
        return None
    user = cast("User", request.user)  # the permissions require a signed-in user
    try:
        return idempotency_keys.reserve_key(user, key, _content(request), now)
    except idempotency_keys.UnusableKeyError as error:
        raise ValidationError({idempotency_keys.HEADER: str(error)}) from None
    except idempotency_keys.KeyOfAnotherError:
        raise KeyReused from None


def _content(request: Request) -> str:
    return json.dumps([request.path, request.data], sort_keys=True, default=_comparable)


def _comparable(what: object) -> str:
    if isinstance(what, UploadedFile):
        return f"{what.size} {what.content_type}"
    return str(what)
