"""The addresses of GeoReport v2, mounted at /open311/."""

from django.urls import URLPattern, path, re_path

from tickets.open311 import views

app_name = "open311"

FORM = r"\.(?P<form>xml|json)$"

urlpatterns: list[URLPattern] = [
    path("v2/photos/<int:pk>.jpg", views.photo, name="photo"),
    re_path(r"^(?:test/)?v2/discovery" + FORM, views.discovery),
    re_path(r"^(?:test/)?v2/services" + FORM, views.services),
    re_path(r"^(?:test/)?v2/services/(?P<code>[\w-]+)" + FORM, views.service),
    re_path(r"^v2/requests" + FORM, views.requests),
    re_path(r"^v2/requests/(?P<number>[\w-]+)" + FORM, views.one_request),
    re_path(r"^v2/tokens/(?P<number>[\w-]+)" + FORM, views.token),
    re_path(r"^v2/servicerequestupdates" + FORM, views.updates),
    re_path(r"^(?P<path>.*)" + FORM, views.nowhere),
]
