"""The language of the pages that citizens and strangers open: Turkish or English.

By the page's own link (`?dil=en`); else by what the browser reads. Who reads Turkish at all is shown Turkish, so
English is only for whom Turkish is of no use. The back office and the interfaces speak Turkish.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES = ("tr", "en")
ASKED_BY = "dil"  # the parameter of the page's address
TURKISH_ALONE = (
    *("/admin/", "/api/", "/open311/", "/open-data/", "/whatsapp/", "/emulator/", "/duvar/", "/static/"),
    *("/healthz", "/readyz", "/metrics", "/arma", "/.well-known/"),
)


def page_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: activates the language for the pages that have two."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(TURKISH_ALONE):
            return get_response(request)
        with translation.override(language_of(request)):
            response = get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return middleware


def language_of(request: HttpRequest) -> str:
    """The language in which the request is answered: one of LANGUAGES."""
    asked = request.GET.get(ASKED_BY)
    if asked in LANGUAGES:
        return asked
    read = {
        code.split("-")[0]
        for code, _ in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    }
    return "en" if "en" in read and "tr" not in read else "tr"
