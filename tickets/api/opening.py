"""A request that another system took down, as its ticket."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from tickets import services
from tickets.models import Kind, LocationSource, Source, Ticket
from tickets.permissions import Actor
from tickets.services import Report
from tickets.services.intake import Caller, require_desk, told_danger


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
    report = replace(report, **told_danger(body["description"], urgent=body["urgent"], danger=""))
    caller = Caller(name=body["name"], phone=body["phone"])
    require_desk(actor)  # photos are kept for those alone who may open
    photos = [services.raw_photo(photo, now) for photo in body.get("photos", ())]
    with transaction.atomic():
        ticket = services.take_request(report=report, caller=caller, actor=actor, now=now)
        services.attach_uploads(ticket=ticket, actor=actor, now=now, photos=photos)
    return ticket
