"""Rings a telephone by the SMS or call gateway of RING_URL: signed, and with one sentence that says nothing.

What leaves is a telephone number of staff and that sentence: no ticket, no kind, no citizen. A call is made within a
deadline, is redirected nowhere, and has been taken when the gateway answers 2xx.
"""

import hmac
import json
import logging
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

import requests
from django.conf import settings

from departments.common.http_deadline import post_json

log = logging.getLogger(__name__)

TEXT = "Acil bildirim, panele girin"
TIMEOUT = (3, 7)  # seconds to connect, and between two bytes of the answer
CALL_SECONDS = 10  # of one call as a whole, however slowly its answer comes


@dataclass(frozen=True, kw_only=True)
class Call:
    """One telephone to be rung. `id` stays through all attempts; `again` counts what rang there before for the same."""

    id: UUID
    to: str
    again: int = 0
    test: bool = False


def call(made: Call) -> str:
    """Makes the call; returns what went wrong, '' where the gateway took it."""
    try:
        status = _post(made)
    except requests.RequestException as error:
        return type(error).__name__
    except Exception as error:
        log.exception("ring %s could not be made", made.id)
        return type(error).__name__
    return "" if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES else f"HTTP {status}"


def _post(made: Call) -> int:
    """The HTTP status of the answer."""
    said = {"id": str(made.id), "to": made.to, "text": TEXT, "again": made.again, "test": made.test}
    body = json.dumps(said, ensure_ascii=False).encode()
    headers = {"Idempotency-Key": str(made.id), "X-Ring-Signature": signature(body)}
    return post_json(settings.RING_URL, body, headers, timeout=TIMEOUT, seconds=CALL_SECONDS)


def signature(body: bytes) -> str:
    """By which the gateway knows that a call is ours."""
    return f"sha256={hmac.digest(settings.RING_SECRET.encode(), body, 'sha256').hex()}"
