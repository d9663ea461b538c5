"""A value that no table can hold is the mistake of who sent it."""

import logging
from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import bad_request

log = logging.getLogger(__name__)


class BadInput:
    """Middleware: 400 where a number or a day in an address is larger than databases and calendars go.

    Forms say so by themselves, with what to do; this is for what is changed in an address, where frameworks look up
    whatever they are given.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        asks = request.method in (
            "GET",
            "HEAD",
        )  # what is written passes forms, and an overflow there is our own
        if not asks or not isinstance(exception, DataError | OverflowError):
            return None
        log.warning("a value out of range: %s", type(exception).__name__, extra={"path": request.path})
        return bad_request(request, exception)
