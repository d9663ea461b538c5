"""The back office's own pages beside those of its tables. Each asks for a signed-in member of staff."""

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpResponse
from django.urls import URLPattern, path

from tickets.admin import dashboard, intake


def _page(address: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    guarded: Callable[..., HttpResponse] = admin.site.admin_view(view)
    return path(address, guarded, name=name)


urlpatterns = [
    _page("harita/", dashboard.open_tickets_map, "harita"),
    _page("yeni/", intake.take_down, "yeni"),
    _page("yeni/arayan/", intake.caller, "yeni_arayan"),
    _page("yeni/oneri/", intake.suggestion, "yeni_oneri"),
]
