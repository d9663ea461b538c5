"""Every address of the system."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, include, path

from melikgazi import health
from melikgazi.home import home


def _emulator(_request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(settings.EMULATOR_URL)


urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("tickets.api.urls")),
    path("whatsapp/", include("whatsapp.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
if settings.EMULATOR:
    urlpatterns.append(path("emulator/", _emulator, name="emulator"))
