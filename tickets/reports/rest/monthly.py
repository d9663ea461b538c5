"""The monthly report as PDF."""

import re
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.views import APIView
from typing_extensions import override

from departments.models import Department, Role
from departments.places.outlines import outlines
from tickets.api_clients.models.scopes import Scope
from tickets.api_clients.shares import EXPORT
from tickets.record.permissions import Actor, actor_of
from tickets.reports import interface
from tickets.reports.models.monthly import MonthlyReport
from tickets.reports.monthly_mails import letterhead, month_before, paper_of
from tickets.reports.rest.views import FormatFromQuery, ReadsStaff, cached_response
from tickets.rest_api.authentication import WithinScope
from tickets.rest_api.bounds import check_parameters
from tickets.rest_api.fields import CodeField
from tickets.rest_api.problems import CONTENT_TYPE, PROBLEM
from tickets.rest_api.shares import share_of

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


class MonthQuery(serializers.Serializer[Any]):
    month = serializers.CharField(
        required=False, help_text="As 2026-10; the last one that is over if absent."
    )
    department = CodeField(
        "code",
        queryset=Department.objects.all(),
        required=False,
        help_text="The whole municipality if absent; for heads their own department.",
    )

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.setdefault("month", month_before(self.context["now"]))
        return attrs

    def validate_month(self, value: str) -> date:
        if not _MONTH.fullmatch(value):
            raise serializers.ValidationError("Ayı yıl ve ay olarak yazın, örneğin 2026-10.")
        month = date.fromisoformat(f"{value}-01")
        if interface.Period.of_month(month).start >= self.context["now"]:
            raise serializers.ValidationError("Henüz başlamamış bir ayın raporu olmaz.")
        return month


class MonthlyView(APIView):
    permission_classes = (WithinScope, ReadsStaff)
    scopes = {"get": Scope.REPORTS}
    content_negotiation_class = FormatFromQuery

    @extend_schema(
        parameters=[MonthQuery],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 304: None}
        | {(code, CONTENT_TYPE): PROBLEM for code in (400, 401, 403)},
        tags=["reports"],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The report of a month, for the mayor or of a department: as kept when the month was over, else as of now."""
        now = timezone.now().replace(second=0, microsecond=0)  # the same paper for a minute, the same ETag
        query = MonthQuery(data=request.query_params, context={"now": now})
        check_parameters(request.query_params, query.fields)
        query.is_valid(raise_exception=True)
        month: date = query.validated_data["month"]
        department = _whose(actor_of(request.user), query.validated_data.get("department"))
        with share_of(request, EXPORT):
            paper = self._kept(month, department) or self._as_of(now, month, department)
        name = f"rapor-{month:%Y-%m}-{department.code if department else 'belediye'}.pdf"
        headers = {"Content-Disposition": f'inline; filename="{name}"'}
        return cached_response(
            request, paper, lambda: HttpResponse(paper, content_type="application/pdf", headers=headers)
        )

    def _kept(self, month: date, department: Department | None) -> bytes | None:
        report = MonthlyReport.objects.filter(month=month, department=department).first()
        return paper_of(report) if report else None

    def _as_of(self, now: datetime, month: date, department: Department | None) -> bytes:
        from tickets.reports import monthly_pdf  # here: what draws is big

        tickets = interface.scope(self.request.user, department=[department.code] if department else [])
        return monthly_pdf.draw(
            interface.month_in_figures(tickets, month, now, department),
            outlines(),
            letterhead(),
        )


def _whose(actor: Actor, asked: Department | None) -> Department | None:
    """The department of the report. Raises PermissionDenied for another's, or where the user must name one."""
    if actor.sees_everything:
        return asked
    own = {code for role, code in actor.roles if role is Role.HEAD}
    if asked is None and len(own) == 1:
        return Department.objects.get(code=own.pop())
    if asked is None or asked.code not in own:
        raise PermissionDenied
    return asked
