"""What a page may load and run: nothing but our own files, with more room only where a library needs it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
_COMMON = "object-src 'none'; frame-ancestors 'none'; form-action 'self'; base-uri 'self'"


def tile_source(url: str) -> str:
    """The origin of a tile address as a policy names it: `https://{s}.tiles.example/{z}…` is `https://*.tiles.example`."""
    parts = urlsplit(url)
    return f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}" if parts.netloc else ""


def _policies() -> tuple[tuple[str, str], ...]:
    images = f"img-src 'self' data: blob:{tile_source(settings.TILE_URL)}"
    own = f"default-src 'self'; style-src 'self' 'unsafe-inline'; {images}; {_COMMON}"
    return (
        # Alpine, which Unfold's pages are made of, evaluates what stands in their attributes.
        ("/admin/", f"script-src 'self' 'unsafe-eval'; media-src 'self' blob:; {own}"),
        ("/api/v1/docs/", own),  # Swagger's page brings a style of its own
        ("/", f"default-src 'self'; img-src 'self' data:; {_COMMON}"),
    )


def content_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the policy of the path, unless the view has set one itself."""
    policies = _policies()

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        policy = next(policy for prefix, policy in policies if request.path_info.startswith(prefix))
        response.headers.setdefault(HEADER, policy)
        return response

    return answer
