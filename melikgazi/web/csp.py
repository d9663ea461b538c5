"""What browsers are told about our pages: to load our own files alone (Content-Security-Policy, with exceptions where a
library needs them), to ask nobody for more than the pages use, and to keep nothing personal.
"""

from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tickets.files import object_storage

HEADER = "Content-Security-Policy"
# The crew's list asks where one is; the emulator's telephone records voice, too.
_USED = ("geolocation",)
_BY_EMULATOR = ("geolocation", "microphone")
_FEATURES = (
    *("accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid"),
    *("idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment", "screen-wake-lock"),
    *("serial", "storage-access", "usb", "window-management", "xr-spatial-tracking"),
)
# What these say of people is not kept by any cache; a view that says otherwise knows why.
_PERSONAL = ("/admin/", "/api/v1/")
_COMMON = "object-src 'none'; frame-ancestors 'none'; base-uri 'self'"


def tile_source(url: str) -> str:
    """The CSP source of a tile URL: `https://{s}.tiles.example/{z}…` becomes `https://*.tiles.example`."""
    parts = urlsplit(url)
    return f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}" if parts.netloc else ""


def _source(url: str) -> str:
    parts = urlsplit(url)
    return f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _read_from_bucket(address: str) -> str:
    """The CSP source of files that browsers read from the bucket themselves; "" where they come through us."""
    bucket = object_storage.parse(address)
    return f" {bucket.origin}" if bucket and bucket.reads == "direct" else ""


def _policies() -> tuple[tuple[str, str], ...]:
    files = _read_from_bucket(settings.MEDIA_STORAGE)
    images = f"img-src 'self' data: blob:{tile_source(settings.TILE_URL)}{files}"
    forms = "form-action 'self'"
    own = f"default-src 'self'; style-src 'self' 'unsafe-inline'; {images}; {_COMMON}; {forms}"
    # The form that signs out leads on to the provider of single sign-on.
    signs_out = f"{own}{_source(settings.OIDC_ISSUER)}"
    return (
        # Alpine, used by Unfold, evaluates expressions in attributes (unsafe-eval).
        ("/admin/", f"script-src 'self' 'unsafe-eval'; media-src 'self' blob:{files}; {signs_out}"),
        ("/api/v1/docs/", own),  # Swagger UI has inline styles
        ("/", f"default-src 'self'; img-src 'self' data:; {_COMMON}; {forms}"),
    )


@cache
def _permissions(used: tuple[str, ...]) -> str:
    return ", ".join(f"{name}=({'self' if name in used else ''})" for name in _FEATURES)


def content_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: sets the path's policies and what may be kept of it, unless the view has set them itself."""
    policies = _policies()

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        policy = next(policy for prefix, policy in policies if request.path_info.startswith(prefix))
        response.headers.setdefault(HEADER, policy)
        used = _BY_EMULATOR if request.path_info.startswith("/emulator/") else _USED
        response.headers.setdefault("Permissions-Policy", _permissions(used))
        if request.path_info.startswith(_PERSONAL):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return answer
