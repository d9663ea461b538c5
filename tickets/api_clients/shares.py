"""Shares of what costs much: so many calls of a kind at once for one caller, so many for all, so long in the database.

A place is an advisory lock of the call's transaction: all processes and machines see it, a pooler may be between, and
a process that dies releases it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from django.http import HttpRequest
from psycopg import errors

from tickets.api_clients.callers import key_of_address
from tickets.api_clients.models.clients import ApiKey

RETRY_SECONDS = 2  # seconds in Retry-After when no place is free
_TAKE = """
SELECT current_setting('statement_timeout'), set_config('statement_timeout', %(limit)s, true), EXISTS (
    SELECT FROM generate_series(1, %(each)s) AS place
    WHERE pg_try_advisory_xact_lock(hashtextextended(%(own)s || ' ' || place, 0))
) AND EXISTS (
    SELECT FROM generate_series(1, %(every)s) AS place
    WHERE pg_try_advisory_xact_lock(hashtextextended(%(all)s || ' ' || place, 0))
)
"""
_LIMIT = "SELECT set_config('statement_timeout', %s, true)"


@dataclass(frozen=True)
class CallShare:
    """A costly kind of calls: at once for one caller, and for all; seconds of the database for one statement."""

    name: str
    each: int
    every: int
    seconds: int


# The web server answers eight at once (two processes of four threads): half of them stay free of what is listed.
PUBLIC = CallShare("public", each=1, every=2, seconds=10)  # who has no key takes no place of those who have
LIST = CallShare("list", each=1, every=4, seconds=10)
CHANGES = CallShare("changes", each=1, every=2, seconds=10)
SEARCH = CallShare("search", each=1, every=2, seconds=10)
REPORT = CallShare("report", each=2, every=3, seconds=30)
EXPORT = CallShare("export", each=1, every=2, seconds=30)


class ShareTakenError(Exception):
    """No place is free: the caller's own are taken, or all are."""


class TooCostlyError(Exception):
    """The database was at one statement for longer than the share allows."""


@contextmanager
def held(share: CallShare, caller: str, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Within, the caller holds a place of the share, in a transaction of the database `using`, whose statements have
    the share's time. Raises ShareTakenError, TooCostlyError.
    """
    connection = connections[using]
    within = connection.in_atomic_block
    asked = {
        "own": f"share {share.name} {caller}",
        "all": f"share {share.name}",
        "limit": f"{share.seconds}s",
    }
    try:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute(_TAKE, asked | {"each": share.each, "every": share.every})
            before, _, is_taken = cursor.fetchone()
            if not is_taken:
                raise ShareTakenError
            yield
            if within:  # else the limit ends with the transaction
                cursor.execute(_LIMIT, [before])
    except OperationalError as error:
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise TooCostlyError from error
        raise


def caller_of(request: HttpRequest, key: object, user: User | AnonymousUser) -> str:
    """Whose share a call takes: the key's, else that of who is signed in, else the address's."""
    if isinstance(key, ApiKey) or user.is_authenticated:
        return caller_key(key if isinstance(key, ApiKey) else None, user)
    return key_of_address(request, "address")


def caller_key(key: ApiKey | None, user: User | AnonymousUser) -> str:
    """The caller's name in the locks of a share: the key's, else the user's."""
    return f"key:{key.pk}" if key else f"user:{user.pk}"
