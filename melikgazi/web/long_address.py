"""An address that is longer than any of ours is refused before anything reads it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, JsonResponse

from tickets.open311.errors import RefusedError
from tickets.open311.formats import Form
from tickets.rest_api import problems

LONGEST = 10 * 1024  # characters: 500 ticket numbers fit
_SAID = "Adres çok uzun. Listeyi bölüp ayrı çağrılarla isteyin."


def long_address(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: 414, in the words of the interface that was called."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = len(request.path_info) + len(request.META.get("QUERY_STRING", ""))
        return get_response(request) if length <= LONGEST else _refusal(request.path_info)

    return middleware


def _refusal(path: str) -> HttpResponse:
    if path.startswith("/api/"):
        return JsonResponse(problems.body_of(414), status=414, content_type=problems.CONTENT_TYPE)
    if path.startswith("/open311/"):
        form: Form = "json" if path.endswith(".json") else "xml"
        return RefusedError(414, _SAID).answer(form)
    return HttpResponse(_SAID, status=414, content_type="text/plain; charset=utf-8")
