"""The shape of each report's rows: for the OpenAPI schema, and for the columns of CSV and XLSX."""

from typing import Any

from rest_framework import serializers
from typing_extensions import override

from tickets.reports.figures import SCORES
from tickets.reports.interface import Period
from tickets.reports.rest.query import PeriodField

Fields = dict[str, serializers.Field[Any, Any, Any, Any]]


class PeriodShape(serializers.Serializer[Period]):
    """Half-open; a midnight in Istanbul is written as its day."""

    @override
    def get_fields(self) -> Fields:
        return {"from": PeriodField(source="start", allow_null=True), "to": PeriodField(source="end")}


class SpeedShape(serializers.Serializer[Any]):
    """Working hours on the department's calendar; `within_target` is a share from 0 to 1."""

    median_hours = serializers.FloatField(allow_null=True)
    p90_hours = serializers.FloatField(allow_null=True)
    within_target = serializers.FloatField(allow_null=True)


class DistributionShape(serializers.Serializer[Any]):
    """How many gave each score."""

    @override
    def get_fields(self) -> Fields:
        return {str(score): serializers.IntegerField() for score in SCORES}


class SatisfactionShape(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    distribution = DistributionShape(allow_null=True)


class FiguresShape(serializers.Serializer[Any]):
    opened = serializers.IntegerField()
    closed = serializers.IntegerField()
    open_now = serializers.IntegerField(allow_null=True)
    overdue_now = serializers.IntegerField(allow_null=True)
    resolved = serializers.IntegerField()
    rejected = serializers.IntegerField()
    redirected = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    reopened = serializers.IntegerField()
    first_action = SpeedShape()
    resolution = SpeedShape()
    satisfaction = SatisfactionShape()


class SummaryShape(FiguresShape):
    compared = FiguresShape(required=False, allow_null=True, help_text="With `compare`: the other period's.")


class RowShape(SummaryShape):
    code = serializers.CharField(allow_null=True)
    name = serializers.CharField()

    @override
    def get_fields(self) -> Fields:
        return _named(super().get_fields())


def _named(fields: Fields) -> Fields:
    """The same fields, code and name first."""
    return {name: fields.pop(name) for name in ("code", "name")} | fields


class RatedShape(SatisfactionShape):
    resolved = serializers.IntegerField(help_text="Tickets resolved in the period: who could have rated.")


class SatisfactionRowShape(RatedShape):
    compared = RatedShape(required=False, allow_null=True, help_text="With `compare`: the other period's.")
    code = serializers.CharField(allow_null=True)
    name = serializers.CharField()

    @override
    def get_fields(self) -> Fields:
        return _named(super().get_fields())


class AccuracyShape(serializers.Serializer[Any]):
    """Tickets opened in that part of the period; shares from 0 to 1 of the judged."""

    code = serializers.CharField(help_text="Its first day.")
    name = serializers.CharField()
    routed = serializers.IntegerField(help_text="Those that the router had a suggestion for.")
    sure = serializers.IntegerField(help_text="Those of them that it was sure of.")
    judged = serializers.IntegerField(help_text="Those that staff have acted on since, or that ended.")
    department = serializers.FloatField(allow_null=True, help_text="Share with the suggested department.")
    category = serializers.FloatField(allow_null=True, help_text="Share with the suggested category.")
    sure_department = serializers.FloatField(
        allow_null=True, help_text="Share with the suggested department, of those it was sure of."
    )


class ConfusionShape(serializers.Serializer[Any]):
    """Judged tickets that the router took for one category and staff for another."""

    said = serializers.CharField()
    said_name = serializers.CharField()
    right = serializers.CharField()
    right_name = serializers.CharField()
    count = serializers.IntegerField()


class ClocksShape(serializers.Serializer[Any]):
    on_time = serializers.IntegerField()
    near = serializers.IntegerField()
    overdue = serializers.IntegerField()
    waiting = serializers.IntegerField()
    no_target = serializers.IntegerField()


class LegalShape(serializers.Serializer[Any]):
    far = serializers.IntegerField()
    near = serializers.IntegerField()
    escalated = serializers.IntegerField()
    over = serializers.IntegerField()


class BacklogShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    open = serializers.IntegerField()
    clocks = ClocksShape()
    legal = LegalShape()


class ClusterShape(serializers.Serializer[Any]):
    lat = serializers.FloatField()
    lon = serializers.FloatField()
    count = serializers.IntegerField()
    open = serializers.IntegerField()


class TrafficShape(serializers.Serializer[Any]):
    """Messages of citizens, and of ours by how far they got; seconds from being written to leaving."""

    received = serializers.IntegerField(allow_null=True)
    citizens = serializers.IntegerField(allow_null=True)
    written = serializers.IntegerField(allow_null=True)
    sent = serializers.IntegerField(allow_null=True)
    delivered = serializers.IntegerField(allow_null=True)
    read = serializers.IntegerField(allow_null=True)
    failed = serializers.IntegerField(allow_null=True)
    as_template = serializers.IntegerField(allow_null=True)
    median_seconds = serializers.FloatField(allow_null=True)
    p90_seconds = serializers.FloatField(allow_null=True)


class ChannelShape(TrafficShape):
    compared = TrafficShape(required=False, allow_null=True)


def columns(shape: serializers.Serializer[Any], *, compare: bool) -> list[tuple[str, ...]]:
    """The columns of a table of such rows, each as the path to its value; path ("a", "b") has the heading `a_b`."""
    paths: list[tuple[str, ...]] = []
    for name, field in shape.fields.items():
        if name == "compared" and not compare:
            continue
        inner = columns(field, compare=compare) if isinstance(field, serializers.Serializer) else [()]
        paths += [(name, *path) for path in inner]
    return paths


def value(row: dict[str, Any], path: tuple[str, ...]) -> Any:
    """The value at the path in a nested row; None where a level on the way is None."""
    found: Any = row
    for name in path:
        found = None if found is None else found[name]
    return found
