"""URLs of the REST API, mounted at /api/v1/."""

from typing import Any

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from typing_extensions import override

from tickets.api import reference
from tickets.api.files import AttachmentView
from tickets.api.views import NotFoundView, TicketViewSet

app_name = "api"


class ByFormat(DefaultContentNegotiation):
    """The OpenAPI schema is YAML, or JSON with `?format=json`; in other calls `format` asks for a file."""

    @override
    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        asked = format_suffix or request.query_params.get("format")
        return super().select_renderer(request, renderers, asked)


router = SimpleRouter()
router.register("tickets", TicketViewSet, basename="ticket")
router.register("departments", reference.DepartmentViewSet, basename="department")
router.register("categories", reference.CategoryViewSet, basename="category")
router.register("neighbourhoods", reference.NeighbourhoodViewSet, basename="neighbourhood")
router.register("agencies", reference.AgencyViewSet, basename="agency")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    re_path(
        r"^attachments/(?P<pk>\d+)/(?P<part>file|thumbnail)/$", AttachmentView.as_view(), name="attachment"
    ),
    path("reports/", include("tickets.api.reports.urls")),
    path("schema/", SpectacularAPIView.as_view(content_negotiation_class=ByFormat), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    re_path(r"^(?:[\s\S]*/)?$", NotFoundView.as_view()),
]
