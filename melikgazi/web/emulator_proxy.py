"""A reverse proxy to the emulator's telephone page, so that browsers see one origin; only where EMULATOR is on.

It checks nothing itself: the emulator refuses foreign pages by the Origin header that is passed on, and no session is
used.
"""

from threading import BoundedSemaphore

import requests
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from departments.places.outlines import feature_collection
from tickets.back_office.map_ground import streets

REQUEST_HEADERS = ("Content-Type", "Origin", "If-None-Match")
RESPONSE_HEADERS = (
    "Cache-Control",
    "Content-Security-Policy",
    "Content-Type",
    "ETag",
    "X-Content-Type-Options",
)
TIMEOUT_SECONDS = (3.0, 90.0)
# The most long polls at a time: each occupies a thread of the web process, and the webhook needs some.
_waiting = BoundedSemaphore(2)


@csrf_exempt
def proxy(request: HttpRequest, address: str = "") -> HttpResponse:
    """The emulator's answer to the same request; 502 while it does not answer.

    Above the limit of long polls, a further one is answered at once instead of waiting for changes.
    """
    query = request.GET.copy()
    waits = "wait" in query and _waiting.acquire(blocking=False)
    if not waits:
        query.pop("wait", None)
    try:
        answer = _ask(request, f"{settings.EMULATOR_URL}/{address}?{query.urlencode()}")
    except requests.RequestException:
        return HttpResponse("Benzetim şu anda yanıt vermiyor.", status=502)
    finally:
        if waits:
            _waiting.release()
    kept = {name: answer.headers[name] for name in RESPONSE_HEADERS if name in answer.headers}
    return HttpResponse(answer.content, status=answer.status_code, headers=kept)


def _ask(request: HttpRequest, url: str) -> requests.Response:
    headers = {name: request.headers[name] for name in REQUEST_HEADERS if name in request.headers}
    with requests.Session() as session:
        session.trust_env = False
        return session.request(
            str(request.method),
            url,
            data=request.read(),
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )


def neighbourhoods(_request: HttpRequest) -> JsonResponse:
    """GeoJSON of the mahalleler, for the telephone page's place picker; beside it the main roads, and whether
    there is a file of streets.
    """
    return JsonResponse(feature_collection() | {"streets": bool(settings.MAP_FILE)})


urlpatterns = [
    path("", proxy, name="emulator"),
    path("neighbourhoods.json", neighbourhoods),
    path("streets.pmtiles", streets),
    re_path(r"^(?P<address>(?:static|control)/.*)$", proxy),
]
