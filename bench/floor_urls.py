"""The site's addresses, and among the back office's one that shows nothing: the floor of every page there."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

from melikgazi.urls import urlpatterns as site


def floor(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("admin/floor/", admin.site.admin_view(floor)), *site]
