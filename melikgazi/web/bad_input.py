"""A value that no table can hold, and a row that is gone, are no faults of the program."""

import logging
from collections.abc import Callable

from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import InvalidPage
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import bad_request, page_not_found

log = logging.getLogger(__name__)


class BadInput:
    """Middleware: 400 for a NUL in what staff send, and for a value that is larger than databases and calendars go; 404
    for a row that somebody took back or erased between two statements of the request.

    Forms say so by themselves, with what to do; this is for what is changed in an address or typed where no form is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """No column can hold a NUL, and nobody types one. Other interfaces refuse it in their own words."""
        if not request.path_info.startswith("/admin/"):
            return None
        sent = [*request.GET.lists(), *request.POST.lists()]
        if any("\0" in str(value) for _, values in sent for value in values):
            return bad_request(request, ValueError("NUL"))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, ObjectDoesNotExist) and not isinstance(exception, AttributeError):
            log.warning(
                "a row is gone: %s",
                type(exception).__qualname__,
                exc_info=exception,
                extra={"path": request.path},
            )
            return page_not_found(request, exception)
        asks = request.method in ("GET", "HEAD")  # where something is written an overflow is our own
        if not isinstance(exception, DataError) and not (
            asks and isinstance(exception, OverflowError | InvalidPage)
        ):
            return None
        log.warning("a value out of range: %s", type(exception).__name__, extra={"path": request.path})
        return bad_request(request, exception)
