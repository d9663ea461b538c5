"""URLs of the REST API, mounted at /api/v1/."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from typing_extensions import override

from tickets.attachments.download_view import AttachmentView
from tickets.rest_api import reference
from tickets.rest_api.exports import ExportView
from tickets.rest_api.views import NotFoundView, TicketViewSet

app_name = "api"


class ByFormat(DefaultContentNegotiation):
    """The OpenAPI schema is YAML, or JSON with `?format=json`; in other calls `format` asks for a file."""

    @override
    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        asked = format_suffix or request.query_params.get("format")
        return super().select_renderer(request, renderers, asked)


class SchemaView(SpectacularAPIView):
    """The OpenAPI schema, made once per process and format: it says the same to everybody, and takes long to make."""

    content_negotiation_class = ByFormat
    _made: ClassVar[dict[str, tuple[bytes, dict[str, str]]]] = {}

    @extend_schema(exclude=True)
    @override
    def get(self, request: Request, *_: Any, **__: Any) -> HttpResponse:
        kind = request.accepted_renderer.media_type
        if kind not in self._made:
            self._made[kind] = self._make(request)
        content, headers = self._made[kind]
        return HttpResponse(content, headers=headers)

    def _make(self, request: Request) -> tuple[bytes, dict[str, str]]:
        response = self._get_schema_response(request)  # type: ignore[no-untyped-call]  # the base's
        response.accepted_renderer = request.accepted_renderer
        response.accepted_media_type = request.accepted_renderer.media_type
        response.renderer_context = self.get_renderer_context()
        return response.render().content, dict(response.items())

    @override
    def _get_version_parameter(self, request: Request) -> None:
        """There is one version, whatever one asks for."""


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
    path("exports/<int:pk>/", ExportView.as_view(), name="export"),
    path("reports/", include("tickets.reports.rest.urls")),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    re_path(r"^(?:[\s\S]*/)?$", NotFoundView.as_view()),
]
