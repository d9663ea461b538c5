"""Request bodies of writes on a ticket. They check types only; the workflow checks what a move needs."""

import re
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from typing_extensions import override

from departments.models import Agency, Category, Department, Neighbourhood
from departments.places import points
from departments.places.points import Point
from tickets.days import BETWEEN
from tickets.models import Kind, Ticket
from tickets.models.ticket import REGISTRY_NUMBER_LENGTH
from tickets.permissions import visible_to
from tickets.phone_numbers import e164
from tickets.workflow import Status

TEXT_LENGTH = 4000
PHOTOS = 5


class JsonParser(JSONParser):
    """JSON; a body nested too deeply for the parser is a parse error (400), not a RecursionError."""

    @override
    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError as error:
            raise ParseError from error


class CodeField(serializers.SlugRelatedField[Any]):
    """A row by its code. A code with a NUL byte, an error in the database, is unknown like any other."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.replace("\0", "�") if isinstance(data, str) else data)


class VisibleTicketNumberField(CodeField):
    """A ticket by its number, among those the user may see."""

    @override
    def get_queryset(self) -> QuerySet[Ticket]:
        return visible_to(self.context["request"].user)


def _text(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=TEXT_LENGTH, **kwargs)


class _Input(serializers.Serializer[Any]):
    version = serializers.IntegerField(required=False, min_value=1, help_text="The version that was read.")


class TransitionInput(_Input):
    to = serializers.ChoiceField(Status.choices)
    answer = _text(required=False, allow_blank=True, help_text="For the citizen.")
    note = _text(required=False, allow_blank=True, help_text="For colleagues.")
    reason = _text(required=False, allow_blank=True)
    planned_for = serializers.DateField(required=False, validators=BETWEEN)
    department = CodeField("code", queryset=Department.objects.filter(active=True), required=False)
    agency = CodeField("code", queryset=Agency.objects.all(), required=False)
    duplicate_of = VisibleTicketNumberField("number", queryset=Ticket.objects.none(), required=False)

    def validate_to(self, value: str) -> Status:
        return Status(value)


class NoteInput(_Input):
    text = _text()


class AssignInput(_Input):
    department = CodeField("code", queryset=Department.objects.filter(active=True), required=False)
    assignee = CodeField("username", queryset=User.objects.filter(is_active=True), required=False)


class AttachInput(_Input):
    file = serializers.FileField(help_text="A photo of the work done: JPEG, PNG or WebP, 20 MB at most.")


class OpenInput(serializers.Serializer[Any]):
    """A request that another system took down; it goes to the desk as one of the telephone does."""

    description = _text()
    kind = serializers.ChoiceField(Kind.choices, default=Kind.TALEP)
    category = CodeField(
        "code",
        queryset=Category.objects.filter(active=True, department__isnull=False),
        required=False,
        help_text="Without one a person decides.",
    )
    neighbourhood = CodeField("code", queryset=Neighbourhood.objects.all(), required=False)
    lat = serializers.FloatField(required=False, min_value=-90, max_value=90)
    lon = serializers.FloatField(required=False, min_value=-180, max_value=180)
    address = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")
    urgent = serializers.BooleanField(default=False)
    name = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    phone = serializers.CharField(required=False, allow_blank=True, max_length=30, default="")
    registry_number = serializers.CharField(
        required=False, allow_blank=True, max_length=REGISTRY_NUMBER_LENGTH, default=""
    )
    cimer_number = serializers.CharField(
        required=False, allow_blank=True, max_length=REGISTRY_NUMBER_LENGTH, default=""
    )
    photos = serializers.ListField(
        child=serializers.FileField(), required=False, max_length=PHOTOS, help_text="JPEG, PNG or WebP."
    )

    def validate_phone(self, value: str) -> str:
        phone = e164(re.sub(r"[^\d+]", "", value))
        if value and not phone:
            raise serializers.ValidationError("Bu bir telefon numarası değil. Örneğin: 0532 123 45 67")
        return phone or ""

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The point, and the mahalle that it is in where none is named."""
        lat, lon = attrs.pop("lat", None), attrs.pop("lon", None)
        if (lat is None) is not (lon is None):
            raise serializers.ValidationError({"lat": "lat ile lon birlikte gönderilmeli."})
        try:
            point = None if lat is None or lon is None else Point(lat, lon)
        except ValueError:  # NaN passes any limit
            raise serializers.ValidationError(
                {"lat": "lat ve lon derece olarak birer sayı olmalı."}
            ) from None
        if point is not None:
            found = points.locate(point)
            if found.inside is False and found.neighbourhood is None:
                raise serializers.ValidationError({"lat": "Bu yer Melikgazi sınırları dışında."})
            attrs.setdefault("neighbourhood", found.neighbourhood)
        return attrs | {"point": point}


class ClassifyInput(_Input):
    category = CodeField("code", queryset=Category.objects.filter(active=True, department__isnull=False))
