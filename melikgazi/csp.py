"""The Content-Security-Policy: pages load our own files alone, with exceptions where a library needs them."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
_COMMON = "object-src 'none'; frame-ancestors 'none'; base-uri 'self'"


def tile_source(url: str) -> str:
    """The CSP source of a tile URL: `https://{s}.tiles.example/{z}…` becomes `https://*.tiles.example`."""
    parts = urlsplit(url)
    return f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}" if parts.netloc else ""


def _source(url: str) -> str:
    parts = urlsplit(url)
    return f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _policies() -> tuple[tuple[str, str], ...]:
    images = f"img-src 'self' data: blob:{tile_source(settings.TILE_URL)}"
    forms = "form-action 'self'"
    own = f"default-src 'self'; style-src 'self' 'unsafe-inline'; {images}; {_COMMON}; {forms}"
    # The form that signs out leads on to the provider of single sign-on.
    signs_out = f"{own}{_source(settings.OIDC_ISSUER)}"
    return (
        # Alpine, used by Unfold, evaluates expressions in attributes (unsafe-eval).
        ("/admin/", f"script-src 'self' 'unsafe-eval'; media-src 'self' blob:; {signs_out}"),
        ("/api/v1/docs/", own),  # Swagger UI has inline styles
        ("/", f"default-src 'self'; img-src 'self' data:; {_COMMON}; {forms}"),
    )


def content_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: sets the path's policy, unless the view has set one itself."""
    policies = _policies()

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        policy = next(policy for prefix, policy in policies if request.path_info.startswith(prefix))
        response.headers.setdefault(HEADER, policy)
        return response

    return answer
