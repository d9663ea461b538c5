"""Whoever has just written reads it: their next reports come from the primary, where others' come from the replica."""

from collections.abc import Callable

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest, HttpResponse

from tickets.reports.source import primary_alone

COOKIE = "wrote"
READS = ("GET", "HEAD", "OPTIONS")


def own_writes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware. A browser that wrote remembers it for as long as a replica that is read may be behind."""

    def respond(request: HttpRequest) -> HttpResponse:
        if settings.REPORTS_DATABASE == DEFAULT_DB_ALIAS:
            return get_response(request)
        with primary_alone(COOKIE in request.COOKIES or request.method not in READS):
            response = get_response(request)
        if request.method not in READS and request.user.is_authenticated:
            response.set_cookie(
                COOKIE,
                "1",
                max_age=settings.REPLICA_MAX_LAG,
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return response

    return respond
