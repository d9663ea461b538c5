"""The report endpoints: each parses its query, calls `tickets.reports`, and answers as JSON, CSV or XLSX."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView
from typing_extensions import override

from departments.models import Role
from departments.spreadsheets.responses import table
from tickets.api_clients.models.scopes import Scope
from tickets.api_clients.shares import REPORT
from tickets.record import channel
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import actor_of
from tickets.reports import interface
from tickets.reports.interface import Figures, Group, Period, ReportRow
from tickets.reports.rest import shapes, titles
from tickets.reports.rest.documents import described
from tickets.reports.rest.query import (
    Filters,
    MapQuery,
    PeriodField,
    PeriodQuery,
    ReportParameters,
    RoutingQuery,
    TrafficQuery,
    TrendQuery,
)
from tickets.reports.source import reports_database
from tickets.rest_api.authentication import WithinScope
from tickets.rest_api.bounds import check_parameters
from tickets.rest_api.shares import share_of

MAX_AGE_SECONDS = 30
PERIOD = ("from", "to")  # what is open now has none, but whoever asks several reports asks all alike
Answer = dict[str, Any]


class ReadsReports(BasePermission):
    """Staff with a role; the figures are of the tickets they may see."""

    @override
    def has_permission(self, request: Request, view: APIView) -> bool:
        actor = actor_of(request.user)
        return actor.sees_everything or bool(actor.roles)


class ReadsStaff(BasePermission):
    """Figures per member of staff are for heads and supervisors alone."""

    @override
    def has_permission(self, request: Request, view: APIView) -> bool:
        actor = actor_of(request.user)
        return actor.sees_everything or actor.has(Role.HEAD)


class FormatFromQuery(BaseContentNegotiation):
    """The query parameter `format` decides on the form of the answer, not the Accept header."""

    @override
    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    @override
    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ReportView(APIView, ABC):
    """Base of the reports; subclasses compute the rows in `results`."""

    permission_classes: Sequence[type[BasePermission]] = (WithinScope, ReadsReports)
    scopes = {"get": Scope.REPORTS}
    content_negotiation_class = FormatFromQuery
    query_class: ClassVar[type[Filters]] = ReportParameters
    shape: ClassVar[type[serializers.Serializer[Any]]] = shapes.RowShape
    name: ClassVar[str]
    by_day: ClassVar[bool] = False  # whether the rows are parts of the period, and `code` their first day

    def get(self, request: Request) -> HttpResponseBase:
        now = timezone.now()
        context = {"now": now, "columns": [titles.machine_name(path) for path in self.columns()]}
        query = self.query_class(data=request.query_params, context=context)
        check_parameters(request.query_params, {*query.fields, *PERIOD})
        query.is_valid(raise_exception=True)
        form = query.validated_data.get("format", "json")
        with share_of(request, REPORT, reports_database()):
            rows = self.results(query, interface.scope(request.user, **query.codes()), now)
            answer = self.answer(query, rows) if form == "json" else {}
        if form == "json":
            body = JSONRenderer().render(answer)
            return cached_response(request, body, lambda: HttpResponse(body, content_type="application/json"))
        paths = titles.chosen(
            self.columns(compare="compare" in query.validated_data), query.validated_data.get("columns", [])
        )
        head = [titles.machine_name(path) for path in paths]
        cells = [[shapes.value(row, path) for path in paths] for row in rows]
        turkish = query.validated_data["headings"] == "tr"
        if turkish:
            head = [titles.title(path, by_day=self.by_day) for path in paths]
            cells = [
                [titles.cell(*each, by_day=self.by_day) for each in zip(paths, row, strict=True)]
                for row in cells
            ]
        body = JSONRenderer().render([form, head, cells])
        return cached_response(request, body, lambda: table(form, self.name, head, cells, turkish=turkish))

    @classmethod
    def columns(cls, *, compare: bool = False) -> list[titles.Path]:
        """The columns of its files, each as the path to its value."""
        return shapes.columns(cls.shape(), compare=compare)

    @abstractmethod
    def results(self, query: Any, tickets: QuerySet[Ticket], now: datetime) -> list[Answer]:
        """The report's rows of these tickets, those of the compared period within them."""

    def answer(self, query: Any, rows: list[Answer]) -> Answer:
        answer: Answer = {"period": _period(query.period)}
        if query.compared:
            answer["compared_period"] = _period(query.compared)
        return answer | {"results": rows}


@described(single=True)
class SummaryView(ReportView):
    """All figures in one row, which is in `results` as in every report and, for short scripts, on the top level."""

    shape = shapes.SummaryShape
    name = "ozet"

    @override
    def results(self, query: ReportParameters, tickets: QuerySet[Ticket], now: datetime) -> list[Answer]:
        row = asdict(interface.summary(tickets, query.period, now))
        if query.compared:
            row["compared"] = asdict(interface.without_open(interface.summary(tickets, query.compared, now)))
        return [row]

    @override
    def answer(self, query: ReportParameters, rows: list[Answer]) -> Answer:
        return super().answer(query, rows) | rows[0]


@described()
class TrendView(ReportView):
    """One row a day, week or month; `code` is its first day. `open_now` and `overdue_now` are null."""

    query_class = TrendQuery
    name = "egilim"
    by_day = True

    @override
    def results(self, query: TrendQuery, tickets: QuerySet[Ticket], now: datetime) -> list[Answer]:
        return _rows(interface.trend(tickets, query.period, query.step, query.compared), query)


class GroupedView(ReportView):
    group: ClassVar[Group]

    @override
    def results(self, query: ReportParameters, tickets: QuerySet[Ticket], now: datetime) -> list[Answer]:
        return _rows(interface.grouped(tickets, query.period, now, self.group, query.compared), query)


@described()
class DepartmentsView(GroupedView):
    """One row a department, by the one that has the ticket now."""

    group, name = Group.DEPARTMENT, "birimler"


@described()
class CategoriesView(GroupedView):
    """One row a category."""

    group, name = Group.CATEGORY, "konular"


@described()
class NeighbourhoodsView(GroupedView):
    """One row a neighbourhood."""

    group, name = Group.NEIGHBOURHOOD, "mahalleler"


@described()
class StaffView(GroupedView):
    """One row a member of staff, by who answers for the ticket now; for heads and supervisors."""

    permission_classes = (WithinScope, ReadsStaff)
    group, name = Group.STAFF, "personel"


@described()
class SatisfactionView(ReportView):
    """Citizens' ratings of the solution, by department."""

    shape = shapes.SatisfactionRowShape
    name = "memnuniyet"

    @override
    def results(self, query: ReportParameters, tickets: QuerySet[Ticket], now: datetime) -> list[Answer]:
        rows = interface.grouped(tickets, query.period, now, Group.DEPARTMENT, query.compared)
        return [
            _row(row, _rated, compared=query.compared is not None)
            for row in rows
            if any(each.resolved or each.satisfaction.count for each in (row.figures, row.compared) if each)
        ]


@described()
class BacklogView(ReportView):
    """What is open at this moment, by age and by the state of its clocks; `period.from` is null, `to` its minute."""

    query_class = Filters
    shape = shapes.BacklogShape
    name = "bekleyen"

    @override
    def results(self, query: Filters, tickets: QuerySet[Ticket], now: datetime) -> list[Answer]:
        return [asdict(row) for row in interface.backlog(tickets, now)]

    @override
    def answer(self, query: Filters, rows: list[Answer]) -> Answer:
        minute = query.context["now"].replace(second=0, microsecond=0)  # else the ETag would never match
        return {"period": {"from": None, "to": PeriodField().to_representation(minute)}, "results": rows}


@described(beside=("confusions", shapes.ConfusionShape))
class RoutingView(ReportView):
    """Accuracy of the router by day, week or month; beside it the worst confusions of the whole period."""

    query_class = RoutingQuery
    shape = shapes.AccuracyShape
    name = "yonlendirme"
    by_day = True

    @override
    def results(self, query: RoutingQuery, tickets: QuerySet[Ticket], now: datetime) -> list[Answer]:
        return [asdict(row) for row in interface.accuracy(tickets, query.period, query.step)]

    @override
    def answer(self, query: RoutingQuery, rows: list[Answer]) -> Answer:
        tickets = interface.scope(self.request.user, **query.codes())
        return super().answer(query, rows) | {"confusions": _confusions(tickets, query.period)}


@described()
class ConfusionsView(ReportView):
    """The router's worst twenty confusions of categories, most frequent first."""

    query_class = PeriodQuery
    shape = shapes.ConfusionShape
    name = "karistirmalar"

    @override
    def results(self, query: PeriodQuery, tickets: QuerySet[Ticket], now: datetime) -> list[Answer]:
        return _confusions(tickets, query.period)


@described()
class ChannelView(ReportView):
    """Messages of the channel in the period; null where the channel has no statistics."""

    query_class = TrafficQuery
    shape = shapes.ChannelShape
    name = "hat"

    @override
    def results(self, query: TrafficQuery, tickets: QuerySet[Ticket], now: datetime) -> list[Answer]:
        row = _statistics(query.period)
        if query.compared:
            row["compared"] = _statistics(query.compared)
        return [row]


@described(geojson=True)
class MapView(ReportView):
    """Where the tickets of the period came from: GeoJSON points, clustered by zoom."""

    query_class = MapQuery
    shape = shapes.ClusterShape
    name = "harita"

    @override
    def results(self, query: MapQuery, tickets: QuerySet[Ticket], now: datetime) -> list[Answer]:
        zoom, box = query.validated_data["zoom"], query.validated_data.get("bbox")
        return [asdict(cluster) for cluster in interface.clusters(tickets, query.period, zoom, box)]

    @override
    def answer(self, query: MapQuery, rows: list[Answer]) -> Answer:
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
                "properties": {"count": row["count"], "open": row["open"]},
            }
            for row in rows
        ]
        return {"type": "FeatureCollection", "period": _period(query.period), "features": features}


def cached_response(request: Request, body: bytes, fresh: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The response with an ETag of `body`, or 304; browsers may cache it for MAX_AGE_SECONDS, proxies may not."""
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    response: HttpResponseBase = get_conditional_response(request._request, etag=etag) or fresh()
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"private, max-age={MAX_AGE_SECONDS}"
    patch_vary_headers(response, ("Authorization", "Cookie"))
    return response


def _confusions(tickets: QuerySet[Ticket], period: Period) -> list[Answer]:
    return [asdict(each) for each in interface.confusions(tickets, period)]


def _statistics(period: Period) -> Answer:
    traffic = channel.channel().statistics(period.start, period.end)
    return asdict(traffic) if traffic else dict.fromkeys(shapes.TrafficShape().fields)


def _period(period: Period) -> Answer:
    return dict(shapes.PeriodShape(period).data)


def _rows(rows: Iterable[ReportRow], query: ReportParameters) -> list[Answer]:
    return [_row(row, asdict, compared=query.compared is not None) for row in rows]


def _row(row: ReportRow, as_answer: Callable[[Figures], Answer], *, compared: bool) -> Answer:
    answer = {"code": row.code, "name": row.name, **as_answer(row.figures)}
    return answer | {"compared": as_answer(row.compared) if row.compared else None} if compared else answer


def _rated(figures: Figures) -> Answer:
    """The ratings, and the number of resolved tickets, which is how many could have been rated."""
    return asdict(figures.satisfaction) | {"resolved": figures.resolved}
