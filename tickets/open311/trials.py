"""The test endpoint: the same calls and checks, on reports that open no tickets."""

from datetime import datetime, timedelta

from tickets.api_clients.models.clients import TrialRequest
from tickets.open311.errors import unknown
from tickets.open311.finding import Search
from tickets.open311.formats import Value
from tickets.public.precision import rounded

KEPT = timedelta(days=7)


def found(search: Search) -> list[TrialRequest]:
    """Like `reading.found`, for trial requests, which are always open."""
    rows = TrialRequest.objects.select_related("category__department", "neighbourhood")
    if search.numbers is not None:
        rows = rows.filter(pk__in=[key for each in search.numbers if (key := _key(each))])
    else:
        rows = rows.filter(created_at__gte=search.since, created_at__lte=search.until)
        if search.codes is not None:
            rows = rows.filter(category__code__in=search.codes)
        if True not in search.opens:
            rows = rows.none()
    return list(rows.order_by("-created_at", "-id")[search.first : search.last])


def find(number: str) -> TrialRequest:
    """The trial request of that id. Raises RefusedError (404)."""
    rows = TrialRequest.objects.select_related("category__department", "neighbourhood")
    key = _key(number)
    trial = rows.filter(pk=key).first() if key else None
    if trial is None:
        raise unknown("Deneme başvurusu (service_request_id)", number)
    return trial


def as_request(trial: TrialRequest) -> dict[str, Value]:
    department = trial.category.department
    return {
        "service_request_id": trial.number,
        "status": "open",
        "status_notes": "Deneme: bu başvuru kimseye iletilmedi.",
        "service_name": trial.category.name,
        "service_code": trial.category.code,
        "description": None,
        "agency_responsible": department.name if department else None,
        "service_notice": None,
        "requested_datetime": trial.created_at,
        "updated_datetime": trial.created_at,
        "expected_datetime": None,
        "address": trial.neighbourhood.full_name if trial.neighbourhood else None,
        "address_id": trial.neighbourhood.code if trial.neighbourhood else None,
        "zipcode": None,
        "lat": None if trial.lat is None else rounded(trial.lat),
        "long": None if trial.lon is None else rounded(trial.lon),
        "media_url": None,
    }


def forget(now: datetime) -> None:
    """Deletes trial requests older than a week."""
    TrialRequest.objects.filter(created_at__lt=now - KEPT).delete()


def _key(number: str) -> int | None:
    digits = number.removeprefix("TEST-")
    return (
        int(digits)
        if number != digits and digits.isascii() and digits.isdecimal() and len(digits) < 18
        else None
    )
