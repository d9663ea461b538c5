"""URLs of GeoReport v2, mounted at /open311/."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from tickets.open311 import views

app_name = "open311"

FORM = r"\.(?P<form>xml|json)$"


def _endpoint(trial: bool) -> list[URLPattern]:
    """The calls of one endpoint; only those about requests differ between production and test."""
    which = {"trial": trial}
    return [
        re_path(r"^discovery" + FORM, views.discovery),
        re_path(r"^services" + FORM, views.services),
        re_path(r"^services/(?P<code>[\w-]+)" + FORM, views.service),
        re_path(r"^requests" + FORM, views.requests, which),
        re_path(r"^requests/(?P<number>[\w-]+)" + FORM, views.one_request, which),
        re_path(r"^tokens/(?P<number>[\w-]+)" + FORM, views.token, which),
        re_path(r"^servicerequestupdates" + FORM, views.updates, which),
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("v2/photos/<int:pk>.jpg", views.photo, name="photo"),
    path("v2/", include(_endpoint(trial=False))),
    path("test/v2/", include(_endpoint(trial=True))),
    re_path(r"^(?P<path>.*)" + FORM, views.not_found),
    re_path(r"^(?P<path>[\s\S]*)$", views.not_found, {"form": "xml"}),
]
