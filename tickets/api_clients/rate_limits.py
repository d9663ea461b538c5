"""How often somebody may call: so many times a minute, counted in the database, the same for every process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import connection
from django.http import HttpRequest, HttpResponse

from tickets.api_clients.models.clients import RateWindow

WINDOW = timedelta(minutes=1)
# Calls a minute of one address, without a key. (What a new key may: api_clients/models/clients.py.)
PUBLIC_PAGE = OPEN_DATA = 60
STATUS_PAGE = 30  # against guessing; there are 10¹² codes
WRONG_KEYS = 30

# By key and limit: when the minute began in which this process refused a call. Until that minute is over, the next
# calls are refused without a statement: a flood costs little, and nobody asks by how much a limit was exceeded.
_refused: dict[tuple[str, int], datetime] = {}
MOST_REFUSED = 10_000  # entries; then they are forgotten, and the database is asked again

_NOTED = "melikgazi.rate"  # where a request carries how the holder of its key stands

_COUNT = """
INSERT INTO tickets_ratewindow AS kept (key, started_at, count) VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN kept.started_at > %(over)s THEN kept.count + 1 ELSE 1 END,
    started_at = CASE WHEN kept.started_at > %(over)s THEN kept.started_at ELSE %(now)s END
RETURNING started_at, count
"""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Where a caller stands after a call: the limit a minute, what is left of it, seconds until it starts anew."""

    limit: int
    remaining: int
    reset: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        """As IETF's RateLimit draft names them; Retry-After only where there is something to wait for."""
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }
        return told | ({"Retry-After": str(self.reset)} if self.exceeded else {})


def spend(key: str, limit: int, now: datetime) -> RateLimit:
    """Counts one call of `key`; those beyond the limit are not all counted."""
    began = _refused.get((key, limit))
    if began and began <= now < began + WINDOW:
        return _stand(limit, began, limit + 1, now)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": key, "now": now, "over": now - WINDOW})
        began, count = cursor.fetchone()
    if count > limit:
        if len(_refused) >= MOST_REFUSED:
            _refused.clear()
        _refused[key, limit] = began
    return _stand(limit, began, count, now)


def _stand(limit: int, began: datetime, count: int, now: datetime) -> RateLimit:
    reset = max(1, ceil((began + WINDOW - now).total_seconds()))
    return RateLimit(limit, max(0, limit - count), reset, exceeded=count > limit)


def is_spent(key: str, limit: int, now: datetime) -> bool:
    """Whether one call more of `key` would exceed the limit; counts nothing."""
    return RateWindow.objects.filter(key=key, started_at__gt=now - WINDOW, count__gte=limit).exists()


def count_key(request: HttpRequest, key: int, limit: int, now: datetime) -> RateLimit:
    """Counts a call with that key; `headers` will tell where they stand."""
    rate = spend(f"key:{key}", limit, now)
    attach(request, rate)
    return rate


def attach(request: HttpRequest, rate: RateLimit) -> None:
    """Has `headers` write into the answer where the caller stands."""
    request.META[_NOTED] = rate


def headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: tells callers whose calls are counted how many they have left."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        rate = request.META.get(_NOTED)
        for name, value in rate.headers().items() if isinstance(rate, RateLimit) else ():
            response.headers[name] = value
        return response

    return middleware


def forget(now: datetime) -> None:
    """Deletes the counters of minutes that are over."""
    RateWindow.objects.filter(started_at__lte=now - WINDOW).delete()
