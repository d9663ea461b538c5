"""A request that another system took down: the body that opens it, and its ticket."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from rest_framework import serializers
from typing_extensions import override

from departments.models import Category, Neighbourhood
from departments.places import points
from departments.places.points import Point
from tickets.attachments.uploads import attach_uploads, raw_photo
from tickets.casework.opening import Report
from tickets.intake.services import Caller, danger_from_caller, require_desk, take_request
from tickets.record.models.ticket import REGISTRY_NUMBER_LENGTH, Ticket
from tickets.record.models.ticket_choices import Kind, LocationSource, Source
from tickets.record.permissions import Actor
from tickets.record.phone_numbers import e164
from tickets.rest_api.fields import CodeField, text_field

PHOTOS = 5


class OpenInput(serializers.Serializer[Any]):
    """A request that another system took down; it goes to the desk as one of the telephone does."""

    description = text_field()
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


def open_from(body: Mapping[str, Any], actor: Actor, now: datetime) -> Ticket:
    """Opens the ticket of a validated OpenInput, with its photos. Raises TransitionError as `take_request` does."""
    category, point = body.get("category"), body["point"]
    report = Report(
        channel=Source.API,
        kind=Kind(body["kind"]),
        description=body["description"],
        category=category,
        department=category.department if category else None,
        neighbourhood=body.get("neighbourhood"),
        point=point,
        location_source=LocationSource.PIN if point else LocationSource.WORDS,
        address=body["address"],
        registry_number=body["registry_number"],
        cimer_number=body["cimer_number"],
    )
    report = replace(report, **danger_from_caller(body["description"], urgent=body["urgent"], danger=""))
    caller = Caller(name=body["name"], phone=body["phone"])
    require_desk(actor)  # photos are kept for those alone who may open
    photos = [raw_photo(photo, now) for photo in body.get("photos", ())]
    with transaction.atomic():
        ticket = take_request(report=report, caller=caller, actor=actor, now=now)
        attach_uploads(ticket=ticket, actor=actor, now=now, photos=photos)
    return ticket
