"""Query parameters of the reports, with their defaults."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from typing_extensions import override

from departments.common.days import EARLIEST, LATEST
from departments.models import Category, Department, Neighbourhood
from departments.working_time.working_hours import ISTANBUL
from tickets.reports.interface import MAX_ZOOM, Interval, Period, midnight
from tickets.rest_api.bounds import items

DAYS = 30  # of a report without dates, today among them
MOST_PARTS = 4000  # rows of a trend: ten years of days
COMPARED: dict[str, Callable[[Period], Period]] = {
    "previous": Period.previous,
    "last_year": Period.a_year_before,
}


@extend_schema_field(OpenApiTypes.STR)
class PeriodField(serializers.Field[datetime, str, str, Any]):
    """A day (its midnight in Europe/Istanbul) or a moment in ISO 8601; without an offset it is in Europe/Istanbul."""

    default_error_messages = {
        "invalid": "Gün (2026-10-01) ya da ISO 8601 zamanı yazın; 2000 ile 2100 arasında olmalı."
    }

    @override
    def to_internal_value(self, data: str) -> datetime:
        try:  # an unquoted plus sign of an offset arrives as a space in a URL
            moment = datetime.fromisoformat(data.strip().replace(" ", "+"))
        except ValueError:
            self.fail("invalid")
        if not EARLIEST <= moment.date() <= LATEST:
            self.fail("invalid")
        return moment.astimezone(ISTANBUL) if moment.tzinfo else moment.replace(tzinfo=ISTANBUL)

    @override
    def to_representation(self, value: datetime) -> str:
        local = value.astimezone(ISTANBUL)
        return local.date().isoformat() if local == midnight(local.date()) else local.isoformat()


@extend_schema_field(OpenApiTypes.STR)
class CodesField(serializers.Field[list[str], list[str], list[str], Any]):
    """Existing codes, repeated or comma separated."""

    default_error_messages = {"unknown": "Böyle bir kod yok: {code}."}

    def __init__(self, things: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self._things = things

    @override
    def get_value(self, dictionary: Any) -> Any:
        return items(dictionary.getlist(self.field_name)) or serializers.empty

    @override
    def to_internal_value(self, data: list[str]) -> list[str]:
        wanted = [code.replace("\0", "�") for code in data]
        known = set(self._things.filter(code__in=wanted).values_list("code", flat=True))
        for code in wanted:
            if code not in known:
                self.fail("unknown", code=code)
        return wanted


def _codes(model: type[Model], what: str) -> CodesField:
    return CodesField(
        model._default_manager.all(), help_text=f"Codes of {what}; repeated or comma separated."
    )


class Filters(serializers.Serializer[Any]):
    department = _codes(Department, "departments")
    category = _codes(Category, "categories; a group stands for all below it")
    neighbourhood = _codes(Neighbourhood, "neighbourhoods")
    format = serializers.ChoiceField(["json", "csv", "xlsx"], required=False)
    headings = serializers.ChoiceField(
        ["machine", "tr"],
        default="machine",
        help_text="Of CSV and XLSX: `tr` is for people, with Turkish headings and numbers (semicolon, comma).",
    )
    columns = serializers.CharField(
        required=False, help_text="Of CSV and XLSX: names of columns, comma separated. All if absent."
    )

    def validate_columns(self, value: str) -> list[str]:
        known = self.context["columns"]
        names = items([value])
        if unknown := next((name for name in names if name not in known), ""):
            raise serializers.ValidationError(
                f"“{unknown}” diye bir sütun yok. Sütunlar: {', '.join(known)}."
            )
        return names

    def codes(self) -> dict[str, list[str]]:
        return {
            name: self.validated_data.get(name, []) for name in ("department", "category", "neighbourhood")
        }


class ReportParameters(Filters):
    """Half-open: the day `to` is not in it. Without dates the last 30 days, today included."""

    compare = serializers.ChoiceField(
        list(COMPARED), required=False, help_text="Also the figures of the period before, or a year before."
    )

    @override
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        ends = {
            "from": PeriodField(
                required=False, help_text="First day, or moment. 29 days before today if absent."
            ),
            "to": PeriodField(
                required=False, help_text="The day after the last, or moment. Tomorrow if absent."
            ),
        }
        return ends | super().get_fields()

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            attrs["period"] = self._period(attrs)
        except ValueError:
            raise serializers.ValidationError(
                {"to": "Dönemin sonu (to) başından (from) sonra olmalı."}
            ) from None
        return attrs

    @property
    def period(self) -> Period:
        period: Period = self.validated_data["period"]
        return period

    @property
    def compared(self) -> Period | None:
        wanted = self.validated_data.get("compare")
        return COMPARED[wanted](self.period) if wanted else None

    def _period(self, attrs: dict[str, Any]) -> Period:
        today = self.context["now"].astimezone(ISTANBUL).date()
        end = attrs.get("to") or midnight(max(today, _day(attrs.get("from"), today)) + timedelta(days=1))
        return Period(attrs.get("from") or end - timedelta(days=DAYS), end)


def _day(moment: datetime | None, other: date) -> date:
    return moment.astimezone(ISTANBUL).date() if moment else other


class TrafficQuery(ReportParameters):
    """Messages belong to no department: only the period can be chosen."""

    department = None  # type: ignore[assignment]  # this is how a serializer drops a field
    category = None  # type: ignore[assignment]  # the same
    neighbourhood = None  # type: ignore[assignment]  # the same


class TrendQuery(ReportParameters):
    interval = serializers.ChoiceField([each.value for each in Interval], default=Interval.DAY.value)

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if (attrs["period"].end - attrs["period"].start).days > MOST_PARTS:
            raise serializers.ValidationError({"from": f"Dönem en çok {MOST_PARTS} gün olabilir."})
        return attrs

    @property
    def step(self) -> Interval:
        return Interval(self.validated_data["interval"])


class RoutingQuery(TrendQuery):
    compare = None  # type: ignore[assignment]  # this is how a serializer drops a field


class PeriodQuery(ReportParameters):
    compare = None  # type: ignore[assignment]  # the same


class MapQuery(PeriodQuery):
    zoom = serializers.IntegerField(min_value=0, max_value=MAX_ZOOM, default=13)
    bbox = serializers.CharField(required=False, help_text="West, south, east, north in degrees.")

    def validate_bbox(self, value: str) -> tuple[float, ...]:
        try:
            west, south, east, north = (float(part) for part in value.split(","))
        except ValueError:
            west = south = east = north = float("nan")
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise serializers.ValidationError("Dört sayı yazın: batı,güney,doğu,kuzey.")
        return west, south, east, north
