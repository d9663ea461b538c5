"""Shares (api_clients/shares.py) of the REST API: who finds no place is told when to come again."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS
from rest_framework.request import Request

from departments.spreadsheets.responses import TooSlowError
from tickets.api_clients.shares import (
    RETRY_SECONDS,
    CallShare,
    ShareTakenError,
    TooCostlyError,
    caller_of,
    held,
)
from tickets.rest_api.problems import Busy, TooCostly


@contextmanager
def share_of(request: Request, share: CallShare, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """As `held`, for who makes the request. Raises Busy, TooCostly."""
    try:
        with held(share, caller_of(request._request, request.auth, request.user), using):
            yield
    except ShareTakenError as error:
        raise Busy(RETRY_SECONDS) from error
    except (TooCostlyError, TooSlowError) as error:
        raise TooCostly from error
