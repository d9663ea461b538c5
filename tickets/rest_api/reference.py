"""Reference lists (categories, departments, …), unpaged since they are short, sorted by Turkish alphabet."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from departments.models import Agency, Category, Department, Neighbourhood
from tickets.api_clients.models.scopes import Scope
from tickets.rest_api.bounds import check_parameters


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    class Meta:
        model = Department
        fields = ["code", "name", "note", "answers_directly", "active"]


class CategorySerializer(serializers.ModelSerializer[Category]):
    group = serializers.CharField(source="parent.code", allow_null=True)
    department = serializers.CharField(source="department.code", allow_null=True)
    agency = serializers.CharField(source="agency.code", allow_null=True)

    class Meta:
        model = Category
        fields = [
            "code", "name", "group", "department", "agency", "first_action_hours", "resolution_days", "place",
            "restricted", "active",
        ]  # fmt: skip


class NeighbourhoodSerializer(serializers.ModelSerializer[Neighbourhood]):
    class Meta:
        model = Neighbourhood
        fields = ["code", "name", "full_name", "kind", "lat", "lon", "area_km2"]


class AgencySerializer(serializers.ModelSerializer[Agency]):
    class Meta:
        model = Agency
        fields = ["code", "name", "phone", "whatsapp", "text"]


class _Whole(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    scopes = {"list": Scope.READ}
    pagination_class = None
    filter_backends = []

    @override
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        check_parameters(request.query_params, ())
        return super().list(request, *args, **kwargs)


@extend_schema_view(list=extend_schema(description="The departments."))
class DepartmentViewSet(_Whole):
    queryset = Department.objects.order_by("code")
    serializer_class = DepartmentSerializer


@extend_schema_view(
    list=extend_schema(description="What requests can be about; a group is a category without department.")
)
class CategoryViewSet(_Whole):
    queryset = Category.objects.select_related("parent", "department", "agency").order_by("code")
    serializer_class = CategorySerializer


@extend_schema_view(list=extend_schema(description="The mahalleler of the district."))
class NeighbourhoodViewSet(_Whole):
    queryset = Neighbourhood.objects.defer("boundary").order_by("sort_key")
    serializer_class = NeighbourhoodSerializer


@extend_schema_view(list=extend_schema(description="Other institutions, to which requests are directed."))
class AgencyViewSet(_Whole):
    queryset = Agency.objects.order_by("code")
    serializer_class = AgencySerializer
