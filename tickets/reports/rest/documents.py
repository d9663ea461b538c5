"""Descriptions and examples of the reports for the OpenAPI schema."""

from collections.abc import Callable
from functools import cache
from inspect import getdoc
from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers

from departments.spreadsheets.responses import XLSX
from tickets.reports.rest.shapes import PeriodShape
from tickets.rest_api.problems import CONTENT_TYPE, PROBLEM

Report = TypeVar("Report", bound=type)

_PERIOD = {"from": "2026-10-01", "to": "2026-11-01"}
_FIGURES = {
    "opened": 120, "closed": 95, "open_now": 40, "overdue_now": 6, "resolved": 88, "rejected": 5, "redirected": 9,
    "duplicate": 4, "cancelled": 2, "reopened": 3,
    "first_action": {"median_hours": 2.5, "p90_hours": 7.75, "within_target": 0.93},
    "resolution": {"median_hours": 19.2, "p90_hours": 61.0, "within_target": 0.87},
    "satisfaction": {"count": 31, "mean": 4.1, "distribution": {"1": 2, "2": 1, "3": 4, "4": 9, "5": 15}},
}  # fmt: skip
_GROUPED = [
    {"code": "FEN", "name": "Fen İşleri Müdürlüğü", **_FIGURES},
    {
        "code": None, "name": "Belirlenmemiş", **dict.fromkeys(_FIGURES, 0), "opened": 3, "open_now": 3,
        "first_action": {"median_hours": None, "p90_hours": None, "within_target": None},
        "resolution": {"median_hours": None, "p90_hours": None, "within_target": None},
        "satisfaction": {"count": 0, "mean": None, "distribution": None},
    },
]  # fmt: skip
_CONFUSIONS = [
    {"said": "yol_cukur", "said_name": "Çukur", "right": "kaldirim", "right_name": "Kaldırım", "count": 12}
]
_EXAMPLES: dict[str, Any] = {
    "SummaryShape": {"period": _PERIOD, "results": [_FIGURES], **_FIGURES},
    "RowShape": {"period": _PERIOD, "results": _GROUPED},
    "SatisfactionRowShape": {
        "period": _PERIOD,
        "results": [{"code": "FEN", "name": "Fen İşleri Müdürlüğü", **_FIGURES["satisfaction"], "resolved": 88}],  # type: ignore[dict-item]
    },
    "BacklogShape": {
        "period": {"from": None, "to": "2026-11-24T09:00:00+00:00"},
        "results": [
            {
                "code": "3-7", "name": "3–7 gün", "open": 12,
                "clocks": {"on_time": 7, "near": 2, "overdue": 1, "waiting": 1, "no_target": 1},
                "legal": {"far": 12, "near": 0, "escalated": 0, "over": 0},
            }
        ],
    },
    "ConfusionShape": {"period": _PERIOD, "results": _CONFUSIONS},
    "AccuracyShape": {
        "period": _PERIOD,
        "results": [
            {
                "code": "2026-10-01", "name": "Ekim 2026", "routed": 210, "sure": 160, "judged": 190,
                "department": 0.926316, "category": 0.842105, "sure_department": 0.967105,
            }
        ],
        "confusions": _CONFUSIONS,
    },
    "ChannelShape": {
        "period": _PERIOD,
        "results": [
            {
                "received": 940, "citizens": 310, "written": 1210, "sent": 1204, "delivered": 1180, "read": 1011,
                "failed": 6, "as_template": 41, "median_seconds": 1.2, "p90_seconds": 4.8,
            }
        ],
    },
    "ClusterShape": {
        "type": "FeatureCollection",
        "period": _PERIOD,
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [35.49, 38.72]},
                "properties": {"count": 17, "open": 4},
            }
        ],
    },
}  # fmt: skip


def described(
    *,
    single: bool = False,
    beside: tuple[str, type[serializers.Serializer[Any]]] | None = None,
    geojson: bool = False,
) -> Callable[[Report], Report]:
    """Decorator: describes a report by its docstring, its query parameters and the shape of its rows.

    `single`: the only row is also on the top level of the answer; `beside`: a further list there, and its rows.
    """

    def decorate(view: Report) -> Report:
        shape: type[serializers.Serializer[Any]] = view.shape  # type: ignore[attr-defined]  # of every report
        name = shape.__name__.removesuffix("Shape")
        answer = _geojson() if geojson else _answer(name, shape, single=single, beside=beside)
        example = OpenApiExample(name, _EXAMPLES[shape.__name__], response_only=True, status_codes=["200"])
        example.media_type = "application/json"
        problems = {(code, CONTENT_TYPE): PROBLEM for code in (400, 401, 403)}
        files = {(200, "text/csv"): OpenApiTypes.STR, (200, XLSX): OpenApiTypes.BINARY}
        schema = extend_schema(
            description=getdoc(view),
            parameters=[view.query_class],  # type: ignore[attr-defined]  # of every report
            responses={(200, "application/json"): answer, 304: None} | files | problems,
            examples=[example],
            tags=["reports"],
        )
        described_view: Report = extend_schema_view(get=schema)(view)
        return described_view

    return decorate


@cache
def _answer(
    name: str,
    shape: type[serializers.Serializer[Any]],
    *,
    single: bool,
    beside: tuple[str, type[serializers.Serializer[Any]]] | None,
) -> Any:
    fields: dict[str, Any] = {
        "period": PeriodShape(),
        "compared_period": PeriodShape(required=False, help_text="With `compare`."),
        "results": shape(many=True),
    }
    if single:
        fields |= shape().get_fields()
    if beside:
        fields[beside[0]] = beside[1](many=True)
    return inline_serializer(f"{name}Report", fields)


def _geojson() -> Any:
    point = inline_serializer(
        "ClusterPoint",
        {
            "type": serializers.ChoiceField(["Point"]),
            "coordinates": serializers.ListField(child=serializers.FloatField()),
        },
    )
    counts = inline_serializer(
        "ClusterCounts", {"count": serializers.IntegerField(), "open": serializers.IntegerField()}
    )
    feature = inline_serializer(
        "ClusterFeature",
        {"type": serializers.ChoiceField(["Feature"]), "geometry": point, "properties": counts},
        many=True,
    )
    fields = {
        "type": serializers.ChoiceField(["FeatureCollection"]),
        "period": PeriodShape(),
        "features": feature,
    }
    return inline_serializer("MapReport", fields)
